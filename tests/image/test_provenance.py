"""Manifests, the list of packages, and the build around them.

These tests need no virtual machine: python3 -m unittest discover -s tests/image
"""

import hashlib
import json
import os
import re
import shutil
import subprocess

from papers import IMAGE, LINES, Papers


class Manifests(Papers):
    def test_a_broken_manifest_is_refused(self):
        whole = self.write("whole", LINES)
        self.accepts("manifest", "check", whole)
        lines = LINES.splitlines(keepends=True)
        for reason, text in [
            ("line 1", ""),
            ("line 1", LINES.replace("chatterbox-image 1", "chatterbox-image 2")),
            ("incomplete", LINES[:-10]),
            ("line 4", LINES.replace("time 1796000000", "time now")),
            ("line 6", LINES.replace("AAAA=", "AAA=")),
            ("line 8", LINES.replace("a" * 64, "a" * 63)),
            ("line 8", LINES.replace("root libc6", "elsewhere libc6")),
            ("line 15", LINES + "and this\n"),
            ("twice", LINES + lines[-1]),
            ("no line for file image", "".join(lines[:-1])),
            ("no line for time", "".join(lines[:3] + lines[4:])),
            ("no line for package boot", "".join(lines[:9] + lines[10:])),
        ]:
            with self.subTest(reason=reason, text=text[-80:]):
                self.refuses(reason, "manifest", "check", self.write("broken", text))
                self.refuses(reason, "manifest", "compare", whole, self.directory / "broken")

    def test_a_build_of_a_broken_manifest_does_not_begin(self):
        broken = self.write("broken", LINES.replace("file image", "image"))
        for arguments in (["--check", broken], ["--check", self.write("whole", LINES), "--fast"], ["--check", self.directory / "whole", "--newest"]):
            self.refuses("manifest", "build", *arguments, "--out", self.directory / "out", "--cache", self.directory / "cache")
            self.assertFalse((self.directory / "cache").exists(), arguments)

    def test_each_difference_is_told(self):
        old = self.write("old", LINES)
        self.assertIn("the same, byte for byte", self.accepts("manifest", "compare", old, old))
        for told, before, after in [
            ("file image", "d" * 64, "e" * 64),
            ("package root libc6", "libc6 2.41-12", "libc6 2.41-13"),
            ("package boot busybox-static", "c" * 64, "0" * 64),
            ("key AAAA", "key AAAA", "key BAAA"),
            ("version", "version 0.1.0", "version 0.1.1"),
        ]:
            with self.subTest(told=told):
                self.refuses(f"{told}", "manifest", "compare", old, self.write("new", LINES.replace(before, after)))

    def test_what_only_one_has_is_told(self):
        old, new = self.write("old", LINES), self.write("new", LINES.replace("libstdc++6", "libstdc++7"))
        said = self.run_program("manifest", "compare", old, new).stdout
        self.assertIn("package root libstdc++6: only in the first", said)
        self.assertIn("package root libstdc++7: only in the second", said)

    def test_another_tool_or_commit_with_the_same_bytes_is_the_same_image(self):
        new = self.write("new", LINES.replace("1:4.6.1-1", "1:4.7").replace("commit 0", "commit 1"))
        said = self.accepts("manifest", "compare", self.write("old", LINES), new)
        self.assertIn("tool squashfs-tools: 1:4.6.1-1, then 1:4.7", said)
        self.assertIn("the same, byte for byte", said)


