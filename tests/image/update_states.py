#!/usr/bin/env python3
"""Power cuts during an update, from the log of one run (see states.py): each state that the card may have been left in must start.

    update_states.py CARD LOG ACKS SYSTEM DIRECTORY

CARD: the card before that run. SYSTEM: the update's root file system, which is in slot a before, too. A state is whole if the slot that the
initrd would start (image/SLOTS.md) has that file system, the settings and the boot files are as before, and the rooms have what was
acknowledged. DIRECTORY gets three of the states, to be started. For the negative control, what the last flushes made sure is not sure.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile

from states import FLUSH, FUA, SECTOR, entries, faults

STATES = int(os.environ.get("UPDATE_STATES", "200"))
CONTROL_STATES = 40
# Zeroed start, content, real start of the slot.
CONTROL_FLUSHES = 3
# Writes before and after one of slots.txt, where half of the states are.
NEAR = 40
STARTED = 3
# Long writes are torn by pages.
PAGE = 4096

MIB = 1 << 20
# As image/card lays them out; the data partition reaches to the end.
REGIONS = {"boot": 4 * MIB, "a": 388 * MIB, "b": 644 * MIB, "data": 900 * MIB}
BOOT_FILES = ["vmlinuz", "initrd.img", "modules.squashfs", "cmdline.txt", "config.txt"]


def region_of(offset):
    return [name for name, start in REGIONS.items() if start <= offset or name == "boot"][-1]


class Card:
    """The card as it surely is, in a file; a state is laid over it, examined, and taken off again."""

    def __init__(self, path, system):
        self.path = path
        self.file = open(path, "r+b", buffering=0)
        self.end = os.fstat(self.file.fileno()).st_size
        self.versions = dict.fromkeys(REGIONS, 0)
        self.known = {}
        self.size = os.stat(system).st_size
        with open(system, "rb") as file:
            self.system = hashlib.file_digest(file, "sha256").digest()
        self.boot_files = self.digests()

    def sure(self, entry):
        self.versions[region_of(entry.offset)] += 1
        self.put([(entry.offset, entry.data)])

    def put(self, pieces):
        before = []
        for offset, data in pieces:
            before.append((offset, os.pread(self.file.fileno(), len(data), offset)))
            os.pwrite(self.file.fileno(), data, offset)
        return before[::-1]

    def once(self, region, pieces, question, *more):
        """The answer of a question about a region, which depends on nothing else; it is asked once for each content."""
        digest = hashlib.sha256()
        for offset, data in pieces:
            if region_of(offset) == region:
                digest.update(offset.to_bytes(8, "big") + data)
        key = (region, question.__name__, self.versions[region], digest.digest(), *more)
        if key not in self.known:
            self.known[key] = question(*more)
        return self.known[key]

    def mtools(self, *command):
        said = subprocess.run([*command], env={**os.environ, "MTOOLS_SKIP_CHECK": "1"}, capture_output=True)
        return said.stdout if said.returncode == 0 else None

    def read(self, name):
        return self.mtools("mtype", "-i", f"{self.path}@@{REGIONS['boot']}", f"::{name}")

    def digests(self):
        return [hashlib.sha256(self.read(name) or b"").digest() for name in BOOT_FILES + ["chatterbox.toml"]]

    def boot_fault(self):
        wrong = [name for name, is_, was in zip(BOOT_FILES + ["chatterbox.toml"], self.digests(), self.boot_files) if is_ != was]
        return f"on the boot partition changed: {', '.join(wrong)}" if wrong else None

    def next_slots(self):
        """The slots that the next start may run: the one on trial, and the good one, which is started when the trial fails."""
        text = self.read("slots.txt")
        if text is None or len(text) != SECTOR:
            return None
        value = dict(line.split("=", 1) for line in text.decode().split() if "=" in line)
        on_trial = value.get("try") in ("a", "b") and value.get("left", "0") != "0"
        return (value["try"], value["good"]) if on_trial else (value.get("good"),)

    def is_whole(self, slot):
        digest, left = hashlib.sha256(), self.size
        while left > 0:
            data = os.pread(self.file.fileno(), min(left, MIB), REGIONS[slot] + self.size - left)
            digest.update(data)
            left -= len(data)
        return digest.digest() == self.system

    def data_faults(self, acked):
        with tempfile.TemporaryDirectory(prefix="chatterbox-update-") as folder:
            path = os.path.join(folder, "data")
            start, at = REGIONS["data"], REGIONS["data"]
            with open(path, "wb") as file:
                file.truncate(self.end - start)
                while at < self.end:
                    try:
                        at = os.lseek(self.file.fileno(), at, os.SEEK_DATA)
                    except OSError:
                        break
                    hole = os.lseek(self.file.fileno(), at, os.SEEK_HOLE)
                    while at < hole:
                        at += os.pwrite(file.fileno(), os.pread(self.file.fileno(), min(hole - at, MIB), at), at - start)
            return faults(path, acked)

    def faults(self, pieces, acked):
        wrong = []
        slots = self.once("boot", pieces, self.next_slots)
        if not slots or None in slots:
            wrong.append(f"slots.txt is damaged: {slots}")
        for slot in slots or ():
            if slot and not self.once(slot, pieces, self.is_whole, slot):
                wrong.append(f"slot {slot} is not whole, and would be started")
        if fault := self.once("boot", pieces, self.boot_fault):
            wrong.append(fault)
        return wrong + self.once("data", pieces, self.data_faults, tuple(acked))


def crashed(spans, rng):
    """One of the sets of writes, whole or in part, that got there of those that were not flushed."""
    writes = [entry for span in spans for entry in span]
    style = rng.choice(["none", "some", "some", "prefix", "all"])
    kept = {"none": [], "some": [it for it in writes if rng.random() < 0.5], "all": writes}.get(style)
    if kept is None:
        kept = writes[: rng.randrange(len(writes) + 1)]
    if rng.random() < 0.5:
        # The card has its own order.
        kept = rng.sample(kept, len(kept))
    for at, entry in enumerate(kept):
        torn = style == "some" or (style == "prefix" and at == len(kept) - 1)
        if not torn:
            yield entry.offset, entry.data
            continue
        step = SECTOR if len(entry.data) <= PAGE else PAGE
        for piece in range(0, len(entry.data), step):
            if rng.random() < 0.8:
                yield entry.offset + piece, entry.data[piece : piece + step]


def places_of(written, rng, count, is_control):
    """Places in the log: half of them anywhere, half near the writes of slots.txt; for the control behind the one that begins the trial."""
    is_state = [at for at, entry in enumerate(written) if entry.data.startswith(b"good=")]
    assert is_state, "slots.txt was not written"
    if is_control:
        is_state = [at for at in is_state if b"left=3" in written[at].data]
        return sorted(min(rng.choice(is_state) + rng.randrange(CONTROL_FLUSHES), len(written) - 1) for _ in range(count))
    # As often right behind it, before it is flushed.
    near = [rng.choice(is_state) + rng.choice([0, rng.randrange(-NEAR, NEAR)]) for _ in range(count // 2)]
    anywhere = [rng.randrange(len(written)) for _ in range(count - len(near))]
    return sorted(min(max(place, 0), len(written) - 1) for place in near + anywhere)


def judge(before, written, acks, system, rng, count, kept_flushes, keep=None):
    """How many states are bad, and the first of them. Of the states, three go to the directory `keep`."""
    with open(acks) as file:
        acked = json.load(file)
    places = places_of(written, rng, count, kept_flushes > 0)
    kept_states = places[:: max(1, len(places) // STARTED)][:STARTED] if keep else []
    bad, first = 0, None
    with tempfile.TemporaryDirectory(prefix="chatterbox-card-") as folder:
        path = os.path.join(folder, "card")
        subprocess.run(["cp", "--sparse=always", before, path], check=True)
        card, spans, at = Card(path, system), [[]], 0
        for place in places:
            for entry in written[at : place + 1]:
                if entry.data:
                    spans[-1].append(entry)
                if entry.flags & (FLUSH | FUA):
                    spans.append([])
                while len(spans) > 1 + kept_flushes:
                    for sure in spans.pop(0):
                        card.sure(sure)
            at = place + 1
            pieces = list(crashed(spans, rng))
            undo = card.put(pieces)
            heard = [(room, id) for size, room, id in acked if size <= written[place].end]
            if wrong := card.faults(pieces, heard):
                bad += 1
                first = first or (place, wrong)
            if place in kept_states:
                kept_states.remove(place)
                subprocess.run(["cp", "--sparse=always", path, os.path.join(keep, f"state-{len(kept_states)}.img")], check=True)
            card.put(undo)
        asked = len(card.known)
    print(f"{len(written)} writes; {bad} of {count} states are bad ({asked} different questions)", flush=True)
    return bad, first


def main():
    before, log, acks, system, keep = sys.argv[1:]
    seed = int(os.environ.get("BLOCK_SEED", random.randrange(1 << 32)))
    print(f"BLOCK_SEED={seed}", flush=True)
    rng = random.Random(seed)
    written = list(entries(log, 0))
    bad, first = judge(before, written, acks, system, rng, STATES, 0, keep)
    assert not bad, f"BLOCK_SEED={seed}: at write {first[0]}: {first[1]}"
    bad, _ = judge(before, written, acks, system, rng, CONTROL_STATES, CONTROL_FLUSHES)
    assert bad, "the negative control was not found"


if __name__ == "__main__":
    sys.exit(main())
