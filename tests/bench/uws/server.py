"""uWebSockets (C++, in the build that `socketify` ships): the peer `uws` of the bench.

Python runs once for a message; its publication to all members is uWebSockets' own.
"""

import sys

from socketify import App, OpCode

OPEN = '0{"sid":"bench","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}'
app = App()


def on_open(socket):
    socket.send(OPEN, OpCode.TEXT)


def on_message(socket, message, _opcode):
    if message.startswith("40"):
        socket.subscribe("bench")
        socket.send('40{"sid":"bench"}', OpCode.TEXT)
    elif message.startswith("42"):
        app.publish("bench", message, OpCode.TEXT)


app.ws("/socket.io/", {"compression": 0, "idle_timeout": 240, "open": on_open, "message": on_message})
app.listen({"host": "127.0.0.1", "port": int(sys.argv[1])}, lambda _config: None)
# `app.run()` turns Python's own loop, which polls without a pause; uWebSockets needs no more than libuv's.
app.loop.uv_loop.run()
