"""The servers of others: Debian's packages, unpacked below build/peers, so that no
service of the machine is installed or started."""

import glob
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "peers"


def _unpack(package):
    FOLDER.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["apt-get", "download", package], cwd=FOLDER, capture_output=True,
                          text=True, check=False)
    found = glob.glob(str(FOLDER / f"{package}_*.deb"))
    if done.returncode != 0 or not found:
        raise RuntimeError(f"apt-get download {package} failed; is Debian's mirror in reach "
                           f"(apt-get update)?\n{done.stderr.strip()}")
    subprocess.run(["dpkg", "-x", found[0], str(FOLDER)], check=True)
    version = subprocess.run(["dpkg-deb", "-f", found[0], "Version"], capture_output=True,
                             text=True, check=True).stdout.strip()
    (FOLDER / f"{package}.version").write_text(version + "\n", encoding="utf-8")
    for file in found:
        os.remove(file)


def _installed_version(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Status}|${Version}", package],
                          capture_output=True, text=True, check=False)
    status, _, version = done.stdout.partition("|")
    return version if status == "install ok installed" else None


def find(package):
    """The program of this name and its package's version: the installed one, or unpacked."""
    version = _installed_version(package)
    if version and (binary := shutil.which(package)):
        return binary, version
    binary = FOLDER / "usr" / "bin" / package
    if not binary.exists():
        _unpack(package)
    return str(binary), (FOLDER / f"{package}.version").read_text(encoding="utf-8").strip()
