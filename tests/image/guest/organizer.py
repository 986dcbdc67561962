"""Gives an order as the organizer, by the box's port: organizer.py KEY ORDER prints the answer, organizer.py KEY --send FILE sends an
update file and says whether the box has taken it. BOX is where the box is."""

import hashlib
import hmac
import json
import os
import sys
import urllib.error
import urllib.request

BOX = os.environ.get("BOX", "http://127.0.0.1")
WAIT_S = 60
SEND_S = 600


def post(path, body):
    """The answer, also if it is a refusal."""
    request = urllib.request.Request(f"{BOX}{path}", json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def order(key, command):
    """Gives an order with its proof (PROTOCOL.md)."""
    nonce = post("/admin/nonce", {})["nonce"]
    texts = ["chatterbox order 1", "0", nonce, "1", command]
    proved = b"".join(b"%d:%s," % (len(text.encode()), text.encode()) for text in texts)
    proof = hmac.new(key, proved, hashlib.sha256).hexdigest()
    return post("/admin", {"by": 0, "nonce": nonce, "counter": 1, "command": command, "proof": proof})


def send(key, path):
    """Orders an update and sends its file."""
    with open(path, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        command = json.dumps({"do": "update", "size": size, "sha256": sha256, "restart": True})
        answer = order(key, command)
        assert answer["ok"], answer
        file.seek(0)
        request = urllib.request.Request(f"{BOX}/updates/{sha256}", file, {"Content-Length": str(size)}, method="PUT")
        with urllib.request.urlopen(request, timeout=SEND_S) as sent:
            return json.load(sent)


if __name__ == "__main__":
    key = bytes.fromhex(sys.argv[1])
    answer = send(key, sys.argv[3]) if sys.argv[2] == "--send" else order(key, sys.argv[2])
    print(json.dumps(answer))
