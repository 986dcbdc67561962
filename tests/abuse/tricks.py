"""Tricks of a guest who knows the protocols below: frames and packets that break their rules, at moments when they hurt most."""

import asyncio
import contextlib
import itertools
import json
import os

import checks
import rig
from attacker import BROKEN, ENGINE, POLLING
from table import attack

JSON = ["Content-Type: application/json"]


async def heard(stream, patience=1):
    """What a broken stream still says."""
    with contextlib.suppress(*BROKEN):
        return await asyncio.wait_for(stream[0].read(65536), patience)


# --- WebSocket.


@attack()
async def broken_frames(a):
    """Reserved bits and opcodes, frames without a mask, control frames in pieces or too long, lengths that never end."""
    frames = [
        b"\xc1\x80\0\0\0\0",
        b"\x83\x80\0\0\0\0",
        b"\x8b\x80\0\0\0\0",
        b"\x81\x05hello",
        b"\x09\x80\0\0\0\0",
        b"\x89\xfe\x00\x7e\0\0\0\0" + b"x" * 126,
        b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",
        b"\x81\xff\x00\x00\x00\x00\x00\x00\x00\x01\0\0\0\0[",
        b"\x80\x80\0\0\0\0",
        b"\x88\x81\0\0\0\0x",
        b"\x88\x82\0\0\0\0\x03\xed",
        rig.frame(b"\xff\xfe\xfd"),
        rig.frame(b"[", fin=False) + rig.frame(b"]"),
        rig.frame(os.urandom(2000), opcode=2),
    ]
    for number, frame in enumerate(itertools.cycle(frames)):
        if not a.on():
            break
        socket = await a.socket(ENGINE if number // len(frames) % 2 else "/ws?room=hall")
        if socket:
            socket.writer.write(frame)
            await heard((socket.reader, socket.writer), 0.05)
            socket.close()


@attack()
async def small_frames(a):
    """Empty frames and pieces of a byte, as fast as they go."""

    async def pour(socket):
        piece = rig.frame(b"", opcode=0, fin=False) * 2000
        socket.writer.write(rig.frame(b"[", fin=False))
        while a.on():
            socket.writer.write(piece)
            await asyncio.wait_for(socket.writer.drain(), 1)

    await a.each(await a.sockets(20), pour)


@attack()
async def empty_messages(a):
    async def pour(socket):
        while a.on():
            socket.writer.write(rig.frame(b"") * 2000)
            await asyncio.wait_for(socket.writer.drain(), 1)

    await a.each(await a.sockets(20), pour)


@attack()
async def wrong_proofs_by_socket(a):
    """Nonces and admin commands, by guests."""
    signed = {"by": 0, "nonce": "0" * 32, "counter": 1, "command": '{"do":"codes"}', "proof": "0" * 64}
    events = itertools.cycle([["nonce"], ["admin", signed], ["admin", {**signed, "by": 7}], ["admin", "x" * 60_000]])
    await a.each(await a.sockets(30), lambda socket: a.answers(socket, events))


@attack()
async def odd_values(a):
    """Numbers beyond all bounds, halves of characters, keys that come twice."""
    texts = [
        '[1e400,"chat","x"]',
        "[" + "9" * 400 + ',"who"]',
        '[1,"chat","\\ud800"]',
        '[1,"chat","\\u0000\\u0000"]',
        '[1,"history",{"before":-1,"limit":1e99}]',
        '[1,"history",{"before":1,"before":2,"before":3}]',
        '[1,"join","hall",{"since":"zzzz:99999999999999999999"}]',
        '[1,"dm","ffffffffffffffff","x",{"id":"' + "i" * 64 + '"}]',
        '[1,"vote",4294967296,[' + "0," * 5000 + "0]]",
        '[1,"gift","rose",18446744073709551616]',
        '[1,"react","' + "\\u200d" * 5000 + '"]',
        '[1,"__proto__",{"constructor":{}}]',
    ]

    async def send(socket):
        for text in itertools.cycle(texts):
            if not a.on():
                break
            socket.send(text)
            await asyncio.wait_for(socket.writer.drain(), 1)
            await asyncio.sleep(0.001)

    await a.each(await a.sockets(20), send)


@attack()
async def tables(a):
    """All that one may put on a room's tables: gifts, private messages, read marks, upvotes, questions, names of rooms."""
    others = [f"{number:016x}" for number in range(50)]
    numbers = itertools.count()

    def events():
        for number in numbers:
            other = others[number % len(others)]
            yield from (["gift", "rose", 1, {"to": other}], ["dm", other, "psst"], ["seen", number], ["ask", f"why {number}?"], ["upvote", number], ["join", f"room {number % 300}"])

    await a.each(await a.sockets(40), lambda socket: a.answers(socket, events()))


# --- Engine.IO and Socket.IO.


async def session(http, eio=4):
    """A new session on polling: its path, or none."""
    status, body = await http.ask("GET", POLLING.replace("EIO=4", f"EIO={eio}"))
    if status != 200:
        return None
    sid = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])["sid"]
    return f"/socket.io/?EIO={eio}&sid={sid}&transport="