class Lists(Papers):
    def test_the_list_of_packages_has_a_manifests_form(self):
        rows = [line for line in (IMAGE / "packages.lock").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        kept = [line for line in LINES.splitlines() if not line.startswith("package")]
        self.accepts("manifest", "check", self.write("listed", "\n".join(kept + [f"package {row}" for row in rows]) + "\n"))
        # Every requested package, and a kernel.
        there = {tuple(row.split()[:2]) for row in rows}
        for place, name in [("root", "packages"), ("boot", "packages.boot")]:
            asked = (line.partition("#")[0].strip() for line in (IMAGE / name).read_text(encoding="utf-8").splitlines())
            self.assertEqual([], [package for package in asked if package and (place, package) not in there])
        self.assertTrue(any(place == "boot" and package.startswith("linux-image-") for place, package in there))


# A fake mmdebstrap: offers one version of two packages, "installs" one, and downloads one for the boot partition.
DEBIAN = r"""#!/usr/bin/env bash
set -eu
echo "$@" >>"$ASKED"
if [[ $1 == --simulate ]]; then
  printf 'Inst %s (1:2 Debian:13/stable [all])\n' here there
  exit
fi
package() {
  mkdir -p "$work/$1/DEBIAN"
  printf 'Package: %s\nVersion: 1:2\nArchitecture: all\nMaintainer: a\nDescription: %s\n' "$1" "$CONTENT" >"$work/$1/DEBIAN/control"
  dpkg-deb --root-owner-group --build "$work/$1" "$2/$1_1%3a2_all.deb" >/dev/null
}
export SOURCE_DATE_EPOCH=1
package here "$CACHE/debs"
package there "$CACHE/part/boot"
echo "here 1:2 all here 1:2" >"$CACHE/part/installed"
echo tar >"$CACHE/part/tar"
"""


class Pins(Papers):
    def setUp(self):
        super().setUp()
        self.cache, self.list, self.asked = (self.directory / name for name in ("cache", "list", "asked"))
        programs = self.directory / "programs"
        for directory in (self.cache, programs):
            directory.mkdir()
        for name, text in [("mmdebstrap", DEBIAN), ("arch-test", "#!/bin/sh\n"), ("qemu-aarch64-static", "#!/bin/sh\n")]:
            (programs / name).write_text(text, encoding="utf-8")
            (programs / name).chmod(0o755)
        self.path = f"{programs}:{os.environ['PATH']}"

    def root(self, *options, content="first"):
        return self.run_program("root", *options, self.cache, self.list, PATH=self.path, ASKED=str(self.asked), CONTENT=content)

    def write_list(self):
        done = self.root("--newest")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_without_a_list_nothing_is_fetched(self):
        self.assertIn("is missing", self.root().stderr)
        self.assertFalse(self.asked.exists())

    def test_a_list_is_written_and_then_taken(self):
        name = self.write_list()
        rows = [line.split() for line in self.list.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        for row, place, package in zip(rows, ["boot", "root"], ["there", "here"], strict=True):
            self.assertEqual((row[:4], row[5:]), ([place, package, "1:2", "all"], [package, "1:2"]))
        self.assertEqual(rows[1][4], hashlib.sha256((self.cache / "debs/here_1%3a2_all.deb").read_bytes()).hexdigest())
        # An existing result needs no mirror.
        self.asked.unlink()
        self.assertEqual(self.root().stdout.strip(), name)
        self.assertFalse(self.asked.exists())
        # An empty cache gives the same result.
        subprocess.run(["rm", "-r", self.cache], check=True)
        self.cache.mkdir()
        self.assertEqual(self.root("--mirror", "https://example.org/old").stdout.strip(), name)
        self.assertIn("https://example.org/old", self.asked.read_text(encoding="utf-8"))
        self.assertTrue((self.cache / f"{name}.tar").exists())

    def test_a_version_that_is_gone_is_told_before_anything_is_fetched(self):
        self.write_list()
        self.list.write_text(self.list.read_text(encoding="utf-8").replace("here 1:2 all", "here 1:1 all", 1), encoding="utf-8")
        self.asked.unlink()
        done = self.root()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no longer has: there 1:1. --newest", done.stderr)
        self.assertEqual(len(self.asked.read_text(encoding="utf-8").splitlines()), 1)

    def test_another_content_of_the_same_version_is_refused(self):
        name = self.write_list()
        (self.cache / f"{name}.tar").unlink()
        done = self.root(content="second")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("differ from", done.stderr)
        self.assertFalse((self.cache / f"{name}.tar").exists())

    def test_a_kept_package_that_was_changed_does_not_serve(self):
        name = self.write_list()
        (self.cache / f"{name}.tar").unlink()
        changed = self.cache / "debs/changed_1_all.deb"
        changed.write_bytes(b"changed")
        self.assertEqual(self.root().returncode, 0)
        self.assertFalse(changed.exists())


# Fakes of the slow steps: each writes a small file from its input.
STEPS = {
    "root": 'printf "%s\\n" "root here 1 arm64 $(printf %064d 1) here 1" "boot there 1 arm64 $(printf %064d 2) there 1" >"$1/packages.packages" && echo packages',
    "kernel": 'echo kernel >"$2/vmlinuz"',
    "licences": 'mkdir "$1"',
    "slot": 'cat "$2" "$4" >"$5" && echo "$3 at $LEVEL" >>"$5"',
    "check-boards": "true",
    "card": 'cat "$1/vmlinuz" "$2" >"$3"',
    "sbom": 'cp "$1" "$2"',
}


class Build(Papers):
    def setUp(self):
        super().setUp()
        self.tree = self.directory / "tree"
        real = ["build", "lib.sh", "manifest", "imager", "sign", "boards"]
        real += ["../Cargo.toml", "../src/appliance/chatterbox.toml", "../src/page/assets/shared/icon.svg"]
        for name in real:
            to = self.tree / "image" / name
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(IMAGE / name, to)
        for name, text in STEPS.items():
            self.step(name, text)
        self.out, self.program = self.directory / "out", self.write("program", "program\n")
        self.keys = [self.directory / "first.pem", self.directory / "second.pem"]
        for key in self.keys:
            subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True, capture_output=True)
        done = self.build("--key", self.keys[0], "--key", self.keys[1], "--url", "https://example.org", SOURCE_DATE_EPOCH="1796000000")
        self.assertEqual(done.returncode, 0, done.stderr)
        [self.manifest] = self.out.glob("*.manifest")

    def step(self, name, text):
        self.write(f"tree/image/{name}", f"#!/usr/bin/env bash\nset -eu\n{text}\n").chmod(0o755)

    def build(self, *options, **environment):
        command = [self.tree / "image/build", "--program", self.program, "--out", self.out, "--cache", self.directory / "cache", *options]
        return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)

    def check(self):
        self.out = self.directory / "check"
        return self.build("--check", self.manifest)

    def test_everything_stands_beside_the_image(self):
        names = sorted(file.name.removeprefix("chatterbox-0.1.0+202611300053") for file in self.out.iterdir())
        self.assertEqual(names, [".img", ".img.xz", ".manifest", ".spdx.json", ".update", "SHA256SUMS", "chatterbox.svg", "os_list.json"])
        subprocess.run(["sha256sum", "--quiet", "--check", "SHA256SUMS"], cwd=self.out, check=True)
        self.assertEqual(len((self.out / "SHA256SUMS").read_text(encoding="utf-8").splitlines()), 6)
        said = self.manifest.read_text(encoding="utf-8")
        self.assertEqual(len(re.findall("^key ", said, flags=re.MULTILINE)), 2)
        [entry] = json.loads((self.out / "os_list.json").read_text(encoding="utf-8"))["os_list"]
        self.assertIn(f"file image {entry['extract_sha256']}\n", said)
        self.assertTrue(entry["url"].endswith(".img.xz"))

    def test_a_second_build_of_a_manifest_is_the_same_without_the_private_keys(self):
        for key in self.keys:
            key.unlink()
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("the same, byte for byte", done.stdout)

    def test_a_second_build_of_another_source_is_told(self):
        for step, before, after, told in [
            ("root", "here 1 arm64", "here 2 arm64", "package root here: 1 "),
            ("kernel", "kernel", "another", "file boot/vmlinuz: "),
            ("slot", "$3 at", "$3 with", "file root.squashfs: "),
        ]:
            with self.subTest(step=step):
                self.step(step, STEPS[step].replace(before, after))
                done = self.check()
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(told, done.stdout)
                self.step(step, STEPS[step])

    def test_the_program_is_told(self):
        self.program.write_text("another\n", encoding="utf-8")
        done = self.check()
        self.assertEqual(done.returncode, 1, done.stderr)
        told = [line.partition(":")[0] for line in done.stdout.splitlines()]
        self.assertEqual(told, ["file image", "file program", "file root.squashfs"])
