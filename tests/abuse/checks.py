"""What the neighbours and the organizer do beside an attack, and what must still work after it."""

import asyncio
import json
import time

import rig

NEIGHBOUR, WALL = "127.0.0.7", "127.0.0.8"


async def enter(who, room="hall", host=NEIGHBOUR, query=""):
    socket = await rig.Socket.open(who.server.port, f"/ws?room={room}{query}", host)
    return socket, json.loads(await socket.receive())[1]


async def works(who, *event, room="hall"):
    """An event of a new neighbour has its effect."""
    socket, _ = await enter(who, room)
    answer = await socket.ask(1, *event)
    assert answer["ok"], f"a neighbour's {event} was refused: {answer}"
    socket.close()
    return answer


async def asks(who):
    await works(who, "ask", "When is the break?")


async def reacts(who):
    await works(who, "react", "🎉")


async def makes_a_room(who):
    await works(who, "createRoom", "garden")
    back = await works(who, "history", {"before": 1 << 40}, room="shed")
    assert [event[1] for event in back["events"]] == ["left behind"], back


async def leaves_a_room(who):
    """Empty, with something stored."""
    await works(who, "chat", "left behind", room="shed")


async def waits_for_approval(who):
    answer = await works(who, "chat", "hello", room="quiet")
    assert answer["held"], answer


async def counts_votes(who):
    for guest in who.guests:
        assert (await guest.ask("vote", 1, [1]))["ok"]
    [poll] = (await who.order(do="polls", room="hall"))["polls"]
    assert poll["votes"][0] <= 8 and poll["votes"][1] == len(who.guests), poll


async def comes_back(who):
    socket, welcome = await enter(who)
    code = await rig.once(who.server.port, NEIGHBOUR, "POST", "/join/codes", {"token": welcome["token"]})
    assert code["ok"], code
    back = await rig.once(who.server.port, NEIGHBOUR, "POST", "/join", {"code": code["code"]})
    assert back["ok"], back
    socket.close()


async def takes_a_seat(who):
    """From the attacker's address."""
    code = rig.seat_code(who.server.key, 17)
    socket, _ = await enter(who, host=rig.ATTACKER, query=f"&seat={code}")
    answer = await socket.ask(1, "chat", "hello")
    assert answer["ok"], answer
    socket.close()


async def says_first(who):
    await who.guests[0].talk()


async def has_history(who):
    """The first that was said in the hall is there, and the file within its bound."""
    first = await who.guests[0].ask("history", {"before": 50, "limit": 50})
    assert "a0" in [event[-1]["id"] for event in first["events"]], first
    # What `limits.store_mib` says in these attacks, and one commit: all that may wait for the disk. The log has its own bound, and a commit.
    file, log = who.server.stored_mb()
    assert file < 4 + 8 and log < 4 + 8, f"{file:.1f} MB are stored, {log:.1f} MB in the log"


async def author_of(who, text):
    """Waits until that was said, and tells by whom."""
    socket, _ = await enter(who)
    # It may have been said before.
    socket.event(1, "history", {"limit": 100})
    async with asyncio.timeout(rig.PATIENCE_S):
        while True:
            event = json.loads(await socket.receive())
            for name, *rest in event[2]["events"] if event[0] == "ack" else [event]:
                if name == "chat" and rest[0] == text:
                    socket.close()
                    return rest[-1]["from"]["id"]


async def mutes(who):
    await who.order(do="mute", room="hall", user=await author_of(who, "mute me"), seconds=60)


async def bans(who):
    await who.order(do="ban", user=await author_of(who, "ban me"))


async def obeys(who):
    """An order from the attacker's address while it holds all that it can."""
    await who.order(rig.ATTACKER, do="announce", room="hall", text="still here")


# How long places are held against the organizer.
HELD_S = 9
BROKEN = (OSError, EOFError, rig.Closed)


async def is_full(port):
    """Whether the attacker's address has no ordinary place any more."""
    try:
        socket = await rig.Socket.open(port, "/ws?room=hall", rig.ATTACKER)
    except BROKEN:
        return True
    try:
        return json.loads(await socket.receive())[0] == "closing"
    finally:
        socket.close()


async def operates(who):
    """The organizer comes by WebSocket from the attacker's address, once all places there are taken. Comes again as the page does."""
    port = who.server.port
    async with asyncio.timeout(rig.PATIENCE_S):
        while not await is_full(port):
            pass
    # Over most of the attack: a place that is held for 5 s is too many.
    async with asyncio.timeout(HELD_S):
        for _ in range(10):
            pause = asyncio.create_task(asyncio.sleep(HELD_S * 0.08))
            while not await gives_command(who.server):
                pass
            await pause


async def gives_command(server):
    """Whether a new socket has its nonce, its command and its room."""
    try:
        socket = await rig.Socket.open(server.port, "/ws?operates=1", rig.ATTACKER)
    except BROKEN:
        return False
    try:
        nonce, text = (await socket.ask(1, "nonce"))["nonce"], json.dumps({"do": "codes"})
        signed = {"by": 0, "nonce": nonce, "counter": 1, "command": text, "proof": rig.proof(server.key, nonce, text)}
        if not (await socket.ask(2, "admin", signed))["ok"]:
            return False
        assert (await socket.ask(3, "join", "hall"))["ok"]
        return True
    except BROKEN:
        return False
    finally:
        socket.close()


async def sees_codes(who):
    """The codes to scan of rooms that are there, while no others are drawn any more."""
    async with asyncio.timeout(rig.PATIENCE_S):
        while (await rig.picture(who.server.port, NEIGHBOUR, f"new{time.monotonic_ns()}"))[0] == 200:
            pass
    for room in ("hall", "main"):
        status, body = await rig.picture(who.server.port, WALL, room)
        assert status == 200 and b"<svg" in body, f"the code of {room} is {status}"


async def counts_one_kind(who):
    """Of the attack there is one kind of reaction."""
    room = await rig.once(who.server.port, NEIGHBOUR, "GET", "/rooms/hall/messages")
    assert list(room["latest"]["reactions"]) == ["🔥"], room["latest"]
    await reacts(who)


async def frees_the_queue(who):
    """What waits is refused, and a neighbour's message waits."""
    for item in (await who.order(do="held", room="quiet"))["items"]:
        await who.order(do="reject", room="quiet", number=item["number"])
    await waits_for_approval(who)


async def frees_the_board(who):
    """A question is answered, and a neighbour's finds its row."""
    socket, _ = await enter(who)
    question = (await socket.ask(1, "board"))["questions"][0]["question"]
    socket.close()
    await who.order(do="answered", room="hall", question=question)
    await asks(who)


async def lets_in(who):
    """A newcomer, once the silent ones have had their time."""
    async with asyncio.timeout(rig.PATIENCE_S):
        while True:
            http = await rig.Http.open(who.server.port, NEIGHBOUR)
            status, _ = await http.ask("GET", "/rooms")
            http.close()
            if status == 200:
                break
            assert status == 503, status
            await asyncio.sleep(0.1)
