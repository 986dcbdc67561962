"""The server as a process, and clients by hand from any address of the loopback network."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

PATIENCE_S = 60
# Of the whole process; a server that was given this budget stays below `RSS_MB`.
BUDGET = "limits.memory_mib=96"
RSS_MB = 128

ATTACKER = "127.0.0.1"


def binary():
    return os.environ["CHATTERBOX_BIN"]


def takes(setting):
    """Whether the program knows a setting."""
    section, _, line = setting.partition(".")
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        print(f"[{section}]\n{line}", file=file, flush=True)
        command = [binary(), "check-config", file.name]
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE_S).returncode == 0


class Server:
    """One run of the program, on a data directory of its own."""

    def __init__(self, settings):
        self.data = pathlib.Path(tempfile.mkdtemp(prefix="chatterbox-abuse-"))
        command = [binary(), "--listen", "127.0.0.1:0", "--data", str(self.data), "--log", "error"]
        for setting in settings:
            command += ["--set", setting]
        env = {key: value for key, value in os.environ.items() if not key.startswith("CHATTERBOX_")}
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
        # The pipe holds all that comes behind this line.
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            raise AssertionError("the server ended, or did not say where it listens")
        self.key = (self.data / "organizer").read_bytes()

    def peak_mb(self):
        """The most memory that it had, resident."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024

    def stored_mb(self):
        """The store's file, and its log."""
        sizes = {file.name: file.stat().st_size / 2**20 for file in self.data.iterdir() if file.is_file()}
        log = sum(size for name, size in sizes.items() if name.endswith("-wal"))
        return sum(sizes.values()) - log, log

    def stop(self):
        """Ends it; gives its exit code if it had ended before."""
        early = self.process.poll()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        shutil.rmtree(self.data)
        return early


async def connect(port, host=ATTACKER):
    """A stream from an address of the loopback network."""
    return await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port, local_addr=(host, 0), limit=2**22), PATIENCE_S)


def request(method, path, body=b"", headers=()):
    """A request's bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: box", *headers]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def response(reader):
    """A response's status and body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1")
    length = re.search(r"^content-length: (\d+)", head, re.I | re.M)
    return int(head[9:12]), await reader.readexactly(int(length[1])) if length else b""


class Http:
    """A kept connection."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port, host=ATTACKER):
        return cls(*await connect(port, host))

    async def ask(self, method, path, body=b"", headers=()):
        self.writer.write(request(method, path, body, headers))
        return await asyncio.wait_for(response(self.reader), PATIENCE_S)

    async def json(self, method, path, value=None):
        body = b"" if value is None else json.dumps(value).encode()
        return json.loads((await self.ask(method, path, body, ["Content-Type: application/json"]))[1])

    def close(self):
        self.writer.close()


async def once(port, host, method, path, value=None):
    """The answer to a single request over a connection of its own."""
    http = await Http.open(port, host)
    try:
        return await http.json(method, path, value)
    finally:
        http.close()


async def picture(port, host, room):
    """The code to scan of a room: status and drawing."""
    http = await Http.open(port, host)
    try:
        return await http.ask("GET", f"/join/open.svg?room={room}")
    finally:
        http.close()


def frame(payload, opcode=1, fin=True):
    """A client's frame. Its mask is zero: it protects proxies, and there is none."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65536:
        length = b"\xfe" + size.to_bytes(2, "big")
    else:
        length = b"\xff" + size.to_bytes(8, "big")
    return bytes([(0x80 if fin else 0) | opcode]) + length + bytes(4) + payload


class Closed(ConnectionError):
    """The server said no, or goodbye."""


class Socket:
    """A WebSocket (RFC 6455, as far as a client of ours needs it)."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port, path, host=ATTACKER):
        reader, writer = await connect(port, host)
        socket = cls(reader, writer)
        headers = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        writer.write(request("GET", path, headers=headers))
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        except BaseException:
            writer.close()
            raise
        if not head.startswith(b"HTTP/1.1 101"):
            writer.close()
            raise Closed(head.decode("latin1"))
        return socket

    def send(self, text):
        self.writer.write(frame(text.encode()))

    def event(self, *event):
        self.send(json.dumps(event))

    async def receive(self):
        while True:
            first, length = await self.reader.readexactly(2)
            if length >= 126:
                length = int.from_bytes(await self.reader.readexactly(2 if length == 126 else 8), "big")
            payload = await self.reader.readexactly(length)
            if first & 15 == 1:
                return payload.decode()
            if first & 15 == 9:
                self.writer.write(frame(payload, opcode=10))
            if first & 15 == 8:
                raise Closed(payload[2:].decode())

    async def until(self, name):
        """The next event of a name."""
        while True:
            event = json.loads(await self.receive())
            if event[0] == name:
                return event

    async def ask(self, number, *event):
        """The answer to an event."""
        self.event(number, *event)
        while (answer := await self.until("ack"))[1] != number:
            pass
        return answer[2]

    def close(self):
        self.writer.close()


def netstrings(*texts):
    return "".join(f"{len(text.encode())}:{text}," for text in texts).encode()


def proof(key, nonce, command, by=0, counter=1):
    text = netstrings("chatterbox order 1", str(by), nonce, str(counter), command)
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def seat_code(key, seat):
    """A seat's code as it is printed: eight digits of Crockford's base 32."""
    tag = hmac.new(key, netstrings("chatterbox seat 1", str(seat)), hashlib.sha256).digest()[:5]
    plain, crockford = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return f"{seat}-" + base64.b32encode(tag).decode().translate(str.maketrans(plain, crockford))


async def order(server, host, **command):
    """What the organizer orders by single requests from an address."""
    answer = await once(server.port, host, "POST", "/admin/nonce")
    assert "nonce" in answer, f"the organizer got no nonce at {host}: {answer}"
    nonce, text = answer["nonce"], json.dumps(command)
    signed = {"by": 0, "nonce": nonce, "counter": 1, "command": text, "proof": proof(server.key, nonce, text)}
    return await once(server.port, host, "POST", "/admin", signed)
