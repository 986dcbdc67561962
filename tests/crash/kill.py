"""Kills the real binary under load, again and again: what was acknowledged is there, once, and readers go on exactly or are told."""

import os
import random
import shutil
import sys
import tempfile
import threading
import time

from server import PATIENCE_S, Server

CYCLES = int(os.environ.get("KILL_CYCLES", "100"))
WRITERS = 6
BATCH = 5
ROOMS = 5
CYCLES_PER_ROOM = 10
# Set by each acknowledgement.
acknowledged = threading.Event()


class Writer(threading.Thread):
    """Says one message after the other, and says again what was not acknowledged: with the same id, over the kill."""

    def __init__(self, number):
        super().__init__(daemon=True)
        self.number, self.said, self.open, self.acked = number, 0, None, {}
        self.server, self.rooms = None, []

    def work(self, server, rooms):
        self.server, self.rooms = server, rooms
        super().__init__(daemon=True)
        self.start()

    def note(self, room, id, answer):
        assert self.acked.setdefault((room, id), answer["seq"]) == answer["seq"]
        acknowledged.set()

    def run(self):
        try:
            with self.server.talk() as talk:
                while True:
                    if self.open is None:
                        self.said += 1
                        room = self.rooms[self.said % len(self.rooms)]
                        self.open = (room, f"w{self.number}-{self.said}")
                    room, id = self.open
                    answer = talk.say(room, "x" * 100, id)
                    if answer["ok"]:
                        self.note(room, id, answer)
                        self.open = None
        except (OSError, ValueError, EOFError):
            pass  # the server was killed; http.client's own errors are ValueErrors and OSErrors
        except Exception as error:  # noqa: BLE001 # told by the main thread
            if type(error).__module__ != "http.client":
                self.failed = error


class Chatter(Writer):
    """The same over a WebSocket: several messages at once, each acknowledged for itself."""

    def __init__(self, number):
        super().__init__(number)
        self.open, self.token, self.room = [], None, None

    def run(self):
        try:
            while True:
                if not self.open:
                    self.room = self.rooms[self.said % len(self.rooms)]
                    self.open = [f"c{self.number}-{self.said + at}" for at in range(BATCH)]
                    self.said += BATCH
                with self.server.socket(self.room, self.token) as socket:
                    self.token = socket.token
                    for id, answer in socket.say([("x" * 100, id) for id in self.open]):
                        if answer["ok"]:
                            self.note(self.room, id, answer)
                            self.open = [other for other in self.open if other != id]
        except AssertionError as error:
            self.failed = error
        except (OSError, ValueError):
            pass  # the server was killed


def place(answer):
    """Behind which entry the answer goes on, in whatever epoch: the reader's place, or before what the log has no more."""
    first = answer["events"][0][-1].get("seq") if answer["events"] else None
    return int(answer["next"].split(":")[1]) if first is None else first - 1


def goes_on(answer, since):
    """Whether the answer goes on exactly at the reader's place; else it goes on before it, and says so by that."""
    return place(answer) == since


