from socketIO_client import SocketIO

def chat(text, *more):
    print(more[-1]["from"]["name"], text)

with SocketIO("192.168.1.5", 8080, params={"name": "Ann", "room": "main"}) as client:
    client.on("chat", chat)
    client.emit("chat", "hello")
    client.wait()
