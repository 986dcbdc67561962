"""What one device takes, whatever identities it uses; and what a person whom the organizer has sent away still does."""

import itertools
import json

import checks
import rig
from attacker import MANY, POLLING
from table import attack, settings


@attack(most=64)
async def sessions(a):
    """Engine.IO sessions over one TCP connection, without a namespace."""
    await a.batches("GET", POLLING)


@attack(most=64)
async def joined_sessions(a):
    """The same, each in a room."""
    http = await a.http()
    while a.on():
        status, body = await http.ask("GET", POLLING)
        if a.count(status == 200):
            sid = json.loads(body[1:])["sid"]
            await http.ask("POST", f"{POLLING}&sid={sid}", b"40")


@attack(most=64 + 2)
async def leases(a):
    """Polling leases in rooms that come and go with them."""
    [token, *_] = await a.identities(1)
    await a.batches("GET", f"/rooms/r{{}}/messages?token={token}")


@attack(most=200)
async def identities(a):
    """New people, one after the other."""
    while a.on():
        socket = await a.socket()
        if socket:
            a.count(json.loads(await socket.receive())[0] == "welcome")
            socket.close()


@attack(most=8 * (30 + 5 * 10))
async def messages(a):
    """As many as sixty people would say at once."""
    sockets = await a.sockets(60)
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["chat", "spam"])))


@attack(most=8 * (60 + 20 * 10))
async def reactions(a):
    """The same, of reactions."""
    sockets = await a.sockets(60)
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["react", "🔥"])))


@attack(orders=[{"do": "poll", "room": "hall", "poll": {"question": "?", "choices": ["A", "B"]}}], most=8, check=checks.counts_votes)
async def votes(a):
    for token in await a.identities(MANY):
        http = await a.http()
        body = b'{"event":"vote","args":[1,[0]]}'
        status, _ = await http.ask("POST", f"/rooms/hall/messages?token={token}", body, ["Content-Type: application/json"])
        a.count(status == 200)
        http.close()


@attack(orders=[settings("slow", slowS=300)], most=1)
async def slow_mode(a):
    sockets = await a.sockets(30, "/ws?room=slow")
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["chat", "again"])))


@attack(most=4, check=checks.asks)
async def questions(a):
    sockets = await a.sockets(20)
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["ask", "why?"])))


@attack(orders=[settings("quiet", hold=True)], most=25, check=checks.waits_for_approval)
async def approvals(a):
    sockets = await a.sockets(20, "/ws?room=quiet")
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["chat", "me, too"])))


@attack(most=8, check=checks.reacts)
async def reaction_kinds(a):
    kinds = (["react", f"x{number}"] for number in itertools.count())
    sockets = await a.sockets(20)
    await a.each(sockets, lambda socket: a.answers(socket, kinds))


@attack(check=checks.comes_back)
async def rejoin_codes(a):
    """Asked for, and guessed."""
    http = await a.http()
    for token in await a.identities(40):
        status, _ = await http.ask("POST", "/join/codes", json.dumps({"token": token}).encode(), ["Content-Type: application/json"])
        a.count(status == 200)
    await a.batches("POST", "/join", body=b'{"code":"ZZZZZZ"}', headers=["Content-Type: application/json"])


@attack()
async def nonces(a):
    await a.batches("POST", "/admin/nonce")


@attack()
async def wrong_proofs(a):
    """From the organizer's own address."""
    http = await a.http()
    nonce = (await http.json("POST", "/admin/nonce"))["nonce"]
    signed = {"by": 0, "nonce": nonce, "counter": 1, "command": '{"do":"codes"}', "proof": "0" * 64}
    await a.batches("POST", "/admin", body=json.dumps(signed).encode(), headers=["Content-Type: application/json"], http=http)


@attack(seats=40, most=0, check=checks.takes_a_seat)
async def seat_codes(a):
    """Wrong ones, from the address of a guest with a right one."""
    number = 0
    while a.on():
        number += 1
        socket = await a.socket(f"/ws?room=hall&seat=1-{number:08}")
        if socket:
            socket.event(1, "chat", "hello")
            a.count((await socket.until("ack"))[2]["ok"])
            socket.close()


@attack(check=checks.makes_a_room, during=checks.leaves_a_room)
async def rooms(a):
    sockets = await a.sockets(10)
    numbers = itertools.count()
    await a.each(sockets, lambda socket: a.answers(socket, (["createRoom", f"r{number}"] for number in numbers)))


@attack(settings=["limits.store_mib=4", "limits.keep_entries=100000"], check=checks.has_history, during=checks.says_first)
async def own_room(a):
    """Long messages in a room of one's own, until the store is full."""
    sockets = await a.sockets(30, "/ws?room=mine")
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["chat", "\u00e9" * 4000])))


@attack(hosts=60, settings=["limits.store_mib=4"], check=checks.has_history, during=checks.says_first)
async def own_rooms_of_many(a):
    sockets = await a.sockets(60, "/ws?room=r{}")
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["chat", "\u00e9" * 4000])))


@attack(most=0, during=checks.mutes)
async def muted(a):
    """Speaks on: in other rooms, privately, without a token, as another person."""
    socket = await a.socket()
    you = json.loads(await socket.receive())[1]["you"]["id"]
    assert (await socket.ask(1, "chat", "mute me"))["ok"]
    await socket.until("moderated")
    others = await a.sockets(5)
    ways = [["chat", "still here"], ["join", "elsewhere"], ["chat", "still here"], ["rename", "Ann"], ["ask", "why?"], ["gift", "rose", 1], ["dm", you, "psst"]]
    for one in (socket, *others):
        for number, way in enumerate(ways, 2):
            answer = await one.ask(number, *way)
            if way[0] != "join":
                a.count(answer["ok"])
    http = await a.http()
    for room in ("hall", "elsewhere"):
        a.count((await http.ask("POST", f"/rooms/{room}/messages", b"still here", ["Content-Type: text/plain"]))[0] == 200)


@attack(most=0, during=checks.bans)
async def banned(a):
    """Comes again, by every technique, as another person and as none."""
    socket = await a.socket()
    token = json.loads(await socket.receive())[1]["token"]
    assert (await socket.ask(1, "chat", "ban me"))["ok"]
    await socket.until("closing")
    http = await a.http()
    while a.on():
        for query in ("", f"&token={token}"):
            again = await a.socket(f"/ws?room=hall{query}")
            if again:
                try:
                    a.count((await again.ask(1, "chat", "still here"))["ok"])
                except (rig.Closed, EOFError):
                    a.count(False)
                again.close()
            a.count((await http.ask("POST", f"/rooms/hall/messages?name=Zoe{query}", b"still here", ["Content-Type: text/plain"]))[0] == 200)


@attack(most=0)
async def lookalikes(a):
    """Names like the organizer's, with letters of other alphabets and some that nobody sees."""
    socket = await a.socket()
    names = ["Organizer", "0rganizer", "Оrganizer", "Organizer\u3164", "Organ\u200bizer", "\u2800Organizer", "ORGANIZER", "ｏｒｇａｎｉｚｅｒ", "Organizеr", "\u202erezinagrO\u202c", "Helper", "Не\u200dlper"]
    for number, name in enumerate(names, 2):
        answer = await socket.ask(number, "rename", name)
        a.count(answer["ok"] and answer["name"] != "rezinagrO")
