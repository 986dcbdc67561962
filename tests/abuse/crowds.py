"""The same from many addresses: within the bounds for all, those inside stay served."""

import itertools

import checks
import rig
from attacker import POLLING
from table import attack

FULL = "limits.connections=500"


@attack(hosts=100, settings=[FULL], newcomers=False, check=checks.lets_in)
async def crowd_of_silent_sockets(a):
    for _ in range(900):
        await a.tcp()
    await a.rest()


@attack(hosts=100, settings=[FULL], newcomers=False, check=checks.lets_in)
async def crowd_of_slow_heads(a):
    for _ in range(900):
        await a.tcp(b"GET / HTTP/1.1\r\nx: ")
    await a.rest()


@attack(hosts=100, settings=[FULL], newcomers=False, check=checks.obeys)
async def crowd_of_sockets(a):
    """Until there is no place for anyone else."""
    for _ in range(600):
        await a.tcp(rig.request("GET", "/rooms/hall/events"))
    await a.rest()


@attack(hosts=100)
async def crowd_of_identities(a):
    while a.on():
        socket = await a.socket()
        if socket:
            socket.close()


@attack(hosts=100, newcomers=False)
async def crowd_of_sessions(a):
    """Engine.IO sessions without a namespace."""
    await a.each(range(40), lambda _: a.batches("GET", POLLING, size=80))


@attack(hosts=20)
async def crowd_of_messages(a):
    sockets = await a.sockets(60, "/ws?room=crowd")
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["chat", "spam"])))


@attack(hosts=20)
async def crowd_of_reactions(a):
    sockets = await a.sockets(60)
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["react", "🔥"])))


@attack(hosts=40)
async def crowd_of_rooms(a):
    sockets = await a.sockets(40)
    numbers = itertools.count()
    await a.each(sockets, lambda socket: a.answers(socket, (["createRoom", f"r{number}"] for number in numbers)))


@attack(hosts=100)
async def crowd_of_nonces(a):
    await a.each(range(80), lambda _: a.batches("POST", "/admin/nonce", size=70))


@attack(hosts=60)
async def crowd_of_unread_streams(a):
    """In a room that talks."""
    for _ in range(300):
        await a.tcp(rig.request("GET", "/rooms/crowd/events?since=0:0"))
    sockets = await a.sockets(20, "/ws?room=crowd")
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["chat", "x" * 2000])))
