import asyncio
import aiohttp

async def main():
    async with aiohttp.ClientSession("http://192.168.1.5:8080") as session:
        async with session.ws_connect("/ws?room=main&name=Ann") as socket:
            await socket.send_json([1, "chat", "hello"])
            async for message in socket:
                print(*message.json())

asyncio.run(main())
