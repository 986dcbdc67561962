"""Gives an order as the organizer, by the box's own port: organizer.py KEY ORDER prints the answer."""

import hashlib
import hmac
import json
import sys
import urllib.error
import urllib.request

BOX = "http://127.0.0.1"
WAIT_S = 60


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
    nonce = post("/orders/nonce", {})["nonce"]
    texts = ["chatterbox order 1", "0", nonce, "1", command]
    proved = b"".join(b"%d:%s," % (len(text.encode()), text.encode()) for text in texts)
    proof = hmac.new(key, proved, hashlib.sha256).hexdigest()
    return post("/orders", {"by": 0, "nonce": nonce, "counter": 1, "command": command, "proof": proof})


if __name__ == "__main__":
    print(json.dumps(order(bytes.fromhex(sys.argv[1]), sys.argv[2])))
