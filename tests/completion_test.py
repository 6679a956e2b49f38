"""Completion in the real shells, driven as a person's Tab drives them."""

import os
import pty
import select
import shutil
import subprocess
import tempfile
import time
import unittest

from tests.support.ops import write_ops
from tests.support.server import BINARY, Server

# A name that a shell must not obey: it is a legal name of an alarm.
HOSTILE = "Odd $(touch pwned) 'n' \\ name"
EXTRA = ("  - name: \"" + HOSTILE.replace("\\", "\\\\") + "\"\n    metric: odd\n    threshold: 1\n"
         "    dimensions: {ServiceName: shop}\n    action: alert\n")


def have(shell):
    path = shutil.which(shell)
    if path is None:
        raise RuntimeError(f"{shell} is missing: tools/setup.sh test")
    return path


class CompletionTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="hinomi-completion-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.home = cls.temporary.name
        os.mkdir(cls.home + "/bin")
        os.symlink(os.path.abspath(BINARY), cls.home + "/bin/hinomi")
        for shell in ("bash", "zsh", "fish"):
            script = subprocess.run([BINARY, "completion", shell], capture_output=True, text=True,
                                    timeout=60, check=True).stdout
            with open(f"{cls.home}/completion.{shell}", "w", encoding="utf-8") as f:
                f.write(script)
        os.makedirs(cls.home + "/desk/some folder")
        cls.server = Server(ops=write_ops(cls.home + "/ops", extra_alarms=EXTRA))
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.environment = {
            "HOME": cls.home, "PATH": cls.home + "/bin:" + os.environ["PATH"], "TERM": "dumb",
            "LC_ALL": "C.UTF-8", "HINOMI_URL": cls.server.url, "HINOMI_TOKEN": cls.server.token()}
        cls.server.cli("incident", "open", "customers cannot pay", "--severity", "error", check=0)

    def shell(self, *command, environment=None):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                              cwd=self.home + "/desk", env=environment or self.environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        return done.stdout

    # bash: the words of the line as bash takes them apart, then its own function.

    def bash(self, *words, environment=None):
        line = " ".join(f"'{word}'" for word in words)
        return self.shell(have("bash"), "--norc", "-c", f"""
            . {self.home}/completion.bash
            complete -p hinomi >/dev/null || exit 9
            compopt() {{ :; }}   # needs a completion under way
            COMP_WORDS=({line}) COMP_CWORD={len(words) - 1}
            _hinomi; printf '%s\\n' "${{COMPREPLY[@]}}" """,
                          environment=environment).splitlines()

    def test_bash(self):
        self.assertEqual(self.bash("hinomi", "inci"), ["incident"])
        self.assertEqual(self.bash("hinomi", "incident", "ack"), ["acknowledge"])
        self.assertEqual(self.bash("hinomi", "incident", "list", "--state", ""),
                         ["open", "resolved", "all"])
        self.assertEqual(self.bash("hinomi", "incident", "list", "--state", "=", "re"), ["resolved"])
        self.assertEqual(self.bash("hinomi", "incident", "list", "--state", "="),
                         ["open", "resolved", "all"])
        self.assertEqual(self.bash("hinomi", "incident", "acknowledge", ""), ["INC-1"])
        self.assertEqual(self.bash("hinomi", "check", "so"), ["some folder"])

    def test_bash_quotes_what_others_have_named(self):
        quoted = self.bash("hinomi", "alarm", "show", "Odd")[0]
        self.assertEqual(self.shell(have("bash"), "-c", f"printf %s {quoted}"), HOSTILE)
        self.assertEqual(os.listdir(self.home + "/desk"), ["some folder"])

    def test_without_a_server_nothing_is_said(self):
        away = dict(self.environment, HINOMI_URL="http://127.0.0.1:1")
        self.assertEqual(self.bash("hinomi", "incident", "acknowledge", "", environment=away), [""])

    # fish: what `complete -C` would show, a tab between word and description.

    def fish(self, line):
        out = self.shell(have("fish"), "--no-config", "-c",
                         f"source {self.home}/completion.fish; complete -C '{line}'")
        return [tuple(row.split("\t")) for row in out.splitlines()]

    def test_fish(self):
        self.assertEqual(self.fish("hinomi incident ack"),
                         [("acknowledge", "Takes an incident: I have it")])
        self.assertEqual(self.fish("hinomi incident acknowledge "),
                         [("INC-1", "customers cannot pay")])
        self.assertCountEqual([row[0] for row in self.fish("hinomi incident list --state=")],
                              ["--state=open", "--state=resolved", "--state=all"])
        self.assertEqual(self.fish("hinomi check so")[0][0].rstrip("/"), "some folder")
        self.assertIn(HOSTILE, [row[0] for row in self.fish("hinomi alarm show ")])

    # zsh: only a terminal completes there.

    def zsh(self, typed):
        """The line after `typed` and a Tab, as zsh would run it."""
        os.makedirs(self.home + "/functions", exist_ok=True)
        shutil.copy(self.home + "/completion.zsh", self.home + "/functions/_hinomi")
        with open(self.home + "/.zshrc", "w", encoding="utf-8") as f:
            f.write(f"PS1='> '; fpath=({self.home}/functions $fpath)\n"
                    "autoload -Uz compinit; compinit -u\n"
                    # What the line holds goes to a file, instead of being run.
                    f"accept() {{ print -r -- $BUFFER >{self.home}/line; exit }}\n"
                    "zle -N accept-line accept\n")
        line_file = self.home + "/line"
        if os.path.exists(line_file):
            os.remove(line_file)
        master, slave = pty.openpty()
        process = subprocess.Popen([have("zsh"), "-i"], stdin=slave, stdout=slave, stderr=slave,
                                   cwd=self.home + "/desk", env=self.environment,
                                   start_new_session=True)
        os.close(slave)
        self.addCleanup(os.close, master)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        seen = self.read_until(master, process, lambda text: "> " in text)
        os.write(master, typed.encode() + b"\t\r")
        def line():
            # zsh makes the file before it writes into it.
            if not os.path.exists(line_file):
                return ""
            with open(line_file, encoding="utf-8") as f:
                return f.read()

        seen += self.read_until(master, process, lambda text: line().endswith("\n"))
        process.wait(30)
        self.assertTrue(line().endswith("\n"), seen)
        return line().rstrip("\n ")

    @staticmethod
    def read_until(master, process, done, seconds=30):
        text = ""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not done(text):
            if select.select([master], [], [], 0.1)[0]:
                try:
                    text += os.read(master, 65536).decode("utf-8", "replace")
                except OSError:
                    break
            if process.poll() is not None:
                break
        return text

    def test_zsh(self):
        self.assertEqual(self.zsh("hinomi inci"), "hinomi incident")
        self.assertEqual(self.zsh("hinomi incident list --state re"),
                         "hinomi incident list --state resolved")
        self.assertEqual(self.zsh("hinomi incident acknowledge IN"),
                         "hinomi incident acknowledge INC-1")
        self.assertEqual(self.zsh("hinomi check so").rstrip("/"), "hinomi check some\\ folder")

    def test_zsh_quotes_what_others_have_named(self):
        line = self.zsh("hinomi alarm show Odd")
        argument = line.removeprefix("hinomi alarm show ")
        self.assertEqual(self.shell(have("zsh"), "-f", "-c", f"printf %s {argument}"), HOSTILE)
        self.assertEqual(os.listdir(self.home + "/desk"), ["some folder"])
