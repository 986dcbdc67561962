"""What weighs much for its sender's rate: bytes of memory, and work."""

import itertools
import json

from table import attack, settings

CONTROL = "\x01"


@attack(newcomers=False)
async def private_messages(a):
    """To sixty sockets of one person that nobody reads."""
    speaker = await a.socket()
    welcome = json.loads(await speaker.receive())[1]
    await a.sockets(58, f"/ws?room=hall&token={welcome['token']}")
    people = await a.sockets(4)
    dm = ["dm", welcome["you"]["id"], CONTROL * 8000]
    await a.each([speaker, *people], lambda socket: a.answers(socket, itertools.repeat(dm)))


@attack()
async def control_characters(a):
    """Six bytes each in JSON, in every room that there may be."""
    sockets = await a.sockets(48, "/ws?room=c{}")
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["chat", CONTROL * 8000])))


@attack(hosts=40)
async def control_characters_of_many(a):
    sockets = await a.sockets(160, "/ws?room=c{}")
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["chat", CONTROL * 8000])))


@attack(orders=[{"do": "words", "list": [f"w{number}x" for number in range(1000)]}, settings("hall", words="block"), settings("w", words="block")])
async def listed_words(a):
    """Letters that fold to many."""
    sockets = await a.sockets(40, "/ws?room=w")
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["chat", "\ufdfa" * 2700])))


@attack(orders=[{"do": "words", "list": [f"w{number}x" for number in range(1000)]}, settings("hall", words="block"), settings("w", words="block")])
async def masked_words(a):
    """Of which any could be listed."""
    sockets = await a.sockets(40, "/ws?room=w")
    text = "w*x*w*x*w " * 800
    await a.each(sockets, lambda socket: a.answers(socket, itertools.repeat(["chat", text])))
