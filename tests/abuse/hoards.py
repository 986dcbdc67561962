"""What fills tables that all share, by many phones; and places that are held against the organizer."""

import asyncio
import itertools
import json
import time

import checks
import rig
from attacker import BROKEN, MANY
from table import attack, settings

# More than there are places for a proof at the organizer's address.
HELD = 20
JSON = ["Content-Type: application/json"]


# --- The organizer's own address.


@attack(newcomers=False, during=checks.operates)
async def held_places(a):
    """All of the device, and all that are kept for a proof, taken anew each second. What is refused is closed: it would push out the others."""
    await a.sockets(MANY)
    a.until = time.monotonic() + checks.HELD_S
    while a.on():
        for _ in range(HELD):
            socket = await a.socket("/ws?room=hall&operates=1")
            try:
                if socket and json.loads(await socket.receive())[0] == "closing":
                    socket.close()
            except BROKEN:
                socket.close()
        await asyncio.sleep(1)


@attack(most=0)
async def titles(a):
    """Names of those who run the evening in other languages, with signs and numbers around."""
    names = ["Leitung", "★ Organizer ★", "Organizer 2", "Organisatorin", "Организатор", "主办方", "スタッフ", "H0st", "Admin", "Mоderator", "-Team-", "Anfitrión"]
    socket = await a.socket()
    for number, name in enumerate(names, 1):
        a.count((await socket.ask(number, "rename", name))["ok"])


@attack(most=0)
async def unseen_rooms(a):
    """Rooms whose names look like that of another one, by letters that nobody sees, and names that are no names."""
    socket = await a.socket()
    names = ["hall\u200b", "ha\u00adll", "\u3164hall", "\u2066hall\u2069", "hall\u180e", "\u2800", ".", ".."]
    for number, name in enumerate(names, 1):
        a.count((await socket.ask(number, "join", name))["ok"])


@attack(check=checks.counts_one_kind)
async def unseen_reactions(a):
    """One emoji, each time with another letter that nobody sees."""
    sockets = await a.sockets(10)
    emojis = (["react", "🔥" + unseen * number] for number in range(1, 9) for unseen in "\u200b\u2060\u00ad\u180e\u2063")
    await a.each(sockets[:1], lambda socket: a.answers(socket, emojis))


@attack()
async def heads_of_streams(a):
    """Asks for the head alone of streams and polls that wait, and goes on at once."""
    await a.each(range(20), lambda _: a.batches("HEAD", "/rooms/hall/events", size=1))
    await a.each(range(20), lambda _: a.batches("HEAD", "/rooms/hall/messages?wait=60", size=1))


@attack(most=0)
async def uploads(a):
    """Files that nobody has ordered: whole, endless, and in pieces that never come."""
    path = "/updates/" + "0" * 64

    async def put(number):
        stream = await a.tcp(f"PUT {path} HTTP/1.1\r\nHost: box\r\nContent-Length: {1 << 30 if number % 2 else 100000}\r\n\r\n".encode())
        if not stream:
            return
        try:
            a.count((await asyncio.wait_for(rig.response(stream[0]), 1))[0] < 300)
            while a.on():
                stream[1].write(bytes(65536))
                await stream[1].drain()
        except BROKEN:
            a.count(False)

    await a.each(range(40), put)


# --- Many phones.


@attack(hosts=200, during=checks.sees_codes)
async def crowd_of_pictures(a):
    """Codes to scan of rooms that are not there."""
    await a.each(range(40), lambda part: a.batches("GET", f"/join/open.svg?room=r{part}x{{}}", size=20))


@attack(hosts=100)
async def crowd_of_names(a):
    """All want the same long name, each again and again."""
    name = "\ufdfa" * 32
    sockets = await a.sockets(60)
    await a.each(sockets, lambda socket: a.answers(socket, itertools.cycle([["rename", name], ["rename", "x"]])))


@attack(hosts=100)
async def crowd_of_readers(a):
    """All read all that there is, over and over."""
    sockets = await a.sockets(20, "/ws?room=loud")
    for number, socket in enumerate(sockets):
        for part in range(10):
            socket.event("chat", f"{number} {part} " + "x" * 8000)
    body = b'{"event":"history","args":[{"limit":100}]}'
    await a.each(range(60), lambda _: a.batches("POST", "/rooms/loud/messages", size=10, body=body, headers=JSON))


@attack(hosts=60, check=checks.comes_back)
async def crowd_of_codes(a):
    """Rejoin codes of others, guessed from everywhere."""
    guess = b'{"code":"K7WQ3M"}'
    await a.each(range(60), lambda _: a.batches("POST", "/join", size=20, body=guess, headers=JSON))


@attack(hosts=60, orders=[settings("quiet", hold=True)], most=200, check=checks.frees_the_queue)
async def crowd_of_approvals(a):
    """Until nothing more may wait."""
    sockets = await a.sockets(60, "/ws?room=quiet")
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["chat", "me, too"])))


@attack(hosts=40, most=32, check=checks.frees_the_board)
async def crowd_of_questions(a):
    """Until the board is full."""
    sockets = await a.sockets(40)
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["ask", "why?"])))


@attack(hosts=60, seats=40, most=0, newcomers=False)
async def crowd_of_seats(a):
    """Codes of seats, guessed from everywhere."""
    guesses = (f"/ws?room=hall&seat={1 + number % 40}-{number:08X}" for number in itertools.count())

    async def guess(_):
        while a.on():
            socket = await a.socket(next(guesses))
            if socket:
                names = [json.loads(await socket.receive())[0] for _ in range(2)]
                a.count("refused" not in names and "closing" not in names)
                socket.close()

    await a.each(range(20), guess)


@attack(hosts=100)
async def crowd_of_wrong_commands(a):
    """Admin commands that no code has signed."""
    signed = {"by": 0, "nonce": "0" * 32, "counter": 1, "command": '{"do":"wipe"}', "proof": "0" * 64}
    await a.each(range(60), lambda _: a.batches("POST", "/admin", size=20, body=json.dumps(signed).encode(), headers=JSON))


@attack(hosts=100)
async def crowd_of_private_messages(a):
    """All write to each of those who talk."""
    sockets = await a.sockets(60)
    people = [who["id"] for who in (await sockets[0].ask(1, "who"))["people"]]
    events = (["dm", person, "x" * 4000] for person in itertools.cycle(people))
    await a.each(sockets, lambda socket: a.answers(socket, events))


@attack(hosts=100)
async def crowd_of_mixed_work(a):
    """A little of everything, by everybody."""
    events = [["board"], ["who"], ["history", {"limit": 100}], ["createRoom", "side"], ["seen", 1], ["gift", "rose", 1], ["rename", "Zoe"], ["join", "hall"], ["react", "❤"]]
    sockets = await a.sockets(60)
    await a.each(sockets, lambda socket: a.answers(socket, itertools.cycle(events)))


@attack(hosts=20)
async def crowd_of_edits(a):
    """Own messages, changed again and again: each change is overwritten on the disk before its answer."""

    def changes():
        return itertools.chain([["chat", "first", {"id": "m1"}]], (["edit", "m1", f"text {number}"] for number in itertools.count()))

    await a.each(await a.sockets(60), lambda socket: a.answers(socket, changes()))


@attack(hosts=20)
async def crowd_of_values(a):
    """Values of the greatest size, set and removed while all watch."""
    sockets = await a.sockets(60)
    values = (["set", f"key{number % 64}", "x" * 1000 if number % 3 else None] for number in itertools.count())
    await a.each(sockets, lambda socket: a.answers(socket, itertools.chain([["watch"]], values)))
