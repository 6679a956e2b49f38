"""The package as it is built of this binary, and its service's unit."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

from tests.support.ops import write_ops
from tests.support.server import BINARY, ROOT, Server, wait_until

UNIT = os.path.join(ROOT, "packaging/debian/hinomi.service")
# What `systemd-analyze security` may say at most (0 closed, 10 open).
MOST_EXPOSED = 2.0


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False,
                          **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} gave {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class PackageTest(unittest.TestCase):
    """tools/package.sh fails unless lintian is content; here is what it cannot know."""

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="hinomi-package-")
        cls.addClassCleanup(temporary.cleanup)
        cls.out = temporary.name
        run(os.path.join(ROOT, "tools/package.sh"), BINARY, cls.out)
        cls.version = run(BINARY, "--version").split()[1]
        arch = run("dpkg", "--print-architecture").strip()
        cls.deb = f"{cls.out}/hinomi_{cls.version}_{arch}.deb"
        cls.tarball = f"{cls.out}/hinomi-{cls.version}-linux-{arch}.tar.gz"
        cls.tree = cls.out + "/tree"
        run("dpkg-deb", "-R", cls.deb, cls.tree)

    def control(self, name):
        with open(f"{self.tree}/DEBIAN/{name}", encoding="utf-8") as f:
            return f.read()

    def test_what_a_user_looks_for_is_there(self):
        for path in ("usr/bin/hinomi", "lib/systemd/system/hinomi.service",
                     "usr/lib/sysusers.d/hinomi.conf", "usr/share/man/man1/hinomi.1.gz",
                     "usr/share/man/man1/hinomi-incident-acknowledge.1.gz",
                     "usr/share/bash-completion/completions/hinomi",
                     "usr/share/zsh/vendor-completions/_hinomi",
                     "usr/share/fish/vendor_completions.d/hinomi.fish",
                     "usr/share/doc/hinomi/README.Debian", "usr/share/doc/hinomi/copyright"):
            self.assertTrue(os.path.exists(os.path.join(self.tree, path)), path)

    def test_every_file_of_the_configuration_is_a_conffile(self):
        conffiles = self.control("conffiles").split()
        for name in os.listdir(os.path.join(ROOT, "packaging/etc")):
            self.assertIn("/etc/hinomi/" + name, conffiles)
        self.assertIn("/etc/default/hinomi", conffiles)
        self.assertEqual(os.stat(self.tree + "/etc/default/hinomi").st_mode & 0o777, 0o640)

    def test_the_folder_that_it_begins_with_is_sound(self):
        out = run(BINARY, "check", self.tree + "/etc/hinomi")
        # Who watches Hinomi itself is for its user to say; nothing else is left open.
        self.assertIn("watched_by", out.splitlines()[0])
        self.assertEqual(out.splitlines()[1:], [f"{self.tree}/etc/hinomi is sound: 2 alarms, 1 warning."])

    def test_the_libraries_are_dependencies_with_their_versions(self):
        control = self.control("control")
        self.assertRegex(control, r"\nVersion: " + re.escape(self.version) + r"\n")
        for library in ("libssl3", "libc6 (>= ", "libsqlite3-0", "libpq5"):
            self.assertIn(library, control)

    def test_the_tarball_has_the_same_and_its_own_paths(self):
        names = run("tar", "-tzf", self.tarball).splitlines()
        top = os.path.basename(self.tarball)[:-len(".tar.gz")]
        for path in ("bin/hinomi", "share/man/man1/hinomi.1",
                     "share/bash-completion/completions/hinomi",
                     "share/zsh/site-functions/_hinomi",
                     "share/fish/vendor_completions.d/hinomi.fish",
                     "share/doc/hinomi/LICENSE", "share/doc/hinomi/README.md",
                     "lib/systemd/system/hinomi.service", "lib/sysusers.d/hinomi.conf"):
            self.assertIn(f"{top}/{path}", names)
        unit = run("tar", "-xzOf", self.tarball, f"{top}/lib/systemd/system/hinomi.service")
        self.assertIn("ExecStart=/usr/local/bin/hinomi serve", unit)
        self.assertNotIn("/usr/bin/hinomi", unit)
        # A second unpacking must not overwrite somebody's ops folder.
        self.assertFalse([name for name in names if name.endswith(".yml")])


class UnitTest(unittest.TestCase):
    def setUp(self):
        with open(UNIT, encoding="utf-8") as f:
            self.unit = f.read()

    def test_systemd_understands_every_line(self):
        # The user and the program come with the package: those of this machine stand in.
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/hinomi.service"
            with open(path, "w", encoding="utf-8") as f:
                f.write(self.unit.replace("/usr/bin/hinomi", os.path.abspath(BINARY))
                        .replace("man:hinomi(1)", "man:true(1)")
                        .replace("=hinomi\nGroup=hinomi", "=daemon\nGroup=daemon"))
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", path],
                                  capture_output=True, text=True, timeout=60, check=False)
            own = [line for line in done.stderr.splitlines() if path in line]
            self.assertEqual((own, done.returncode), ([], 0), done.stderr)

    def test_it_is_closed_as_far_as_the_work_allows(self):
        out = run("systemd-analyze", "security", "--offline=true", "--no-pager", UNIT)
        exposed = float(re.search(r"Overall exposure level.*?: ([0-9.]+)", out).group(1))
        self.assertLessEqual(exposed, MOST_EXPOSED, out)

    def test_replicas_are_left_alone(self):
        self.assertIn("\nKillMode=process\n", self.unit)
        self.assertIn("\nOOMPolicy=continue\n", self.unit)
        self.assertNotRegex(self.unit, r"\n(PrivateTmp|RemoveIPC|MemoryDenyWriteExecute)=")

    def test_the_server_says_what_type_notify_waits_for(self):
        with tempfile.TemporaryDirectory() as folder, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(folder + "/notify")
            systemd.settimeout(30)
            server = Server(ops=write_ops(folder + "/ops"), data=folder + "/data", environment={
                "NOTIFY_SOCKET": folder + "/notify", "WATCHDOG_USEC": "2000000"})
            with server:
                server.start(wait=False)
                said = [systemd.recv(100).decode()]
                while said[-1] != "READY=1":
                    said.append(systemd.recv(100).decode())
                # No later than that it answers, and the watchdog is fed from then on.
                with open(folder + "/data/address", encoding="utf-8") as f:
                    server.url = f.read().strip()
                self.assertEqual(server.get("/readyz", raw=True), b"Hinomi is ready.\n")
                for _ in range(3):
                    self.assertEqual(systemd.recv(100), b"WATCHDOG=1")
                self.assertEqual(server.stop(), 0)
                wait_until(lambda: systemd.recv(100) == b"STOPPING=1", 10, "STOPPING=1")


for needed in ("dh", "lintian", "systemd-analyze"):
    if shutil.which(needed) is None:
        raise RuntimeError(f"{needed} is missing: tools/setup.sh test")