@attack()
async def crossed_upgrades(a):
    """Upgrades by two sockets at once, beside fetches and posts that go on, finished or not."""

    async def cross(number):
        while a.on():
            http = await a.http()
            path = await session(http, 4 if number % 4 else 3)
            if not a.count(path is not None):
                http.close()
                await asyncio.sleep(0.1)
                continue
            await http.ask("POST", path + "polling", b"40" if number % 4 else b"2:40")
            waiting = await a.tcp(rig.request("GET", path + "polling"))
            sockets = [await a.socket(path + "websocket") for _ in range(2)]
            for socket in filter(None, sockets):
                socket.send("2probe")
            posting = await a.tcp(rig.request("POST", path + "polling", b'42["chat","x"]'))
            for socket in filter(None, sockets):
                socket.send("5")
                socket.send('42["chat","y"]')
                if number % 2:
                    socket.send("5")
            for stream in filter(None, (waiting, posting)):
                await heard(stream, 0.05)
                stream[1].close()
            for socket in filter(None, sockets):
                socket.close()
            http.close()

    await a.each(range(12), cross)


@attack()
async def crossed_polls(a):
    """Two fetches and two posts of one session at a time, and posts of packets that only a server sends."""
    packets = [b"0{}", b"1", b"2probe", b"3", b"4", b"5", b"6", b"7", b"b4AAAA", b"40/none,", b"41", b"43[]", b"44{}", b"45", b"451-[]", b'42999999999999999999999["chat","x"]', b"\xff", b"4:40"]

    async def cross(number):
        http = await a.http()
        for packet in itertools.cycle(packets[number:] + packets[:number]):
            path = await session(http) if a.on() else None
            if path is None:
                break
            streams = [await a.tcp(rig.request("GET", path + "polling")) for _ in range(2)]
            streams += [await a.tcp(rig.request("POST", path + "polling", packet)) for _ in range(2)]
            for stream in filter(None, streams):
                await heard(stream, 0.02)
                stream[1].close()
            a.count(True)

    await a.each(range(8), cross)


@attack()
async def old_payloads(a):
    """Of Engine.IO 3: lengths that lie, binary ones without an end, and letters that count twice."""
    bodies = [b"99999999999999:4", b"-1:4", b"2:", b"1" * 60_000, "1:\U0001f600".encode() * 9000, b"\x00" + b"\x09" * 60_000, b"\x00\x01\xff4" * 9000, b"\x01\x02\xff4x" * 9000]
    http = await a.http()
    for body in itertools.cycle(bodies):
        path = await session(http, 3) if a.on() else None
        if path is None:
            break
        a.count((await http.ask("POST", path + "polling", body, ["Content-Type: application/octet-stream"] if body[0] < 2 else ()))[0] == 200)


@attack()
async def packets_by_socket(a):
    """The same packets in frames, thousands of them."""
    packets = ["0", "1", "2", "2probe", "3", "4", "5", "6", "40", "40/room/none,", "41", "43[]", "43" + "9" * 40 + "[]", "44{}", '451-["chat",{"_placeholder":true,"num":7}]', '42["' + "e" * 3000 + '"]', "42" + "9" * 40 + '["who"]']

    async def pour(socket):
        socket.send("40")
        for packet in itertools.cycle(packets):
            if not a.on():
                break
            for _ in range(50):
                socket.send(packet)
            await asyncio.wait_for(socket.writer.drain(), 1)

    while a.on():
        await a.each(await a.sockets(20, ENGINE), pour)


# --- HTTP.


@attack()
async def smuggled_requests(a):
    """Two lengths, two hosts, requests in bodies, folded lines, trailers without an end."""
    inner = b"POST /rooms/hall/messages HTTP/1.1\r\nHost: box\r\nContent-Length: 5\r\n\r\nhello"
    heads = [
        b"POST /join HTTP/1.1\r\nHost: box\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
        b"POST /join HTTP/1.1\r\nHost: box\r\nContent-Length: 4\r\nContent-Length: 400\r\n\r\n" + inner,
        b"POST /join HTTP/1.1\r\nHost: box\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + inner,
        b"POST /join HTTP/1.1\r\nHost: box\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"t: x\r\n" * 5000,
        b"GET / HTTP/1.1\r\nHost: box\r\nHost: other\r\n\r\n" + inner,
        b"GET / HTTP/1.1\r\nHost: box\r\nx: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 50,
        b"GET /status HTTP/1.1\r\nHost: box\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"GET /status HTTP/1.1\r\nHost: box\r\nContent-Length: 9999999999\r\n\r\n" + b"x" * 60_000,
        b"GET /ws HTTP/1.1\r\nHost: box\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: x\r\n\r\n",
    ]
    for head in itertools.cycle(heads):
        if not a.on():
            break
        stream = await a.tcp(head)
        if stream:
            await heard(stream, 0.05)
            stream[1].close()


