import asyncio
import socketio

async def main():
    place = {"name": "Ann", "room": "main"}
    client = socketio.AsyncClient()

    @client.on("welcome")
    async def welcome(hello):
        place["token"] = hello["token"]

    @client.on("chat")
    async def chat(text, *more):
        meta = [part for part in more if isinstance(part, dict)][-1]
        if "seq" in meta:
            place.update(room=meta["room"], epoch=meta["epoch"], since=meta["seq"])
        print(meta["from"]["name"], text)

    await client.connect("http://192.168.1.5:8080", auth=lambda: place)
    print(await client.call("chat", "hello"))
    await client.wait()

asyncio.run(main())
