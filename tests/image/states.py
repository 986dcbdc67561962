#!/usr/bin/env python3
"""Power cuts of the box, from the log of one run: what the guest wrote and when it flushed, as qemu's blklogwrites noted it, makes
the states that the card may have been left in.

    states.py write PORT LOG ACKS           talks to the box, and notes how long the log was at each acknowledgement
    states.py judge CARD LOG ACKS           CARD: the card before that run. CHATTERBOX_BIN: what reads its database

A write that was not flushed may have got there or not, in any order, whole or in part; one that was flushed has. For the negative
control, what only the last four flushes made sure is not sure.
"""

import collections
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "crash"))
from server import Server, Socket, Talk  # noqa: E402

ROOMS = os.environ.get("BLOCK_ROOMS", "hall bar").split()
MESSAGES = int(os.environ.get("BLOCK_MESSAGES", "400"))
STATES = int(os.environ.get("BLOCK_STATES", "60"))
CONTROL_STATES = 30
# One for what is in a file, two if it grows.
CONTROL_FLUSHES = 4
BATCH = 4
WRITE_S = 900

SECTOR = 512
# linux/Documentation/admin-guide/device-mapper/log-writes.rst
SUPER = struct.Struct("<QQQI")
ENTRY = struct.Struct("<QQQQ")
MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD = 1, 2, 4

# The fourth entry of the partition table that image/card writes.
PARTITION_ENTRY = 446 + 3 * 16
DATABASE = "/private/chatterbox"


