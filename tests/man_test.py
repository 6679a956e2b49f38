"""The manual pages, read by groff, mandoc and man itself."""

import glob
import os
import shutil
import subprocess
import tempfile
import unittest

from tests.support.server import BINARY


def run(*command, **environment):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                          env=dict(os.environ, **environment))


class ManTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="hinomi-man-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.man1 = os.path.join(cls.temporary.name, "man1")
        done = run(BINARY, "man", cls.man1, "--date", "2026-11-30")
        assert done.returncode == 0, done.stderr
        assert "hinomi.1" in done.stdout
        cls.pages = sorted(glob.glob(cls.man1 + "/*.1"))

    def test_neither_groff_nor_mandoc_warns(self):
        self.assertGreater(len(self.pages), 20)
        for page in self.pages:
            with open(page, encoding="ascii") as f:
                if f.read().startswith(".so "):
                    continue
            # As man calls it, and every warning that groff knows.
            done = run("groff", "-man", "-Tutf8", "-ww", "-z", page)
            self.assertEqual((done.returncode, done.stderr), (0, ""), page)
            # Below a warning it is only about how long the lines of the source are.
            done = run("mandoc", "-T", "lint", "-W", "warning", page)
            self.assertEqual((done.returncode, done.stdout), (0, ""), page)

    def test_man_shows_every_verb_with_its_example(self):
        for name in ("hinomi-incident", "hinomi-incident-acknowledge"):
            done = run("man", "-M", self.temporary.name, name, MANWIDTH="100", LC_ALL="C.UTF-8")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("hinomi incident acknowledge INC-7", done.stdout)
            self.assertIn("one of open, resolved, all (default: open)", done.stdout)

    def test_the_overview_leads_to_every_page(self):
        done = run("man", "-M", self.temporary.name, "hinomi", MANWIDTH="100", LC_ALL="C.UTF-8")
        for page in self.pages:
            name = os.path.basename(page)[:-2]
            if name.count("-") == 1:
                self.assertIn(name + "(1)", done.stdout)
        for said in ("HINOMI_URL", "/etc/hinomi", "EXIT STATUS"):
            self.assertIn(said, done.stdout)

    def test_a_folder_that_cannot_be_written_is_said(self):
        done = run(BINARY, "man", "/proc/none")
        self.assertEqual(done.returncode, 3)
        self.assertIn("/proc/none", done.stderr)


for needed in ("groff", "mandoc", "man"):
    if shutil.which(needed) is None:
        raise RuntimeError(f"{needed} is missing: tools/setup.sh test")
