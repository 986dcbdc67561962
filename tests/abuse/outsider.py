"""What a stranger tries who has read README and PROTOCOL.md: slow, broken, endless and repeated requests on every route."""

import asyncio
import contextlib
import itertools
import json

import checks
import rig
from attacker import BROKEN, ENGINE, POLLING
from table import attack

POSTS = ["/rooms/hall/messages", "/admin", "/admin/nonce", "/join", "/join/codes", "/portal/continue", "/socket.io/?EIO=4&transport=polling"]
# More than one device may have.
CROWD = 100


@attack()
async def silent_sockets(a):
    """That send nothing at all."""
    for _ in range(4 * CROWD):
        await a.tcp()
    await a.rest()


@attack()
async def slow_heads(a):
    """A letter now and then."""
    streams = [await a.tcp(b"GET / HTTP/1.1\r\nx: ") for _ in range(CROWD)]
    while a.on():
        for stream in filter(None, streams):
            stream[1].write(b"y")
        await asyncio.sleep(0.1)


@attack()
async def slow_bodies(a):
    """To every route that takes one."""
    paths = itertools.cycle(POSTS)
    streams = [await a.tcp(f"POST {next(paths)} HTTP/1.1\r\nHost: box\r\nContent-Length: 60000\r\n\r\n".encode()) for _ in range(CROWD)]
    while a.on():
        for stream in filter(None, streams):
            stream[1].write(b"{")
        await asyncio.sleep(0.1)


