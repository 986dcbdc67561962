"""python-socketio 5 against the real binary: polling, WebSocket and upgrade."""

import os
import re
import signal
import subprocess
import threading
import unittest

import socketio

PATIENCE_S = 60
TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}
TEXTS = ["你好", "é 漢字 😀"]


def serve(port=0):
    """Starts the product; returns the process and its URL."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("CHATTERBOX_")}
    command = [os.environ["CHATTERBOX_BIN"], "--listen", f"127.0.0.1:{port}", "--log", "warn"]
    command += ["--set", "limits.rate=off", "--set", "limits.per_address=off"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return process, found[0]
    raise AssertionError("the server ended")


def stop(process):
    process.send_signal(signal.SIGTERM)
    code = process.wait(PATIENCE_S)
    process.stdout.close()
    return code


class Person:
    """A client that keeps what it hears."""

    def __init__(self, url, transport, **hello):
        self.events = []
        self.changed = threading.Condition()
        self.hello = hello
        self.client = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.2, request_timeout=PATIENCE_S)
        for name in ["welcome", "chat", "gift", "room", "gap", "dm", "refused", "closing"]:
            self.client.on(name, lambda *args, name=name: self.take(name, args))
        self.client.on("disconnect", lambda *args: self.take("disconnect", args))
        self.client.connect(url, transports=TRANSPORTS[transport], auth=self.handshake, wait_timeout=PATIENCE_S)
        self.sees("welcome")

    def take(self, name, args):
        # Behind the last object stands the offset, for clients that recover by themselves.
        if name in ("chat", "gift", "gap") and isinstance(args[-1], str):
            args = args[:-1]
        with self.changed:
            self.events.append((name, *args))
            if name == "welcome":
                self.hello["token"] = args[0]["token"]
            if name in ("chat", "gift"):
                meta = args[-1]
                if "seq" in meta:
                    self.hello.update(room=meta["room"], epoch=meta["epoch"], since=meta["seq"])
            self.changed.notify_all()

    def handshake(self):
        return dict(self.hello)

    def sees(self, name, fits=lambda *_: True, after=0):
        def found():
            return next((event[1:] for event in self.events[after:] if event[0] == name and fits(*event[1:])), None)

        with self.changed:
            if not self.changed.wait_for(lambda: found() is not None, PATIENCE_S):
                raise AssertionError(f"waited for {name}; the last events: {self.events[-3:]}")
            return found()

    def ask(self, name, *args):
        return self.client.call(name, args, timeout=PATIENCE_S)

    def texts(self, count):
        """So many, by their numbers: the library takes each message in a thread of its own, in no order."""
        def heard():
            return [event for event in self.events if event[0] == "chat"]

        with self.changed:
            if not self.changed.wait_for(lambda: len(heard()) >= count, PATIENCE_S):
                raise AssertionError(f"{len(heard())} of {count} texts")
            return [event[1] for event in sorted(heard(), key=lambda event: event[-1]["seq"])]

    def close(self):
        self.client.disconnect()


class Python(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.process, cls.url = serve()

    @classmethod
    def tearDownClass(cls):
        assert stop(cls.process) == 0

    def come(self, transport, **hello):
        person = Person(self.url, transport, **hello)
        self.addCleanup(person.close)
        return person

    def test_people_talk(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                room = f"python {transport}"
                ann = self.come(transport, name="Ann", room=room)
                bo = self.come("websocket" if transport == "polling" else "polling", name="Bø", room=room)
                for text in TEXTS:
                    self.assertTrue(ann.ask("chat", text, {"é": text}, {})["ok"])
                    _, more, meta = bo.sees("chat", lambda heard, *_, text=text: heard == text)
                    self.assertEqual((more, meta["from"]), ({"é": text}, ann.sees("welcome")[0]["you"]))
                    self.assertRegex(meta["from"]["name"], r"^Ann( \d+)?$")
                    self.assertTrue(bo.ask("chat", f"{text}!")["ok"])
                    ann.sees("chat", lambda heard, *_, text=text: heard == f"{text}!")
                you = bo.sees("welcome")[0]["you"]["id"]
                self.assertTrue(ann.ask("dm", you, "psst")["ok"])
                bo.sees("dm", lambda text, _: text == "psst")
                self.assertTrue(ann.ask("gift", "rose", 3)["ok"])
                self.assertEqual(bo.sees("gift")[:2], ("rose", 3))
                self.assertTrue(ann.ask("react", "❤️")["ok"])
                bo.sees("room", lambda room: room["reactions"].get("❤️") == 1)
                self.assertEqual(ann.ask("nonsense")["code"], "unknown_event")

    def test_a_burst_stays_in_order(self):
        expected = [f"no {number}" for number in range(1000)]
        for transport in TRANSPORTS:
            with self.subTest(transport):
                room = f"burst {transport}"
                ann, bo = self.come(transport, room=room), self.come("websocket", room=room)
                acks, done = [], threading.Event()

                def take(ack):
                    acks.append(ack["seq"])
                    if len(acks) == len(expected):
                        done.set()

                for text in expected:
                    ann.client.emit("chat", text, callback=take)
                self.assertTrue(done.wait(PATIENCE_S), f"{len(acks)} acks")
                for person in (ann, bo):
                    self.assertEqual(person.texts(len(expected)), expected)
                # The library runs each callback in a thread of its own.
                self.assertEqual(sorted(acks), list(range(1, len(expected) + 1)))

    def test_a_restart(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                first, url = serve()
                ann = Person(url, transport, name="Ann")
                self.addCleanup(ann.close)
                ann.ask("chat", "before")
                after = len(ann.events)
                self.assertEqual(stop(first), 0)
                self.assertTrue(ann.sees("closing")[0]["mayReconnect"])
                ann.sees("disconnect", after=after)
                second, _ = serve(int(url.rsplit(":", 1)[1]))
                self.addCleanup(stop, second)
                ann.sees("welcome", after=after)
                self.assertTrue(ann.ask("chat", "after")["ok"])
                ann.close()


if __name__ == "__main__":
    unittest.main()