class Reader(threading.Thread):
    """Follows a room by long polls from where it was, over the kills, and keeps what it heard in each epoch, and what it has now."""

    def __init__(self, room):
        self.room, self.next, self.heard, self.told, self.crossed = room, None, {}, 0, 0
        self.has, self.failed = {}, None

    def work(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.start()

    def run(self):
        try:
            with self.server.talk() as talk:
                while True:
                    self.take(talk.poll(self.room, self.next, wait=2))
        except AssertionError as error:
            self.failed = error
        except Exception:  # noqa: BLE001 # the server was killed
            pass

    def take(self, answer):
        if not answer.get("next"):
            time.sleep(0.01)  # nobody has made the room yet
            return
        epoch, since = (self.next or ":0").split(":")
        since, missed = int(since), 0
        last = since
        if self.next and answer["epoch"] != epoch:
            if goes_on(answer, since):
                self.crossed += 1
            else:
                last = 0 if answer["events"] and answer["events"][0][0] == "gap" else place(answer)
                assert last < since, f"{self.room}: {self.next} goes on at {last}"
                self.told, self.has = self.told + 1, {seq: id for seq, id in self.has.items() if seq <= last}
        for event in answer["events"]:
            if event[0] == "gap":
                missed += event[-1]["missed"]
                last = event[-1]["to"]
                continue
            meta = event[-1]
            if self.next:
                assert meta["seq"] == last + 1, f"{self.room}: {meta['seq']} behind {last}, next was {self.next}"
            last = meta["seq"]
            self.has[last] = meta["id"]
            known = self.heard.setdefault((meta["epoch"], meta["seq"]), meta["id"])
            assert known == meta["id"], f"{self.room}: {meta['epoch']}:{meta['seq']} was {known}, is {meta['id']}"
        self.next = answer["next"]


def check(server, rooms, writers, readers):
    for room in rooms:
        found = server.log(room)
        acked = {(id, seq) for writer in writers for (where, id), seq in writer.acked.items() if where == room}
        if found is None:
            assert not acked, f"{room} is gone, and {len(acked)} of its messages were acknowledged"
            continue
        epoch, log = found
        ids = [id for _, id in log]
        assert len(ids) == len(set(ids)), f"{room}: accepted twice: {sorted(id for id in ids if ids.count(id) > 1)}"
        seqs = [seq for seq, _ in log]
        assert seqs == list(range(1, len(seqs) + 1)), f"{room}: not without holes: {seqs[:3]}…{seqs[-3:]}"
        missing = {id for id, _ in acked} - set(ids)
        assert not missing, f"{room}: acknowledged and gone: {sorted(missing)}"
        # A number that a reader saw in the epoch that the room still has means the same message.
        for reader in readers:
            if reader.room != room:
                continue
            for (heard_in, seq), id in reader.heard.items():
                if heard_in == epoch:
                    assert seq <= len(log) and log[seq - 1][1] == id, f"{room}: {epoch}:{seq} was {id}"
            if not reader.next:
                continue
            with server.talk() as talk:
                answer = talk.poll(room, reader.next)
            if answer.get("next") and goes_on(answer, int(reader.next.split(":")[1])):
                for seq, id in reader.has.items():
                    assert seq <= len(log) and log[seq - 1][1] == id, f"{room}: {seq} was {id}, and goes on as if it still were"


def shown(readers):
    """Whether some readers went on exactly in a new epoch, and some were told that they could not."""
    return any(reader.crossed for reader in readers) and any(reader.told for reader in readers)


def main():
    seed = int(os.environ.get("KILL_SEED", random.randrange(1 << 32)))
    print(f"KILL_SEED={seed}", flush=True)
    rng = random.Random(seed)
    data = tempfile.mkdtemp(prefix="chatterbox-kill-")
    writers = [Writer(number) for number in range(WRITERS)] + [Chatter(number) for number in range(WRITERS)]
    readers, rooms, all_rooms = [], [], []
    cycle = 0
    try:
        # More, if they came at moments that show nothing.
        while cycle < CYCLES or cycle < 3 * CYCLES and not shown(readers):
            server = Server(data)
            check(server, rooms, writers, readers)
            if cycle % CYCLES_PER_ROOM == 0:
                rooms = [f"room-{cycle}-{number}" for number in range(ROOMS)]
                all_rooms += rooms
                readers += [Reader(room) for room in rooms]
            acknowledged.clear()
            for worker in writers:
                worker.failed = None
                worker.work(server, rooms)
            current = [reader for reader in readers if reader.room in rooms]
            for reader in current:
                reader.work(server)
            if cycle % 2:
                assert acknowledged.wait(PATIENCE_S), "nothing was acknowledged"
            # Not a wait for anything: the moment of the kill is what is varied.
            time.sleep(rng.uniform(0.02, 0.4))
            server.kill()
            cycle += 1
            for worker in [*writers, *current]:
                worker.join(PATIENCE_S)
                if worker.failed:
                    raise worker.failed
        server = Server(data)
        check(server, all_rooms, writers, readers)
        assert server.stop() == 0
        server = Server(data)
        check(server, all_rooms, writers, readers)
        server.stop()
        acked = sum(len(writer.acked) for writer in writers)
        heard = sum(len(reader.heard) for reader in readers)
        told = sum(reader.told for reader in readers)
        crossed = sum(reader.crossed for reader in readers)
        assert shown(readers), "the kills came at moments that show nothing"
        assert acked > cycle, f"only {acked} messages were acknowledged: the load did not work"
        print(f"{cycle} kills: {acked} acknowledged, none missing, none twice; {heard} heard, "
              f"{crossed} readers went on exactly in a new epoch, {told} were told")
    except BaseException:
        print(f"failed with KILL_SEED={seed}; the data is in {data}", file=sys.stderr)
        raise
    shutil.rmtree(data)


main()
