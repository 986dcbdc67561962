import asyncio
import socketio

async def main():
    client = socketio.AsyncClient()

    @client.on("chat")
    async def chat(text, *more):
        print(more[-1]["from"]["name"], text)

    await client.connect("http://192.168.1.5:8080?name=Ann&room=main")
    print(await client.call("chat", "hello"))
    await client.wait()

asyncio.run(main())
