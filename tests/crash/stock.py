"""The stock programs age and tar open a backup of the real binary, and the messages, keys and settings are in it."""

import os
import pathlib
import pty
import select
import sqlite3
import subprocess
import tempfile

from server import PATIENCE_S, Server

PASSPHRASE = "quiet harbour seven lamps"


def typed(command, answer):
    """Runs a program that asks on its terminal. Returns its exit code."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvp(command[0], command)
    while select.select([terminal], [], [], PATIENCE_S)[0]:
        try:
            text = os.read(terminal, 4096)
        except OSError:
            # The program has ended.
            break
        if b"assphrase" in text:
            os.write(terminal, answer.encode() + b"\n")
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


with tempfile.TemporaryDirectory() as directory:
    place = pathlib.Path(directory)
    data, settings = place / "data", place / "settings.toml"
    settings.write_text('[server]\nname = "Fête"\n')
    (place / "passphrase").write_text(PASSPHRASE)
    server = Server(data)
    with server.talk() as talk:
        assert talk.say("hall", "kept in the backup", "m1")["ok"]
    made = [os.environ["CHATTERBOX_BIN"], "backup", "--data", str(data), "--config", str(settings)]
    made += ["--passphrase-file", str(place / "passphrase"), str(place / "backup.age")]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CHATTERBOX_")}
    subprocess.run(made, check=True, env=clean)
    server.stop()
    opened = ["age", "--decrypt", "--output", str(place / "backup.tar.gz"), str(place / "backup.age")]
    assert typed(opened, PASSPHRASE + "s") != 0, "a wrong passphrase"
    assert typed(opened, PASSPHRASE) == 0
    subprocess.run(["tar", "-xzf", str(place / "backup.tar.gz"), "-C", directory], check=True)
    assert (place / "organizer").read_bytes() == (data / "organizer").read_bytes()
    assert (place / "secret").read_bytes() == (data / "secret").read_bytes()
    assert (place / "settings.toml").read_text() == settings.read_text()
    texts = sqlite3.connect(place / "chatterbox.db").execute("SELECT body FROM entry").fetchall()
    assert any("kept in the backup" in body for (body,) in texts), texts
print("stock: age and tar open a backup")
