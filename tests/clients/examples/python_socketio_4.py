import socketio

client = socketio.Client()

@client.on("chat")
def chat(text, *more):
    print(more[-1]["from"]["name"], text)

client.connect("http://192.168.1.5:8080?name=Ann&room=main")
print(client.call("chat", "hello"))
client.wait()
