"""Fifty people vote and give at once, say it again and again, and the server is killed among it: the totals are exact."""

import hashlib
import hmac
import http.client
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time

from server import PATIENCE_S, Server

VOTERS = 50
KILLS = 5
CHOICES = ["red", "green", "blue"]
GIFTS = 3


def netstrings(*texts):
    return b"".join(b"%d:%s," % (len(text.encode()), text.encode()) for text in texts)


def order(server, key, **what):
    """An order over HTTP, as a program gives it (PROTOCOL.md, "Admin commands")."""
    with server.talk() as talk:
        _, answer = talk.ask("POST", "/admin/nonce")
        nonce, command = answer["nonce"], json.dumps(what)
        proof = hmac.new(key, netstrings("chatterbox order 1", "0", nonce, "1", command), hashlib.sha256).hexdigest()
        _, answer = talk.ask("POST", "/admin", {"by": 0, "nonce": nonce, "counter": 1, "command": command, "proof": proof})
        assert answer["ok"], answer
        return answer


def token(server, name):
    """Somebody new: the first event of a stream says what brings them back."""
    stream = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    stream.request("GET", f"/rooms/hall/events?name={name}")
    answer = stream.getresponse()
    while not (line := answer.fp.readline()).startswith(b'data: ["welcome"'):
        assert line, "the stream ended"
    stream.close()
    return json.loads(line[6:])[1]["token"]


class Person(threading.Thread):
    """Votes, changes their mind, gives; says everything until it is acknowledged, over every kill, and some of it once more."""

    def __init__(self, number, token, rng):
        super().__init__(daemon=True)
        self.number, self.token, self.rng = number, token, rng
        self.last = None
        self.given = 0
        self.done = threading.Event()

    def run(self):
        wanted = [("vote", [self.poll, self.rng.randrange(len(CHOICES))]) for _ in range(4)]
        wanted += [("gift", ["rose", 1, {"id": f"g{self.number}-{at}"}]) for at in range(GIFTS)]
        self.rng.shuffle(wanted)
        for event, args in wanted:
            for _ in range(self.rng.choice([1, 1, 2, 3])):
                self.until_acknowledged(event, args)
            if event == "vote":
                self.last = args[1]
            else:
                self.given += 1
        self.done.set()

    def until_acknowledged(self, event, args):
        while True:
            try:
                with self.server().talk() as talk:
                    _, answer = talk.ask("POST", f"/rooms/hall/messages?token={self.token}", {"event": event, "args": args})
            except (OSError, ValueError, http.client.HTTPException):
                time.sleep(0.02)  # killed, and not back yet
                continue
            if answer["ok"]:
                assert answer.get("durable", True), answer
                return
            assert answer["code"] in ("busy", "closing", "rate_limited"), answer
            time.sleep(answer.get("retryAfterMs", 100) / 1000)


def main():
    seed = int(os.environ.get("VOTES_SEED", random.randrange(1 << 32)))
    print(f"VOTES_SEED={seed}", flush=True)
    rng = random.Random(seed)
    data = tempfile.mkdtemp(prefix="chatterbox-votes-")
    current = [Server(data)]
    with open(os.path.join(data, "organizer"), "rb") as file:
        key = file.read()
    poll = order(current[0], key, do="poll", room="hall", poll={"question": "Which?", "choices": CHOICES, "change": True})["poll"]
    people = [Person(number, token(current[0], f"v{number}"), random.Random(rng.random())) for number in range(VOTERS)]
    for person in people:
        person.poll, person.server = poll, lambda: current[0]
        person.start()
    for _ in range(KILLS):
        # Not a wait for anything: the moment of the kill is what is varied.
        time.sleep(rng.uniform(0.2, 1.5))
        current[0].kill()
        current[0] = Server(data)
    for person in people:
        assert person.done.wait(3 * PATIENCE_S), f"{person.number} is not done"
    current[0].kill()
    server = Server(data)
    with server.talk() as talk:
        _, board = talk.ask("POST", "/rooms/hall/messages", {"event": "board", "args": []})
    (found,) = [one for one in board["polls"] if one["poll"] == poll]
    votes = [sum(person.last == choice for person in people) for choice in range(len(CHOICES))]
    assert (found["voters"], found["votes"]) == (VOTERS, votes), f"VOTES_SEED={seed}: {found}, not {votes}"
    assert len(board["givers"]) > 0
    for giver in board["givers"]:
        assert giver["gifts"] == GIFTS, f"VOTES_SEED={seed}: {giver}"
    epoch, log = server.log("hall")
    gifts = [id for _, id in log if id.startswith("g")]
    assert sorted(gifts) == sorted(f"g{one}-{at}" for one in range(VOTERS) for at in range(GIFTS)), "each gift once"
    assert server.stop() == 0
    shutil.rmtree(data)
    print(f"{VOTERS} voters, {KILLS} kills: {votes} votes, {len(gifts)} gifts, all exact")


if __name__ == "__main__":
    sys.exit(main())
