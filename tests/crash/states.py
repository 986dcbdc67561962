"""Pulls the plug at hundreds of places in one run under load, without a disk: from the log of what the server wrote and flushed
(see shim.c) it makes what a disk may hold that loses, tears and reorders what was not flushed, and opens it with the server.

A negative control with flushes left out must be found, else the test could not fail.
"""

import collections
import http.client
import os
import random
import shutil
import struct
import sys
import tempfile
import threading
import time

from server import Server

STATES = int(os.environ.get("CRASH_STATES", "220"))
CONTROL_STATES = 25
MESSAGES = int(os.environ.get("CRASH_MESSAGES", "4000"))
WRITERS = 8
BATCH = 6
ROOMS = ["hall", "garden", "bar"]
SECTOR = 512
HEAD = struct.Struct("<IIQII")
WRITE, TRUNCATE, SYNC, CREATE, UNLINK, RENAME, DIRSYNC, ACK = range(1, 9)


def record(data, log, shim, no_sync):
    """One run under load; the log of it, acknowledgements among the records."""
    env = {"LD_PRELOAD": shim, "CRASH_DIR": str(data), "CRASH_LOG": log}
    server = Server(data, {**env, **({"CRASH_NO_SYNC": "1"} if no_sync else {})})
    acks = os.open(log, os.O_WRONLY | os.O_APPEND)
    left, lock = collections.deque(range(MESSAGES)), threading.Lock()

    def noted(room, id, answer):
        assert answer["ok"], answer
        path = room.encode()
        # Behind the flush that it waited for, because the server answered first.
        os.write(acks, HEAD.pack(ACK, len(path), answer["seq"], len(id), 0) + path + id.encode())

    def take(count):
        with lock:
            return [left.popleft() for _ in range(min(count, len(left)))]

    def text(number):
        return f"{number} " + "y" * (number % 150)

    def chat(room):
        with server.socket(room) as socket:
            while batch := take(BATCH):
                for id, answer in socket.say([(text(number), f"m{number}") for number in batch]):
                    noted(room, id, answer)

    def write():
        with server.talk() as talk:
            while batch := take(1):
                [number] = batch
                room, id = ROOMS[number % len(ROOMS)], f"m{number}"
                noted(room, id, talk.say(room, text(number), id))

    threads = [threading.Thread(target=write, daemon=True) for _ in range(WRITERS)]
    threads += [threading.Thread(target=chat, args=(room,), daemon=True) for room in ROOMS for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(900)
    server.kill()
    os.close(acks)
    return parse(open(log, "rb").read())


def parse(log):
    records, at = [], 0
    while at < len(log):
        kind, path_len, offset, length, _ = HEAD.unpack_from(log, at)
        at += HEAD.size
        path = log[at : at + path_len].decode()
        at += path_len
        records.append((kind, path, offset, log[at : at + length]))
        at += length
    return records


class Disk:
    """What is surely on the disk, and what may be."""

    def __init__(self):
        self.files, self.pending, self.names = {}, collections.defaultdict(list), []
        self.acked = []

    def apply(self, record):
        kind, path, offset, data = record
        if kind == ACK:
            self.acked.append((path, data.decode()))
        elif kind in (WRITE, TRUNCATE):
            self.pending[path].append(record)
        elif kind == SYNC:
            for done in self.pending.pop(path, []):
                self.files[path] = apply(self.files.get(path, bytearray()), done)
            self.files.setdefault(path, bytearray())
        elif kind in (CREATE, UNLINK, RENAME):
            self.names.append(record)
            if kind == CREATE:
                self.files.pop(path, None)
                self.pending.pop(path, None)
            elif kind == UNLINK:
                # Until the directory is flushed it may be there as it was, or not.
                self.names[-1] = (kind, path, 0, (self.files.pop(path, None), self.pending.pop(path, [])))
            else:
                target = data.decode()
                old = (self.files.get(target), self.pending.pop(target, []))
                self.names[-1] = (kind, path, target, old)
                if path in self.files:
                    self.files[target] = self.files.pop(path)
                self.pending[target] = self.pending.pop(path, [])
        elif kind == DIRSYNC:
            self.names.clear()

    def crashed(self, rng, folder):
        """Writes one of the possible states into a folder."""
        files = {path: bytearray(data) for path, data in self.files.items()}
        for path, records in self.pending.items():
            style = rng.choice(["none", "all", "some", "prefix"])
            kept = records[: rng.randrange(len(records) + 1)] if style == "prefix" else records
            for entry in kept if style != "none" else []:
                if style == "some" and rng.random() < 0.5:
                    continue
                torn = rng if style == "some" or (style == "prefix" and entry is kept[-1]) else None
                files[path] = apply(files.get(path, bytearray()), entry, torn)
        # The directory's changes get there in order, as in a journal, but perhaps not all of them.
        for kind, path, target, old in reversed(self.names[rng.randrange(len(self.names) + 1) :] if self.names else []):
            if kind == CREATE:
                files.pop(path, None)
            elif kind == UNLINK:
                put_back(files, path, old)
            else:
                if target in files:
                    files[path] = files.pop(target)
                put_back(files, target, old)
        for path, data in files.items():
            full = os.path.join(folder, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as file:
                file.write(data)
            os.chmod(full, 0o600)


def put_back(files, path, old):
    data, pending = old
    if data is not None:
        files[path] = bytearray(data)
        for entry in pending:
            files[path] = apply(files[path], entry)


def apply(file, record, torn=None):
    kind, _, offset, data = record
    if kind == TRUNCATE:
        if offset < len(file):
            del file[offset:]
        else:
            file.extend(bytes(offset - len(file)))
        return file
    if len(file) < offset + len(data):
        file.extend(bytes(offset + len(data) - len(file)))
    at = 0
    while at < len(data):
        # A disk writes sectors, whole ones.
        step = min(SECTOR - (offset + at) % SECTOR, len(data) - at)
        if torn is None or torn.random() < 0.7:
            file[offset + at : offset + at + step] = data[at : at + step]
        at += step
    return file


def faults(disk, rng, folder):
    """What is wrong with one crash state; an empty list is what we want."""
    disk.crashed(rng, folder)
    wrong = []
    server = None
    try:
        server = Server(folder)
        for room in ROOMS:
            acked = {id for where, id in disk.acked if where == room}
            found = server.log(room)
            log = found[1] if found else []
            ids = [id for _, id in log]
            if len(ids) != len(set(ids)):
                wrong.append(f"{room}: something is there twice")
            if [seq for seq, _ in log] != list(range(1, len(log) + 1)):
                wrong.append(f"{room}: the log has holes")
            if missing := acked - set(ids):
                wrong.append(f"{room}: {len(missing)} acknowledged messages are missing, of {len(acked)}")
    except (AssertionError, OSError, http.client.HTTPException) as error:
        wrong.append(f"it does not serve: {error!r}")
    finally:
        if server:
            server.kill()
    if any(".corrupt" in name for name in os.listdir(folder)):
        wrong.append("the database was set aside as corrupt")
    return wrong


def judge(records, states, rng):
    """How many states were bad, and what was wrong with the first."""
    places = sorted(rng.randrange(1, len(records) + 1) for _ in range(states))
    disk, at, bad, first = Disk(), 0, 0, None
    for place in places:
        for entry in records[at:place]:
            disk.apply(entry)
        at = place
        folder = tempfile.mkdtemp(prefix="chatterbox-state-")
        try:
            wrong = faults(disk, rng, folder)
        finally:
            shutil.rmtree(folder)
        if wrong:
            bad += 1
            first = first or (place, wrong)
    return bad, first


def main():
    shim = os.environ["CRASH_SHIM"]
    seed = int(os.environ.get("CRASH_SEED", random.randrange(1 << 32)))
    print(f"CRASH_SEED={seed}", flush=True)
    rng = random.Random(seed)
    for no_sync, states in [(False, STATES), (True, CONTROL_STATES)]:
        since = time.monotonic()
        base = tempfile.mkdtemp(prefix="chatterbox-crash-")
        data = os.path.join(base, "data")
        os.mkdir(data, 0o700)
        records = record(data, os.path.join(base, "log"), shim, no_sync)
        shutil.rmtree(base)
        kinds = collections.Counter(kind for kind, *_ in records)
        print(f"{kinds[ACK]} acknowledged, {kinds[WRITE]} writes, {kinds[SYNC]} flushes", flush=True)
        assert kinds[ACK] == MESSAGES and kinds[WRITE] > 0 and (kinds[SYNC] > 0) != no_sync
        bad, first = judge(records, states, rng)
        took = time.monotonic() - since
        if no_sync:
            print(f"without flushes {bad} of {states} states were found bad, in {took:.0f} s")
            assert bad > states // 2, "the negative control was not found"
        else:
            print(f"{states} crash states: {bad} bad, in {took:.0f} s", flush=True)
            assert not bad, f"CRASH_SEED={seed}: at record {first[0]}: {first[1]}"


if __name__ == "__main__":
    sys.exit(main())
