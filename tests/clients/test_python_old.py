"""socketIO-client 0.7.2, a client of revision 3 that reads binary payloads only, against the real binary."""

import time
import unittest

from socketIO_client import SocketIO

from test_python import PATIENCE_S, serve, stop

TRANSPORTS = {"polling": ["xhr-polling"], "websocket": ["websocket"], "upgrade": ["xhr-polling", "websocket"]}


class OldPython(unittest.TestCase):
    def test_people_talk(self):
        process, url = serve()
        self.addCleanup(stop, process)
        host, port = url.removeprefix("http://").split(":")
        for title, transports in TRANSPORTS.items():
            heard, answers = [], []
            with SocketIO(host, int(port), transports=transports, params={"name": f"Py {title}"}) as client:
                client.on("chat", lambda text, meta, heard=heard: heard.append((text, meta["from"]["name"])))
                client.emit("chat", f"你好 😀 {title}", answers.append)
                deadline = time.monotonic() + PATIENCE_S
                while not (heard and answers) and time.monotonic() < deadline:
                    client.wait(seconds=0.1)
            self.assertEqual(heard, [(f"你好 😀 {title}", f"Py {title}")], title)
            self.assertTrue(answers[0]["ok"], title)


if __name__ == "__main__":
    unittest.main()