def write(port, log, acks):
    """Half of the messages over HTTP, one after the other, and half over WebSockets, several at once."""
    lock, left, noted = threading.Lock(), collections.deque(range(MESSAGES)), []
    deadline = time.monotonic() + WRITE_S

    def note(room, id):
        # The box answered, so its flush stands in the log already.
        size = os.stat(log).st_size
        with lock:
            noted.append((size, room, id))

    def take(count):
        with lock:
            return [left.popleft() for _ in range(min(count, len(left)))] if time.monotonic() < deadline else []

    def text(number):
        return f"{number} " + "y" * (number % 150)

    def ask(room):
        with Talk(port) as talk:
            while batch := take(1):
                answer = talk.say(room, text(batch[0]), f"m{batch[0]}")
                while not answer["ok"] and "retryAfterMs" in answer:
                    time.sleep(answer["retryAfterMs"] / 1000)
                    answer = talk.say(room, text(batch[0]), f"m{batch[0]}")
                assert answer["ok"], answer
                note(room, f"m{batch[0]}")

    def chat(room):
        with Socket(port, room) as socket:
            while batch := take(BATCH):
                open_ids = [(text(number), f"m{number}") for number in batch]
                while open_ids:
                    refused = 0
                    for id, answer in socket.say(open_ids):
                        if answer["ok"]:
                            note(room, id)
                            open_ids = [it for it in open_ids if it[1] != id]
                        else:
                            refused = max(refused, answer["retryAfterMs"])
                    time.sleep(refused / 1000)

    threads = [threading.Thread(target=work, args=(room,)) for room in ROOMS for work in (ask, ask, chat, chat)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open(acks, "w") as file:
        json.dump(sorted(noted), file)
    print(f"{len(noted)} acknowledged, the log has {os.stat(log).st_size >> 20} MiB")
    assert len(noted) == MESSAGES, "the box did not answer in time"


Entry = collections.namedtuple("Entry", "end flags offset data")


def entries(log, partition):
    """What was written to the partition, in order; offsets and data in bytes of it. `end` is where the log stood behind it."""
    with open(log, "rb") as file:
        magic, _, _, size = SUPER.unpack(file.read(SUPER.size))
        assert magic == MAGIC, "not a log"
        at, end = size, os.stat(log).st_size
        while at < end:
            file.seek(at)
            sector, sectors, flags, _ = ENTRY.unpack(file.read(ENTRY.size))
            at += size
            data = b""
            if sectors and not flags & DISCARD:
                file.seek(at)
                data = file.read(sectors * size)
                at += sectors * size
                if at > end:
                    return
            offset = sector * size - partition
            if flags & (FLUSH | FUA) or offset >= 0:
                yield Entry(at, flags, offset, data)


def partition_of(card):
    with open(card, "rb") as file:
        file.seek(PARTITION_ENTRY)
        _, start, _ = struct.unpack("<8sII", file.read(16))
    return start * SECTOR


class Disk:
    """The partition as it surely is, in a file, and the writes since."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "r+b")
        # A list for each time between two flushes.
        self.unsure = collections.deque([[]])

    def apply(self, entry, kept_flushes):
        if entry.data and entry.offset >= 0:
            self.unsure[-1].append(entry)
        if entry.flags & (FLUSH | FUA):
            self.unsure.append([])
        while len(self.unsure) > 1 + kept_flushes:
            for sure in self.unsure.popleft():
                put(self.file, sure)

    def crashed(self, rng, path):
        """One of the states that it may have been left in."""
        self.file.flush()
        subprocess.run(["cp", "--sparse=always", self.path, path], check=True)
        writes = [entry for span in self.unsure for entry in span]
        style = rng.choice(["none", "some", "some", "prefix"])
        kept = {"none": [], "some": [it for it in writes if rng.random() < 0.5]}.get(style)
        if kept is None:
            kept = writes[: rng.randrange(len(writes) + 1)]
        if rng.random() < 0.5:
            # The card has its own order; of two writes to one place either may have been the last.
            rng.shuffle(kept)
        with open(path, "r+b") as file:
            for entry in kept:
                put(file, entry, rng if style == "some" or entry is kept[-1] else None)


def put(file, entry, torn=None):
    for at in range(0, len(entry.data), SECTOR):
        if torn is None or torn.random() < 0.8:
            file.seek(entry.offset + at)
            file.write(entry.data[at : at + SECTOR])


def faults(path, acked):
    """What is wrong with one state; an empty list is what we want."""
    wrong = []
    # Replays the file system's journal, as mounting does; more there must not be to repair.
    fsck = subprocess.run(["e2fsck", "-f", "-y", "-E", "journal_only", path], capture_output=True, text=True)
    if fsck.returncode > 1:
        return [f"the journal: {fsck.stdout[-300:]}"]
    fsck = subprocess.run(["e2fsck", "-f", "-n", path], capture_output=True, text=True)
    if fsck.returncode:
        wrong.append(f"the file system: {fsck.stdout[-300:]}")
    folder = tempfile.mkdtemp(prefix="chatterbox-state-")
    server = None
    try:
        subprocess.run(["debugfs", "-R", f"rdump {DATABASE} {folder}", path], check=True, capture_output=True)
        data = os.path.join(folder, os.path.basename(DATABASE))
        if not os.path.isdir(data):
            return wrong + (["there is no database"] if acked else [])
        os.chmod(data, 0o700)
        server = Server(data)
        for room in ROOMS:
            found = server.log(room)
            log = found[1] if found else []
            ids = [id for _, id in log]
            if len(ids) != len(set(ids)) or [seq for seq, _ in log] != list(range(1, len(log) + 1)):
                wrong.append(f"{room}: the log has holes, or something twice")
            if missing := {id for where, id in acked if where == room} - set(ids):
                wrong.append(f"{room}: {len(missing)} acknowledged messages are missing")
        if any(".corrupt" in name for name in os.listdir(data)):
            wrong.append("the database was set aside as corrupt")
    except (AssertionError, OSError) as error:
        wrong.append(f"it does not serve: {error!r}")
    finally:
        if server:
            server.kill()
        shutil.rmtree(folder)
    return wrong


def judge(card, log, acks, states, kept_flushes, rng):
    """How many states were bad, and the first of them."""
    with open(acks) as file:
        acked = json.load(file)
    partition = partition_of(card)
    written = list(entries(log, partition))
    # From the first words on: how a card grows at its first start is another test's.
    first_ack = acked[0][0]
    places = [at for at, entry in enumerate(written) if entry.end >= first_ack]
    places = sorted(rng.choice(places) for _ in range(states))
    work = tempfile.mkdtemp(prefix="chatterbox-block-")
    bad, first = 0, None
    try:
        sure = os.path.join(work, "sure")
        subprocess.run(
            ["dd", f"if={card}", f"of={sure}", "bs=1M", "iflag=skip_bytes", f"skip={partition}", "conv=sparse", "status=none"],
            check=True,
        )
        os.truncate(sure, os.stat(card).st_size - partition)
        disk, at = Disk(sure), 0
        for place in places:
            for entry in written[at : place + 1]:
                disk.apply(entry, kept_flushes)
            at = place + 1
            state = os.path.join(work, "state")
            disk.crashed(rng, state)
            # What was acknowledged when the log was no longer than here.
            heard = [(room, id) for size, room, id in acked if size <= written[place].end]
            if wrong := faults(state, heard):
                bad += 1
                first = first or (place, wrong)
    finally:
        shutil.rmtree(work)
    flushes = sum(1 for entry in written if entry.flags & (FLUSH | FUA))
    print(f"{len(written)} writes, {flushes} flushes; {bad} of {states} states are bad", flush=True)
    return bad, first


def main():
    command, *rest = sys.argv[1:]
    if command == "write":
        return write(int(rest[0]), *rest[1:])
    seed = int(os.environ.get("BLOCK_SEED", random.randrange(1 << 32)))
    print(f"BLOCK_SEED={seed}", flush=True)
    rng = random.Random(seed)
    bad, first = judge(*rest, STATES, 0, rng)
    assert not bad, f"BLOCK_SEED={seed}: at write {first[0]}: {first[1]}"
    bad, _ = judge(*rest, CONTROL_STATES, CONTROL_FLUSHES, rng)
    assert bad > CONTROL_STATES // 2, "the negative control was not found"
    return None


if __name__ == "__main__":
    sys.exit(main())
