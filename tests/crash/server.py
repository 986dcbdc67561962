"""The real binary as the crash tests use it: started on a data directory, spoken to over HTTP, killed."""

import atexit
import base64
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import urllib.parse

PATIENCE_S = 60
running = set()


@atexit.register
def end_all():
    """Leaves no server behind when a check failed."""
    for process in running:
        process.kill()


class Server:
    """One run of the program. Its port is free to be another each time."""

    def __init__(self, data, env=()):
        command = [os.environ["CHATTERBOX_BIN"], "--listen", "127.0.0.1:0", "--data", str(data), "--log", "warn"]
        command += ["--set", "limits.rate=off", "--set", "limits.per_address=off"]
        clean = {key: value for key, value in os.environ.items() if not key.startswith("CHATTERBOX_")}
        self.process = subprocess.Popen(command, env={**clean, **dict(env)}, stdout=subprocess.PIPE, text=True)
        running.add(self.process)
        timer = threading.Timer(PATIENCE_S, self.process.kill)
        timer.start()
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            raise AssertionError("the server ended, or did not say where it listens")
        timer.cancel()
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        running.discard(self.process)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE_S)
        running.discard(self.process)
        return code

    def talk(self):
        return Talk(self.port)

    def socket(self, room, token=None):
        return Socket(self.port, room, token)

    def log(self, room):
        """All that the room keeps: its epoch, and (seq, id) in order. None if there is no such room."""
        with self.talk() as talk:
            epoch, events, before = None, [], None
            while True:
                page = talk.history(room, before)
                if page is None:
                    return None
                epoch = page["epoch"] or epoch
                events = [(meta["seq"], meta["id"]) for *_, meta in page["events"]] + events
                if not page["more"]:
                    return epoch, events
                before = events[0][0]


class Socket:
    """A WebSocket in a room (RFC 6455, as far as a client of ours needs it): says several messages before it hears of the first."""

    def __init__(self, port, room, token=None):
        self.stream = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self.heard = self.stream.makefile("rb")
        self.asked = 0
        key = base64.b64encode(os.urandom(16)).decode()
        query = f"room={room}" + (f"&token={token}" if token else "")
        head = f"GET /ws?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        self.stream.sendall(f"{head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        while self.heard.readline().strip():
            pass
        # The first event says what brings this person back.
        self.token = json.loads(self.receive())[1]["token"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.heard.close()
        self.stream.close()

    def say(self, messages):
        """Says (text, id) pairs at once; gives (id, acknowledgement) pairs as they come."""
        open_ids = {}
        for text, id in messages:
            self.asked += 1
            open_ids[self.asked] = id
            self.send(json.dumps([self.asked, "chat", text, {"id": id}]).encode())
        while open_ids:
            event = json.loads(self.receive())
            if event[0] == "ack":
                yield open_ids.pop(event[1]), event[2]

    def send(self, payload):
        # The mask is zero: it protects proxies, and there is none.
        length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
        self.stream.sendall(b"\x81" + length + bytes(4) + payload)

    def receive(self):
        while True:
            first, length = self.exactly(2)
            if length == 126:
                length = int.from_bytes(self.exactly(2), "big")
            elif length == 127:
                length = int.from_bytes(self.exactly(8), "big")
            payload = self.exactly(length)
            if first & 15 == 1:
                return payload
            if first & 15 == 8:
                raise ConnectionError("closed")

    def exactly(self, count):
        data = self.heard.read(count)
        if len(data) < count:
            raise ConnectionError("the stream ended")
        return data


class Talk:
    """A kept HTTP connection."""

    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def ask(self, method, path, body=None):
        headers = {"content-type": "application/json"} if body else {}
        self.http.request(method, path, json.dumps(body) if body else None, headers)
        answer = self.http.getresponse()
        return answer.status, json.loads(answer.read())

    def say(self, room, text, id, token=None):
        """The acknowledgement."""
        path = f"/rooms/{room}/messages" + (f"?token={urllib.parse.quote(token)}" if token else "")
        return self.ask("POST", path, {"text": text, "id": id})[1]

    def poll(self, room, since=None, wait=0):
        query = urllib.parse.urlencode({key: value for key, value in [("since", since), ("wait", wait)] if value})
        return self.ask("GET", f"/rooms/{room}/messages?{query}")[1]

    def history(self, room, before):
        """A page of the room's log, with the epoch that it belongs to."""
        options = {"limit": 100} | ({"before": before} if before else {})
        status, answer = self.ask("POST", f"/rooms/{room}/messages", {"event": "history", "args": [options]})
        if status == 404:
            return None
        assert answer["ok"], answer
        epoch = answer["events"][-1][-1]["epoch"] if answer["events"] else None
        return {"epoch": epoch, "events": answer["events"], "more": answer["more"]}