@attack()
async def huge_heads(a):
    """Up to the bound, and beyond it."""
    for size in itertools.islice(itertools.cycle([8_000, 15_000, 60_000]), CROWD):
        await a.tcp(b"GET / HTTP/1.1\r\nHost: box\r\n" + b"x: y\r\n" * (size // 6))
    await a.rest()


@attack()
async def huge_bodies(a):
    """Longer than any message, with and without a length."""
    piece = b"x" * 60_000

    async def pour(number):
        path = POSTS[number % len(POSTS)]
        chunked = number % 2
        length = "Transfer-Encoding: chunked" if chunked else "Content-Length: 8000000"
        while a.on():
            stream = await a.tcp(f"POST {path} HTTP/1.1\r\nHost: box\r\n{length}\r\n\r\n".encode())
            with contextlib.suppress(*BROKEN):
                while stream and a.on():
                    stream[1].write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                    await stream[1].drain()
                    await asyncio.sleep(0.05)

    await a.each(range(20), pour)


@attack()
async def small_chunks(a):
    """Of a byte each, with extensions."""

    async def drip(_):
        while a.on():
            stream = await a.tcp(b"POST /rooms/hall/messages HTTP/1.1\r\nHost: box\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
            with contextlib.suppress(*BROKEN):
                while stream and a.on():
                    stream[1].write((b"1;" + b"e" * 50 + b"\r\nx\r\n") * 100)
                    await stream[1].drain()
                    await asyncio.sleep(0.01)

    await a.each(range(20), drip)


@attack()
async def squeezed_bodies(a):
    """In encodings and types that are not known."""
    await a.batches("POST", "/rooms/hall/messages", body=b"\x1f\x8b\x08" + b"\0" * 30_000, headers=["Content-Encoding: gzip", "Expect: 100-continue"], size=5)


@attack()
async def pipelined_pages(a):
    """Thousands of requests whose answers are not read."""
    for _ in range(60):
        await a.tcp(rig.request("GET", "/") * 500)
    await a.rest()


@attack()
async def many_requests(a):
    """As fast as connections go."""
    await a.each(range(20), lambda _: a.batches("GET", "/rooms"))


@attack()
async def ranges(a):
    """Of pages, thousands in a request."""
    await a.batches("GET", "/", headers=["Range: bytes=" + ",".join(f"{at}-" for at in range(1000))], size=10)


@attack()
async def preflights(a):
    await a.batches("OPTIONS", "/rooms/hall/messages", headers=["Origin: http://evil.test", "Access-Control-Request-Method: POST"])


@attack()
async def odd_methods(a):
    for line in [b"CONNECT box:80", b"TRACE /", b"PRI *", b"GET http://other.test/", b"\x16\x03\x01\x02", b"GET " + b"/a" * 4000, b"DELETE /rooms/hall"]:
        for _ in range(20):
            await a.tcp(line + b" HTTP/1.1\r\nHost: box\r\nUpgrade: h2c\r\n\r\n")
    await a.rest()


@attack()
async def half_closed(a):
    """Streams of which the client's half is closed, and ones that are reset."""
    number = 0
    while a.on():
        number += 1
        stream = await a.tcp(rig.request("GET", f"/rooms/hall/{'events' if number % 2 else 'messages?wait=60'}"))
        if stream and number % 3:
            with contextlib.suppress(*BROKEN):
                stream[1].write_eof()
        elif stream:
            stream[1].transport.abort()
        await asyncio.sleep(0)


@attack()
async def pictures(a):
    """Codes to scan, each another one."""
    await a.each(range(20), lambda _: a.batches("GET", "/join/open.svg?room=r{}&code=K7WQ3M", size=20))


@attack()
async def questions_for_the_box(a):
    """What it says of itself, and its portal."""
    await a.each(["GET /status", "POST /portal/continue"], lambda line: a.batches(*line.split()))


# --- Streams and polls.


@attack()
async def unread_streams(a):
    """Of a loud room, all from its beginning."""
    speaker = await a.socket("/ws?room=loud")
    await speaker.until("welcome")
    for number in range(10):
        await speaker.ask(number, "chat", "x" * 8000)
    for _ in range(60):
        await a.tcp(rig.request("GET", "/rooms/loud/events?since=0:0"))
    await a.answers(speaker, itertools.repeat(["chat", "x" * 8000]))


@attack()
async def stream_storm(a):
    """Streams that begin anew at once, all from the beginning."""
    while a.on():
        for stream in [await a.tcp(rig.request("GET", "/rooms/hall/events?since=0:0")) for _ in range(20)]:
            if stream:
                stream[1].close()


@attack()
async def long_polls(a):
    """With each token again and again, so that the one before ends."""
    tokens = await a.identities(10)

    async def poll(number):
        while a.on():
            stream = await a.tcp(rig.request("GET", f"/rooms/hall/messages?wait=60&since=0:0&token={tokens[number % len(tokens)]}"))
            if stream is None:
                break
            await asyncio.wait_for(rig.response(stream[0]), 1)

    await a.each(range(50), poll)


@attack()
async def polls_from_the_beginning(a):
    await a.batches("GET", "/rooms/hall/messages?since=0:0", size=10)


@attack()
async def pages_of_history(a):
    """Of what is stored, over and over."""
    sockets = await a.sockets(10)
    await a.each(sockets, lambda socket: a.answers(socket, (["history", {"before": before, "limit": 100}] for before in itertools.cycle(range(1, 500)))))


@attack()
async def comings_back(a):
    """With every place in the log, and with ones that never were."""
    number = 0
    while a.on():
        number += 1
        socket = await a.socket(f"/ws?room=hall&since={number:x}:{number}")
        if socket:
            socket.close()


# --- WebSockets.


@attack()
async def handshakes(a):
    """That nobody uses."""
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", key, "Sec-WebSocket-Extensions: permessage-deflate"]
    while a.on():
        stream = await a.tcp(rig.request("GET", "/ws?room=hall", headers=upgrade))
        if stream:
            stream[1].transport.abort()


@attack()
async def fragments(a):
    """Messages without an end, and frames without one."""
    for socket in await a.sockets(60):
        socket.writer.write(rig.frame(b'["chat","', fin=False) + rig.frame(b"x" * 100, opcode=0, fin=False) * 500)
        socket.writer.write(rig.frame(b"x" * 60_000, opcode=0, fin=False)[:-1])
    await a.rest()


@attack()
async def pings(a):
    """Whose answers are not read."""

    async def ping(socket):
        while a.on():
            socket.writer.write(rig.frame(b"x" * 125, opcode=9) * 200)
            await asyncio.wait_for(socket.writer.drain(), 1)

    await a.each(await a.sockets(20), ping)


@attack()
async def unread_answers(a):
    """To events that have long ones."""

    async def ask(socket):
        number = 0
        while a.on():
            for event in (["board"], ["who"], ["history", {"limit": 100}], ["nonsense"]):
                number += 1
                socket.event(number, *event)
            await asyncio.wait_for(socket.writer.drain(), 1)
            await asyncio.sleep(0)

    await a.each(await a.sockets(30), ask)


@attack()
async def deep_values(a):
    """Of arrays, numbers and escapes, up to the largest message."""
    texts = ["[" * 60_000, '["chat",' + "9" * 60_000 + "]", '["chat","' + "\\u0001" * 10_000 + '"]', '{"a":' * 10_000, "[1," * 20_000 + "1" + "]" * 20_000, "\ufeff" * 20_000]

    async def send(socket):
        for text in itertools.cycle(texts):
            if not a.on():
                break
            socket.send(text)
            await asyncio.wait_for(socket.writer.drain(), 1)
            await asyncio.sleep(0.02)

    await a.each(await a.sockets(10), send)


@attack()
async def renames(a):
    names = (["rename", f"Ann {number}"] for number in itertools.count())
    await a.each(await a.sockets(30), lambda socket: a.answers(socket, names))


@attack()
async def comings_and_goings(a):
    """From room to room."""
    rooms = (["join", room] for room in itertools.cycle(["hall", "bar"]))
    await a.each(await a.sockets(30), lambda socket: a.answers(socket, rooms))


@attack()
async def small_events(a):
    """That cost nothing to send."""
    events = itertools.cycle([["seen", 1], ["upvote", 1], ["vote", 1, [0]], ["leave"], ["board"], ["nonce"]])
    await a.each(await a.sockets(30), lambda socket: a.answers(socket, events))


# --- Socket.IO.


async def entered(a, count):
    """Socket.IO sessions that are in."""
    sockets = await a.sockets(count, ENGINE)
    for socket in sockets:
        socket.send("40")
        await asyncio.wait_for(socket.receive(), 1)
    return sockets


@attack()
async def namespaces(a):
    """Each session in thousands of them."""

    async def join(socket):
        for number in itertools.count():
            if not a.on():
                break
            socket.send(f"40/{number},")
            a.count("44" not in await asyncio.wait_for(socket.receive(), 1))

    await a.each(await entered(a, 20), join)


@attack()
async def attachments(a):
    """Of events whose binary parts never come."""
    for socket in await entered(a, 60):
        for number in range(20):
            socket.send(f'4510-{number}["chat",{{"_placeholder":true,"num":0}},"{"x" * 3000}"]')
    await a.rest()


@attack()
async def packets(a):
    """Thousands in one payload."""
    http = await a.http()
    for payload in itertools.cycle(["\x1e".join(['42["chat","x"]'] * 60), "\x1e".join(['42["chat","x"]'] * 9000), "\x1e".join(["2"] * 60_000), "\x1e" * 200_000, "4" * 250_000, '421["who"]\x1e' * 10_000]):
        if not a.on():
            break
        status, body = await http.ask("GET", POLLING)
        if status == 200:
            path = f"{POLLING}&sid={json.loads(body[1:])['sid']}"
            await http.ask("POST", path, b"40")
            a.count((await http.ask("POST", path, payload.encode()))[0] == 200)


@attack()
async def unfinished_upgrades(a):
    """Sessions on polling whose WebSocket probes and then says nothing."""
    http = await a.http()
    for _ in range(60):
        status, body = await http.ask("GET", POLLING)
        if a.count(status == 200) and a.on():
            socket = await a.socket(f"{ENGINE}&sid={json.loads(body[1:])['sid']}")
            if socket:
                socket.send("2probe")
    await a.rest()


@attack()
async def guessed_sessions(a):
    """Requests for sessions that are not there."""
    await a.batches("POST", POLLING + "&sid=AAAAAAAAAAAAA{}", body=b"40")


@attack(newcomers=False, check=checks.obeys)
async def every_place(a):
    """All that one device may have, in use; the organizer is behind the same address."""
    await a.sockets(64)
    for _ in range(10):
        stream = await a.tcp(rig.request("GET", "/rooms/hall/events"))
        with contextlib.suppress(*BROKEN):
            a.count(stream and (await asyncio.wait_for(rig.response(stream[0]), 3))[0] == 200)
    await a.rest()
