"""The attacker: a process of its own, bounded in time and count, and of little weight beside the server."""

import asyncio
import contextlib
import itertools
import json
import logging
import os
import sys
import time

import rig

SECONDS = 2
# Of one device, and more than it gets.
MANY = 100
# What ends a connection on the way.
BROKEN = (OSError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, rig.Closed)
POLLING = "/socket.io/?EIO=4&transport=polling"
ENGINE = "/socket.io/?EIO=4&transport=websocket"


def hosts(count):
    """Addresses of that many phones."""
    return [f"127.{1 + number // 250}.0.{1 + number % 250}" for number in range(count)]


class Attacker:
    """What attacks are made of."""

    def __init__(self, port, hosts):
        self.port, self.hosts = port, itertools.cycle(hosts)
        self.until = time.monotonic() + SECONDS
        self.accepted = self.refused = 0
        self.kept = []

    def on(self):
        return time.monotonic() < self.until

    def count(self, accepted):
        if accepted:
            self.accepted += 1
        else:
            self.refused += 1
        return accepted

    async def rest(self):
        """Holds what it has until the time is over."""
        await asyncio.sleep(max(0, self.until - time.monotonic()))

    async def tcp(self, sends=b""):
        """A stream that has sent something, or none."""
        try:
            stream = await rig.connect(self.port, next(self.hosts))
        except BROKEN:
            return self.count(False) or None
        stream[1].write(sends)
        self.kept.append(stream[1])
        return stream

    async def http(self):
        http = await rig.Http.open(self.port, next(self.hosts))
        self.kept.append(http)
        return http

    async def socket(self, path="/ws?room=hall"):
        """A WebSocket, or none."""
        try:
            socket = await rig.Socket.open(self.port, path, next(self.hosts))
        except BROKEN:
            return self.count(False) or None
        self.kept.append(socket)
        return socket

    async def sockets(self, count, path="/ws?room=hall"):
        """Those that found a place, once the server has spoken."""
        found = []
        for number in range(count):
            socket = await self.socket(path.replace("{}", str(number))) if self.on() else None
            if socket:
                with contextlib.suppress(BROKEN):
                    await asyncio.wait_for(socket.receive(), 1)
                    found.append(socket)
        return found

    async def each(self, many, work):
        """Does the same with each at once; a broken connection ends its part."""

        async def one(it):
            with contextlib.suppress(BROKEN):
                await work(it)

        await asyncio.gather(*(one(it) for it in many))

    async def identities(self, count):
        """Tokens of so many people, as far as there are places for them."""
        tokens = []
        for _ in range(count):
            try:
                socket = await rig.Socket.open(self.port, "/ws?room=hall", next(self.hosts))
                tokens.append(json.loads(await socket.receive())[1]["token"])
                socket.close()
            except (*BROKEN, IndexError, TypeError, KeyError):
                self.count(False)
        return tokens

    async def batches(self, method, path, size=50, body=b"", headers=(), http=None):
        """Sends the same request again and again over one connection, many at a time. `{}` is a number."""
        http = http or await self.http()
        number = 0
        while self.on():
            requests = [rig.request(method, path.replace("{}", str(number + at)), body, headers) for at in range(size)]
            number += size
            http.writer.write(b"".join(requests))
            for _ in range(size):
                status, _ = await asyncio.wait_for(rig.response(http.reader), rig.PATIENCE_S)
                self.count(status < 400)

    async def answers(self, socket, events):
        """Says events over a WebSocket, a few at a time, and counts the answers."""
        numbers = itertools.count(1)
        while self.on():
            size = 10
            for event in itertools.islice(events, size):
                socket.event(next(numbers), *event)
            for _ in range(size):
                self.count((await asyncio.wait_for(socket.until("ack"), 2))[2]["ok"])


async def main(run, port, addresses):
    attacker = Attacker(port, addresses)
    with contextlib.suppress(*BROKEN):
        async with asyncio.timeout(5 * SECONDS):
            await run(attacker)
    print(json.dumps({"accepted": attacker.accepted, "refused": attacker.refused}), flush=True)
    # The suite looks at the server before anything of this is closed.
    sys.stdin.read()


if __name__ == "__main__":
    import attacks

    os.nice(10)
    # Of writes to what the server has closed.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    attack = attacks.ATTACKS[sys.argv[1]]
    asyncio.run(main(attack.run, int(sys.argv[2]), hosts(attack.hosts) if attack.hosts else [rig.ATTACKER]))
    os._exit(0)
