"""The disk fails, or is slow; the clock is unset, or jumps: the rooms go on, nothing false is acknowledged, and all of it is told.

The faults are those of shim.c, put in and taken away while the server runs.
"""

import os
import shutil
import sqlite3
import sys
import tempfile
import threading
import time

from server import PATIENCE_S, Server


class Box:
    """A server with a disk and a clock that can be made to fail."""

    def __init__(self):
        self.base = tempfile.mkdtemp(prefix="chatterbox-faults-")
        self.data, self.faults = os.path.join(self.base, "data"), os.path.join(self.base, "faults")
        os.mkdir(self.data, 0o700)
        os.mkdir(self.faults)
        self.server, self.said, self.acked = None, 0, {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.base)

    def start(self):
        env = {"LD_PRELOAD": os.environ["CRASH_SHIM"], "CRASH_DIR": self.data, "CRASH_FAULTS": self.faults}
        self.server = Server(self.data, {**env, "CRASH_LOG": os.path.join(self.base, "log")})

    def put(self, fault):
        open(os.path.join(self.faults, fault), "w").close()

    def take(self, fault):
        os.remove(os.path.join(self.faults, fault))

    def say(self):
        self.said += 1
        with self.server.talk() as talk:
            answer = talk.say("hall", "words", f"m{self.said}")
        assert answer["ok"], answer
        if answer.get("durable", True):
            self.acked[f"m{self.said}"] = answer["seq"]
        return answer

    def is_durable(self):
        with self.server.talk() as talk:
            return talk.poll("hall")["latest"]["durable"]

    def wait(self, durable):
        """What members are told, once it is so."""
        until = time.monotonic() + PATIENCE_S
        while self.is_durable() != durable:
            assert time.monotonic() < until, f"durable never became {durable}"
            time.sleep(0.05)

    def check(self, expected):
        """What is on the disk after a kill."""
        self.server.kill()
        self.start()
        _, log = self.server.log("hall")
        assert [seq for seq, _ in log] == list(range(1, len(log) + 1)), log
        kept = {id: seq for seq, id in log}
        missing = self.acked.items() - kept.items()
        assert not missing, f"acknowledged and gone: {missing}"
        assert len(log) == expected, f"{len(log)} messages, and not {expected}"


def a_disk_that_can_not_be_written(fault):
    with Box() as box:
        box.start()
        assert "durable" not in box.say()
        box.put(fault)
        # One may still have found a place in what the files have of space.
        answers = [box.say() for _ in range(40)]
        assert answers[-1].get("durable") is False, answers[-1]
        box.wait(False)
        box.take(fault)
        box.wait(True)
        assert "durable" not in box.say()
        # What was said meanwhile found its way to the disk, too.
        box.check(42)
        box.server.stop()


def a_start_on_a_disk_that_can_not_be_written(fault):
    with Box() as box:
        box.start()
        box.say()
        box.server.stop()
        box.put(fault)
        box.start()
        _, log = box.server.log("hall")
        assert log == [(1, "m1")], f"what can be read is read: {log}"
        assert box.say()["durable"] is False
        box.wait(False)
        box.take(fault)
        box.wait(True)
        box.say()
        box.server.stop()


def a_slow_disk():
    with Box() as box:
        box.start()
        box.say()
        with box.server.talk() as talk:
            place = talk.poll("hall")["next"]
        # Flushes wait from here on.
        box.put("slow")
        answer = []
        sender = threading.Thread(target=lambda: answer.append(box.say()))
        sender.start()
        with box.server.talk() as talk:
            heard = talk.poll("hall", place, wait=10)
        # An answer of the driver's that comes after an acknowledgement would.
        box.server.log("hall")
        assert not answer, f"acknowledged before the flush: {answer}"
        box.take("slow")
        sender.join(PATIENCE_S)
        assert heard["events"][0][-1]["id"] == "m2" and not any("durable" in one for one in answer), answer
        box.check(2)
        box.server.stop()


def a_clock(fault):
    """1970 from the start, and a jump while it runs: times do not go back, nothing is taken for old."""
    with Box() as box:
        box.start()
        box.say()
        box.put(fault)
        box.say()
        box.check(2)
        box.say()
        box.take(fault)
        box.say()
        box.check(4)
        box.server.stop()
        ats = [at for (at,) in sqlite3.connect(os.path.join(box.data, "chatterbox.db")).execute("SELECT at FROM entry ORDER BY place")]
        assert ats == sorted(ats) and len(ats) == 4, ats


def main():
    checks = [
        *(lambda fault=fault: a_disk_that_can_not_be_written(fault) for fault in ["full", "readonly", "broken"]),
        *(lambda fault=fault: a_start_on_a_disk_that_can_not_be_written(fault) for fault in ["full", "readonly"]),
        a_slow_disk,
        *(lambda fault=fault: a_clock(fault) for fault in ["clock1970", "clock2099"]),
    ]
    for check in checks:
        check()
    print(f"{len(checks)} faults: the rooms went on, and said what was so")


if __name__ == "__main__":
    sys.exit(main())
