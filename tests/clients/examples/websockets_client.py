import json
from websockets.sync.client import connect

with connect("ws://192.168.1.5:8080/ws?room=main&name=Ann") as socket:
    socket.send(json.dumps([1, "chat", "hello"]))
    for message in socket:
        print(*json.loads(message))
