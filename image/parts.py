"""Third-party parts of the program for the box: its crates, and the scripts of the pages."""

import json
import pathlib
import subprocess
import tomllib

TREE = pathlib.Path(__file__).resolve().parent.parent
TARGET = "aarch64-unknown-linux-gnu"
VENDOR = TREE / "src/page/vendor"


def cargo(command, *options):
    """The output of a cargo command about this tree."""
    manifest = ["--manifest-path", str(TREE / "Cargo.toml")]
    return subprocess.run(["cargo", command, "--locked", *manifest, *options], check=True, capture_output=True, text=True).stdout


def crates():
    """Cargo's metadata of each crate in the program, without build and test dependencies; `checksum` comes from Cargo.lock."""
    metadata = json.loads(cargo("metadata", "--format-version", "1"))
    packages = {(package["name"], package["version"]): package for package in metadata["packages"]}
    lines = cargo("tree", "--target", TARGET, "--edges", "normal", "--prefix", "none", "--format", "{p}").splitlines()
    names = {(name, version.removeprefix("v")) for name, version, *_ in (line.split() for line in lines if line)}
    locked = tomllib.loads((TREE / "Cargo.lock").read_text(encoding="utf-8"))["package"]
    sums = {(package["name"], package["version"]): package.get("checksum") for package in locked}
    return [{**packages[key], "checksum": sums[key]} for key in sorted(names) if key[0] != "chatterbox"]


def scripts():
    """The packages of the pages' scripts: name, version, licence, and the used files with their hashes."""
    packages = {}
    for file in tomllib.loads((VENDOR / "VENDOR.toml").read_text(encoding="utf-8"))["file"]:
        package = packages.setdefault((file["package"], file["version"]), {"licence": file["licence"], "files": []})
        package["files"].append((file["path"], file["sha256"]))
    return [{"name": name, "version": version, **package} for (name, version), package in sorted(packages.items())]
