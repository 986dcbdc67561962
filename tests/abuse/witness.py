"""Those who suffer an attack: guests who talk, one who only listens, newcomers, and an organizer at work."""

import asyncio
import json
import time

import rig

LISTENER, NEWCOMER, ORGANIZER = (f"127.0.0.{host}" for host in range(4, 7))
# So many that a 99th percentile of two seconds is not the slowest answer of all.
GUESTS = 6
# A guest's pace: below the rates of a person.
TICK_S = 0.25


class Guest:
    """A member who talks, and measures the answers. Over a plain WebSocket, or as a Socket.IO client."""

    def __init__(self, samples, number=0):
        self.samples, self.socket_io = samples, number % 2 == 1
        self.host = f"127.0.0.{20 + number}"
        self.number, self.asked, self.said = 0, {}, []
        self.prefix = "abcdefgh"[number]

    async def enter(self, port, seat):
        path = "/socket.io/?EIO=4&transport=websocket" if self.socket_io else f"/ws?room=hall&name={self.prefix}nn&seat={seat}"
        self.socket = await rig.Socket.open(port, path, self.host)
        if self.socket_io:
            self.socket.send("40" + json.dumps({"room": "hall", "name": f"{self.prefix}o", "seat": seat}))
            while not (await self.socket.receive()).startswith("40"):
                pass
        self.reading = asyncio.create_task(self.read())
        # The first answer comes from inside.
        await self.ask("who")

    async def read(self):
        while True:
            text = await self.socket.receive()
            if text == "2":
                self.socket.send("3")
            elif self.socket_io and text.startswith("43"):
                number, _, answer = text[2:].partition("[")
                self.answered(int(number), json.loads("[" + answer)[0])
            elif text.startswith('["ack"'):
                _, number, answer = json.loads(text)
                self.answered(number, answer)

    def answered(self, number, answer):
        began, future = self.asked.pop(number)
        self.samples.append(time.monotonic() - began)
        future.set_result(answer)

    async def ask(self, *event):
        self.number += 1
        future = asyncio.get_running_loop().create_future()
        self.asked[self.number] = time.monotonic(), future
        text = json.dumps(event)
        self.socket.send(f"42{self.number}{text}" if self.socket_io else f"[{self.number},{text[1:]}")
        done, _ = await asyncio.wait([future, self.reading], timeout=rig.PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        if future in done:
            return future.result()
        raise AssertionError(f"a guest's {event[0]} was not answered: {self.reading}")

    async def talk(self):
        """Says something, and asks who is there."""
        id = f"{self.prefix}{len(self.said)}"
        self.said.append(id)
        for event in (["chat", f"hello {id}", {"id": id}], ["who"]):
            answer = await self.ask(*event)
            assert answer["ok"], f"a guest's {event[0]} was refused: {answer}"

    async def leave(self):
        self.reading.cancel()
        await asyncio.wait([self.reading])
        self.socket.close()


class Listener:
    """An event stream, in which nothing may be missing."""

    def __init__(self):
        self.ids, self.seq, self.changed = set(), None, asyncio.Event()

    async def enter(self, port, seat):
        self.reader, self.writer = await rig.connect(port, LISTENER)
        self.writer.write(rig.request("GET", f"/rooms/hall/events?name=Cleo&seat={seat}"))
        await self.reader.readuntil(b"welcome")
        self.reading = asyncio.create_task(self.read())

    async def read(self):
        while True:
            line = await self.reader.readuntil(b"\n")
            if not line.startswith(b"data:"):
                continue
            event = json.loads(line[5:])
            assert event[0] != "gap", f"the listener has a gap: {event}"
            meta = event[-1]
            if isinstance(meta, dict) and "epoch" in meta and "seq" in meta:
                assert self.seq in (None, meta["seq"] - 1), f"entry {meta['seq']} came after {self.seq}"
                self.seq = meta["seq"]
                self.ids.add(meta["id"])
                self.changed.set()

    async def has(self, ids):
        """Waits until all of them have come."""
        async with asyncio.timeout(rig.PATIENCE_S):
            while not ids <= self.ids:
                self.changed.clear()
                waiting = asyncio.create_task(self.changed.wait())
                await asyncio.wait([waiting, self.reading], return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                if self.reading.done():
                    self.reading.result()

    async def leave(self):
        self.reading.cancel()
        await asyncio.wait([self.reading])
        self.writer.close()


async def visit(port):
    """A phone that opens the page and looks at the rooms. Gives the seconds that it took."""
    began = time.monotonic()
    http = await rig.Http.open(port, NEWCOMER)
    statuses = [(await http.ask("GET", path))[0] for path in ("/", "/rooms")]
    http.close()
    assert statuses == [200, 200], f"a newcomer was answered {statuses}"
    return time.monotonic() - began


class Witness:
    """All of them together."""

    def __init__(self, server, newcomers):
        self.server, self.newcomers = server, newcomers
        self.answers, self.orders, self.visits = [], [], []
        self.guests = [Guest(self.answers, number) for number in range(GUESTS)]
        self.listener = Listener()
        self.announced = set()

    async def enter(self, seats):
        if seats:
            await self.order(do="seats", count=seats)
        for seat, one in enumerate([self.listener, *self.guests], 1):
            await one.enter(self.server.port, rig.seat_code(self.server.key, seat))
        self.answers.clear()

    async def order(self, host=ORGANIZER, **command):
        """An order that is obeyed."""
        answer = await rig.order(self.server, host, **command)
        assert answer["ok"], f"the organizer's {command} from {host} was refused: {answer}"
        return answer

    async def visit(self):
        self.visits.append(await visit(self.server.port))

    async def announce(self):
        """From the attacker's own address, and from another one."""
        for host in (rig.ATTACKER, ORGANIZER):
            began = time.monotonic()
            answer = await self.order(host, do="announce", room="hall", text="hello")
            self.orders.append(time.monotonic() - began)
            self.announced.add(answer["id"])

    async def work(self, until):
        """Goes about the evening until the attack is over."""
        every = [*(guest.talk for guest in self.guests), self.announce]
        if self.newcomers:
            every.append(self.visit)

        async def again(work):
            while not until.done():
                tick = asyncio.create_task(asyncio.sleep(TICK_S))
                await work()
                await tick

        async with asyncio.TaskGroup() as group:
            for work in every:
                group.create_task(again(work))

    async def leave(self):
        """Checks that nothing was lost."""
        said = {id for guest in self.guests for id in guest.said}
        await self.listener.has(said | self.announced)
        for one in [*self.guests, self.listener]:
            await one.leave()
