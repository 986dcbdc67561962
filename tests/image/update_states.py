#!/usr/bin/env python3
"""Power cuts while the box takes an update, from the log of that run (states.py): each state that the card may have been left in has a
slot that starts, the settings, and the rooms.

    update_states.py CARD LOG UPDATE OUT     CARD: the card before that run. Three of the states are left as OUT.1, OUT.2, OUT.3

For the negative control, what only the last flushes made sure is not sure: then a slot is tried that is not there.
"""

import contextlib
import hashlib
import json
import os
import random
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile

from states import CONTROL_FLUSHES, DATABASE, FLUSH, FUA, SECTOR, Disk, entries, put

STATES = int(os.environ.get("UPDATE_STATES", "200"))
CONTROL_STATES = 40
# They are booted, too.
BOOTED = 3

# What image/card makes.
MIB = 1 << 20
BOOT_AT = 4 * MIB
# The boot partition's files that are read before a slot is chosen.
STARTERS = ["vmlinuz", "initrd.img", "config.txt", "cmdline.txt", "start.elf", "start4.elf", "bootcode.bin"]
SETTINGS = "chatterbox.toml"
STATE = re.compile(rb"good=([ab])\ntry=([ab-])\nleft=([0-9]) *\n")


def partitions(card):
    """Start and size of each, in bytes."""
    with open(card, "rb") as file:
        table = file.read(SECTOR)[446:510]
    return [tuple(number * SECTOR for number in struct.unpack("<8xII", table[at : at + 16])) for at in range(0, 64, 16)]


def mtools(command, card, name):
    """What a program of mtools says of a file on the boot partition."""
    return subprocess.run([command, "-i", f"{card}@@{BOOT_AT}", f"::{name}"], capture_output=True, check=False).stdout


def clusters(card):
    return {name: mtools("mshowfat", card, name) for name in STARTERS}


def chosen(card):
    """The slot that the initrd starts, or None if it would not find slots.txt whole."""
    found = STATE.fullmatch(mtools("mtype", card, "slots.txt"))
    if not found:
        return None
    good, tried, left = (part.decode() for part in found.groups())
    return tried if tried != "-" and left != "0" else good


def digest(card, start, size):
    hashed = hashlib.sha256()
    with open(card, "rb") as file:
        file.seek(start)
        for piece in iter(lambda: file.read(min(MIB, size)), b""):
            hashed.update(piece)
            size -= len(piece)
            if not size:
                break
    return hashed.hexdigest()


def take_out(card, start, path):
    """The card from a place on, in a file of its own. Holes are not read."""
    with open(card, "rb") as source, open(path, "wb") as target:
        end = source.seek(0, os.SEEK_END)
        target.truncate(end - start)
        at = start
        with contextlib.suppress(OSError):
            while at < end:
                at = os.lseek(source.fileno(), at, os.SEEK_DATA)
                hole = os.lseek(source.fileno(), at, os.SEEK_HOLE)
                source.seek(at)
                target.seek(at - start)
                shutil.copyfileobj(Part(source, hole - at), target, MIB)
                at = hole


class Part:
    """The next bytes of a file, as a file."""

    def __init__(self, file, size):
        self.file, self.size = file, size

    def read(self, size):
        piece = self.file.read(min(size, self.size))
        self.size -= len(piece)
        return piece


def rooms(card, start):
    """What the rooms have stored, and what is wrong with the data partition."""
    with tempfile.TemporaryDirectory(prefix="chatterbox-update-") as work:
        data = os.path.join(work, "data")
        take_out(card, start, data)
        # Replays the file system's journal, as mounting does; more there must not be to repair.
        for options in (["-y", "-E", "journal_only"], ["-n"]):
            fsck = subprocess.run(["e2fsck", "-f", *options, data], capture_output=True, text=True, check=False)
            if fsck.returncode > (1 if "-y" in options else 0):
                return set(), [f"the data partition: {fsck.stdout[-300:]}"]
        subprocess.run(["debugfs", "-R", f"rdump {DATABASE} {work}", data], check=True, capture_output=True)
        path = os.path.join(work, os.path.basename(DATABASE), "chatterbox.db")
        with contextlib.closing(sqlite3.connect(path)) as database:
            whole = database.execute("PRAGMA integrity_check").fetchone()[0]
            stored = set(database.execute("SELECT number, id FROM entry"))
        return stored, [] if whole == "ok" else [f"the database: {whole}"]


