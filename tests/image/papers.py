"""Fixture for tests of the manifest and the other files beside the image."""

import os
import pathlib
import subprocess
import tempfile
import unittest

IMAGE = pathlib.Path(__file__).resolve().parents[2] / "image"
LINES = """chatterbox-image 1
version 0.1.0+202611291200
commit 0123456789abcdef0123456789abcdef01234567
time 1796000000
compression 15
key AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
tool squashfs-tools 1:4.6.1-1
package root libc6 2.41-12 arm64 {a} glibc 2.41-12
package root libstdc++6 14.2.0-19 arm64 {b} gcc-14 14.2.0-19
package boot busybox-static 1:1.37.0-6 arm64 {c} busybox 1:1.37.0-6
file program {a}
file boot/vmlinuz {b}
file root.squashfs {c}
file image {d}
""".format(a="a" * 64, b="b" * 64, c="c" * 64, d="d" * 64)


class Papers(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        return path

    def run_program(self, name, *arguments, **environment):
        command = [IMAGE / name, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)

    def accepts(self, name, *arguments):
        done = self.run_program(name, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def refuses(self, reason, name, *arguments):
        done = self.run_program(name, *arguments)
        self.assertNotEqual(done.returncode, 0, "it was taken")
        self.assertIn(reason, done.stdout + done.stderr)
