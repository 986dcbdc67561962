"""Two people in a room: one by Socket.IO over polling, one by Socket.IO over WebSocket, and a third who polls with plain HTTP."""

import json
import queue
import urllib.request

import socketio

BOX = "http://chatterbox.lan"
WAIT_S = 60


def member(name, transport):
    """A connected client, and the queue of the texts that it hears."""
    client = socketio.Client(reconnection=False, request_timeout=WAIT_S)
    heard = queue.Queue()
    client.on("chat", lambda text, *meta: heard.put(text))
    client.connect(BOX, auth={"name": name, "room": "hall"}, transports=[transport], wait_timeout=WAIT_S)
    assert client.transport() == transport
    return client, heard


def ask(path, body=None):
    """What the box answers to a plain request."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"{BOX}{path}", data, WAIT_S) as answer:
        return json.load(answer)


ann, ann_heard = member("Ann", "polling")
bo, bo_heard = member("Bo", "websocket")
since = ask("/rooms/hall/messages?name=Cy")["next"]

ack = ann.call("chat", "over polling", timeout=WAIT_S)
assert ack["ok"], ack
assert bo_heard.get(timeout=WAIT_S) == "over polling"
assert ann_heard.get(timeout=WAIT_S) == "over polling"

bo.call("chat", "over websocket", timeout=WAIT_S)
assert ann_heard.get(timeout=WAIT_S) == "over websocket"

assert ask("/rooms/hall/messages?name=Cy", {"text": "over http"})["ok"]
assert ann_heard.get(timeout=WAIT_S) == "over http"
polled = ask(f"/rooms/hall/messages?name=Cy&since={since}&wait=20")
texts = [event[1] for event in polled["events"] if event[0] == "chat"]
assert texts[:2] == ["over polling", "over websocket"], polled

ann.disconnect()
bo.disconnect()
