import socketio

place = {"name": "Ann", "room": "main"}
client = socketio.Client()

@client.on("welcome")
def welcome(hello):
    place["token"] = hello["token"]

@client.on("chat")
def chat(text, *more):
    meta = [part for part in more if isinstance(part, dict)][-1]
    if "seq" in meta:
        place.update(room=meta["room"], epoch=meta["epoch"], since=meta["seq"])
    print(meta["from"]["name"], text)

client.connect("http://192.168.1.5:8080", auth=lambda: place)
print(client.call("chat", "hello"))
client.wait()