@attack()
async def odd_heads(a):
    """Cookies, places and tokens as long as a head may be; other hosts, which are sent to the box's own name."""
    long = "x" * 7000
    requests = [
        rig.request("GET", "/", headers=[f"Cookie: io={long}"]),
        rig.request("GET", "/", headers=["Cookie: " + "a=b; " * 1400]),
        rig.request("GET", f"/rooms/hall/messages?wait=0&token={long}"),
        rig.request("GET", "/rooms/hall/messages?wait=0", headers=[f"Last-Event-ID: {long}"]),
        rig.request("GET", f"/{long}"),
        rig.request("GET", "/?" + "a=b&" * 1700),
        rig.request("GET", "/rooms/" + "%E5%A4%A7" * 700 + "/messages?wait=0"),
        rig.request("GET", "/%00%ff%2e%2e/%2e%2e/etc/passwd"),
        rig.request("PUT", "/updates/" + "0" * 64, b"x" * 1000),
        b"GET /generate_204 HTTP/1.1\r\nHost: connectivitycheck.gstatic.com\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: {long}\r\n\r\n".encode(),
        rig.request("POST", "/rooms/hall/messages", b'{"text":"x","name":"' + b"\xcc\x81" * 20_000 + b'"}', JSON),
    ]

    async def pour(number):
        while a.on():
            stream = await a.tcp(b"".join(requests[number % len(requests) :]))
            if stream:
                await heard(stream, 0.1)
                stream[1].close()

    await a.each(range(12), pour)


@attack()
async def rooms_by_poll(a):
    """Reads of rooms that never were, without a token: each another one, waiting and not."""

    async def read(number):
        for room in itertools.count():
            if not a.on():
                break
            way = ["events", "messages?wait=60", "messages?wait=0"][room % 3]
            stream = await a.tcp(rig.request("GET", f"/rooms/p{number}-{room}/{way}"))
            if stream and room % 2:
                await heard(stream, 0.02)
                stream[1].close()

    await a.each(range(16), read)


@attack()
async def posts_of_nobody(a):
    """Without a token, each under another name and in another room."""

    async def post(number):
        http = await a.http()
        for count in itertools.count():
            if not a.on():
                break
            status, _ = await http.ask("POST", f"/rooms/n{count % 400}/messages?name=N{number}x{count}", b'{"text":"x"}', JSON)
            a.count(status == 200)

    await a.each(range(8), post)


@attack()
async def forged_tokens(a):
    """Tokens, places and codes of nobody, in all places that take one."""
    number = itertools.count()

    async def forge(_):
        http = await a.http()
        while a.on():
            forged = f"{next(number):016x}.{'A' * 43}"
            for method, path, body in [
                ("GET", f"/rooms/hall/messages?wait=0&token={forged}", b""),
                ("POST", f"/rooms/hall/messages?token={forged}", b'{"event":"who","args":[]}'),
                ("POST", "/join/codes", json.dumps({"token": forged}).encode()),
                ("POST", "/join", json.dumps({"code": forged[:6]}).encode()),
            ]:
                status, _ = await http.ask(method, path, body, JSON)
                a.count(status == 200)

    await a.each(range(8), forge)


# --- The organizer's own address.


@attack(newcomers=False, check=checks.obeys)
async def storm_of_sockets(a):
    """One new silent socket after the other; those before stay."""

    async def storm(_):
        while a.on():
            await a.tcp()

    await a.each(range(8), storm)


@attack(newcomers=False, check=checks.obeys)
async def storm_of_nonces(a):
    """As an organizer's page asks for them, each over a new connection that stays."""

    async def storm(_):
        while a.on():
            await a.tcp(rig.request("POST", "/admin/nonce"))

    await a.each(range(4), storm)


@attack(newcomers=False, check=checks.obeys)
async def storm_of_operators(a):
    """All that a reserved place is for, without a proof: sockets, files of the organizer's page, commands of which a part never comes."""
    signed = json.dumps({"by": 0, "nonce": "0" * 32, "counter": 1, "command": '{"do":"codes"}', "proof": "0" * 64}).encode()
    key = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    requests = [
        rig.request("GET", "/ws?room=hall&operates=1", headers=key),
        rig.request("GET", POLLING + "&operates=1"),
        rig.request("GET", "/rooms/hall/messages?wait=60&operates=1"),
        rig.request("GET", "/organizer"),
        rig.request("POST", "/admin", signed, JSON),
        rig.request("POST", "/admin", signed, JSON)[:-1],
        b"POST /admin/nonce HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ]

    async def storm(number):
        for request in itertools.cycle(requests[number:] + requests[:number]):
            if not a.on():
                break
            await a.tcp(request)

    await a.each(range(7), storm)