class Before:
    """The card before the update, and what is to be kept of it."""

    def __init__(self, card, update):
        _, self.a, self.b, self.data = partitions(card)
        with open(update, "rb") as file:
            file.readline()
            self.head = json.loads(file.readline())
        self.starters = clusters(card)
        self.settings = mtools("mtype", card, SETTINGS)
        self.stored, wrong = rooms(card, self.data[0])
        assert chosen(card) == "a" and all(self.starters.values()) and self.settings and self.stored and not wrong, wrong

    def faults(self, card):
        """What is wrong with one state; an empty list is what we want."""
        wrong = []
        slot = chosen(card)
        if slot is None:
            wrong.append("slots.txt is damaged")
        elif slot == "b" and digest(card, self.b[0], self.head["size"]) != self.head["sha256"]:
            wrong.append("slot b is to be started, and is not the update")
        if clusters(card) != self.starters:
            wrong.append("files of the boot partition have moved")
        if mtools("mtype", card, SETTINGS) != self.settings:
            wrong.append("the settings have changed")
        stored, damaged = rooms(card, self.data[0])
        if missing := self.stored - stored:
            wrong.append(f"{len(missing)} of {len(self.stored)} entries are missing")
        return wrong + damaged


@contextlib.contextmanager
def state(disk, rng):
    """The disk as a power cut has left it, for a while."""
    old = []
    for entry, torn in disk.cut(rng):
        disk.file.seek(entry.offset)
        old.append((entry.offset, disk.file.read(len(entry.data))))
        put(disk.file, entry, torn)
    disk.file.flush()
    yield
    for offset, data in reversed(old):
        disk.file.seek(offset)
        disk.file.write(data)
    disk.file.flush()


def judge(card, log, before, states, kept_flushes, rng, out=None):
    """How many states were bad, the first of them, and how many had the update's slot to start."""
    written = list(entries(log, 0))
    a_start, a_size = before.a
    # Slot a is the one to go back to.
    assert not any(entry.data and a_start < entry.offset + len(entry.data) and entry.offset < a_start + a_size for entry in written)
    # Half of them anywhere, half where something other than a slot is written.
    b_start, b_size = before.b
    others = [at for at, entry in enumerate(written) if not (entry.data and b_start <= entry.offset < b_start + b_size)]
    places = sorted(rng.choice(others) if number % 2 else rng.randrange(len(written)) for number in range(states))
    kept = {places[len(places) * number // (BOOTED + 1)]: number for number in range(1, BOOTED + 1)} if out else {}
    with tempfile.TemporaryDirectory(prefix="chatterbox-update-") as work:
        sure = os.path.join(work, "sure")
        subprocess.run(["cp", "--sparse=always", card, sure], check=True)
        disk, at, bad, first, tried = Disk(sure), 0, 0, None, 0
        for place in places:
            for entry in written[at : place + 1]:
                disk.apply(entry, kept_flushes)
            at = place + 1
            with state(disk, rng):
                if wrong := before.faults(sure):
                    bad += 1
                    first = first or (place, wrong)
                tried += chosen(sure) == "b"
                if number := kept.pop(place, None):
                    subprocess.run(["cp", "--sparse=always", sure, f"{out}.{number}"], check=True)
        disk.file.close()
    flushes = sum(1 for entry in written if entry.flags & (FLUSH | FUA))
    print(f"{len(written)} writes, {flushes} flushes; {bad} of {states} states are bad, {tried} start the update", flush=True)
    return bad, first, tried


def main():
    card, log, update, out = sys.argv[1:]
    seed = int(os.environ.get("BLOCK_SEED", random.randrange(1 << 32)))
    print(f"BLOCK_SEED={seed}", flush=True)
    rng = random.Random(seed)
    before = Before(card, update)
    bad, first, tried = judge(card, log, before, STATES, 0, rng, out)
    assert not bad, f"BLOCK_SEED={seed}: at write {first[0]}: {first[1]}"
    assert 0 < tried < STATES, "the log has no update in it"
    bad, _, _ = judge(card, log, before, CONTROL_STATES, CONTROL_FLUSHES, rng)
    assert bad, "the negative control was not found"


if __name__ == "__main__":
    main()
