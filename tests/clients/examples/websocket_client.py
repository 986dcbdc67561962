import json
from websocket import create_connection

socket = create_connection("ws://192.168.1.5:8080/ws?room=main&name=Ann")
socket.send(json.dumps([1, "chat", "hello"]))
while True:
    print(*json.loads(socket.recv()))
