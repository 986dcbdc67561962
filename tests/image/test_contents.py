"""Descriptions of the image's contents: the SBOM, the licences on the card, and Imager's list."""

import functools
import hashlib
import json
import pathlib
import re
import subprocess
import tempfile

from papers import IMAGE, LINES, Papers


class Sbom(Papers):
    def setUp(self):
        super().setUp()
        self.file = self.write("sbom.json", self.made())
        self.document = json.loads(self.made())

    @classmethod
    @functools.cache
    def made(cls):
        """The document for `LINES`, generated once."""
        with tempfile.TemporaryDirectory() as directory:
            manifest, out = pathlib.Path(directory, "manifest"), pathlib.Path(directory, "out")
            manifest.write_text(LINES, encoding="utf-8")
            subprocess.run([IMAGE / "sbom", manifest, out], check=True)
            return out.read_text(encoding="utf-8")

    def named(self, name):
        [package] = [package for package in self.document["packages"] if package["name"] == name]
        return package, [reference["referenceLocator"] for reference in package.get("externalRefs", [])]

    def test_it_names_packages_crates_and_scripts(self):
        package, urls = self.named("libstdc++6")
        self.assertEqual(urls, ["pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=arm64"])
        self.assertEqual(package["checksums"], [{"algorithm": "SHA256", "checksumValue": "b" * 64}])
        self.assertIn("gcc-14 14.2.0-19", package["sourceInfo"])
        self.assertIn("the boot partition", self.named("busybox-static")[0]["sourceInfo"])
        package, urls = self.named("tokio")
        self.assertEqual((urls[0].rpartition("@")[0], package["licenseDeclared"]), ("pkg:cargo/tokio", "MIT"))
        package, urls = self.named("@noble/hashes")
        self.assertEqual((urls[0].rpartition("@")[0], package["licenseDeclared"]), ("pkg:npm/%40noble/hashes", "MIT"))
        self.assertIn("sha2.js (SHA-256", package["sourceInfo"])
        self.assertEqual(self.named("chatterbox-image")[0]["checksums"][0]["checksumValue"], "d" * 64)
        for package in self.document["packages"]:
            self.assertNotIn("/", package["licenseDeclared"], package["name"])

    def test_each_crate_has_the_hash_of_the_lock_file(self):
        crates = [package for package in self.document["packages"] if package["SPDXID"].startswith("SPDXRef-crate-")]
        self.assertGreater(len(crates), 50)
        lock = (IMAGE.parent / "Cargo.lock").read_text(encoding="utf-8")
        for crate in crates:
            stands = f'name = "{crate["name"]}"\nversion = "{crate["versionInfo"]}"\n'
            self.assertIn(crate["checksums"][0]["checksumValue"], lock.partition(stands)[2].partition("[[package]]")[0])

    def test_the_same_image_has_the_same_document(self):
        self.accepts("sbom", self.write("manifest", LINES), self.directory / "again.json")
        self.assertEqual(self.file.read_bytes(), (self.directory / "again.json").read_bytes())

    def test_a_document_that_lacks_something_is_refused(self):
        self.accepts("sbom", "--check", self.file)

        def without(*path):
            def change(document):
                for step in path[:-1]:
                    document = document[step]
                del document[path[-1]]

            return change

        lacking = [without(name) for name in ("SPDXID", "creationInfo", "dataLicense", "documentNamespace", "name", "spdxVersion", "relationships")]
        lacking += [without("creationInfo", name) for name in ("created", "creators")]
        lacking += [without("packages", 5, name) for name in ("SPDXID", "downloadLocation", "name")]
        lacking += [without("packages", 5, "checksums", 0, name) for name in ("algorithm", "checksumValue")]
        lacking += [without("packages", 5, "externalRefs", 0, name) for name in ("referenceCategory", "referenceLocator", "referenceType")]
        lacking += [without("relationships", 5, name) for name in ("relatedSpdxElement", "relationshipType", "spdxElementId")]
        lacking.append(without("packages", 5))
        lacking.append(lambda document: document["packages"].append(document["packages"][5]))
        lacking.append(lambda document: document["packages"][5].update(SPDXID="SPDXRef-a b"))
        for number, change in enumerate(lacking):
            with self.subTest(number=number):
                document = json.loads(self.file.read_text(encoding="utf-8"))
                change(document)
                self.refuses("not a complete SPDX document", "sbom", "--check", self.write("broken.json", json.dumps(document)))


class Licences(Papers):
    def test_each_crate_has_a_text_or_a_maker(self):
        self.accepts("licences", self.directory)
        read = {file.name: file.read_text(encoding="utf-8") for file in self.directory.iterdir()}
        self.assertEqual(sorted(read), ["chatterbox.txt", "crates.txt", "pages.txt"])
        self.assertIn("Permission is hereby granted", read["chatterbox.txt"])
        _, *crates = re.split(r"^== (?=\S+ \d)", read["crates.txt"], flags=re.MULTILINE)
        self.assertGreater(len(crates), 50)
        for crate in crates:
            head, _, text = crate.partition("\n")
            self.assertTrue(len(text) > 400 or ("Copyright (c) " in text and "chatterbox.txt" in text), head)


class Imager(Papers):
    def entry(self, base):
        image, download = self.write("chatterbox-0.1.0+1.img", "x" * 1000), self.write("chatterbox-0.1.0+1.img.xz", "y")
        out = self.directory / "os_list.json"
        done = self.run_program("imager", image, download, self.directory / "chatterbox.svg", base, out, SOURCE_DATE_EPOCH="1796000000")
        self.assertEqual(done.returncode, 0, done.stderr)
        [entry] = json.loads(out.read_text(encoding="utf-8"))["os_list"]
        return entry

    def test_the_list_says_what_the_files_are(self):
        entry = self.entry("https://example.org/box/")
        self.assertEqual(entry["url"], "https://example.org/box/chatterbox-0.1.0%2B1.img.xz")
        self.assertEqual(entry["icon"], "https://example.org/box/chatterbox.svg")
        self.assertEqual((entry["extract_size"], entry["image_download_size"]), (1000, 1))
        self.assertEqual(entry["extract_sha256"], hashlib.sha256(b"x" * 1000).hexdigest())
        self.assertEqual(entry["image_download_sha256"], hashlib.sha256(b"y").hexdigest())
        self.assertEqual((entry["name"], entry["release_date"], entry["init_format"]), ("Chatterbox 0.1.0+1", "2026-11-30", "none"))
        self.assertEqual(entry["devices"], ["pi4-64bit", "pi3-64bit"])
        self.assertTrue(entry["description"])

    def test_without_an_address_the_list_is_for_this_computer(self):
        directory = self.directory.resolve().as_uri()
        entry = self.entry("")
        self.assertEqual(entry["url"], f"{directory}/chatterbox-0.1.0%2B1.img.xz")
        self.assertEqual(entry["icon"], f"{directory}/chatterbox.svg")
