"""`hinomi top` in a real terminal: an incident from its first second to its end."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from tests.support import remote_write
from tests.support.ops import write_ops
from tests.support.receivers import WebhookReceiver
from tests.support.server import BINARY, Server, wait_until
from tests.support.terminal import Terminal


class TopTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="hinomi-top-")
        self.addCleanup(self.folder.cleanup)
        self.webhook = WebhookReceiver()
        self.addCleanup(self.webhook.close)
        ops = write_ops(os.path.join(self.folder.name, "ops"), webhook=self.webhook.url,
                        methods=("webhook",))
        self.server = Server(ops, os.path.join(self.folder.name, "data"))
        self.addCleanup(self.server.close)
        self.server.start()
        # The same address again after a restart.
        self.server.listen = self.server.url.removeprefix("http://")

    def trouble(self, value):
        remote_write.send(self.server, [({"__name__": "trouble", "ServiceName": "shop"},
                                         [(int(time.time() * 1000), value)])])

    def terminal(self, *arguments, columns=80, rows=24, start=True, **environment):
        terminal = Terminal(columns, rows, {
            "HINOMI_URL": self.server.url, "HINOMI_TOKEN": self.server.token(), **environment})
        self.addCleanup(terminal.close)
        self.before = terminal.settings()
        if start:
            terminal.run(os.path.abspath(BINARY), "top", *arguments)
        return terminal

    def assert_given_back(self, terminal):
        """The shell goes on in a terminal that is as it was."""
        wait_until(lambda: terminal.state("alternate_on") == "0", 20, "the first screen")
        self.assertEqual(terminal.state("cursor_flag"), "1")
        terminal.type("echo still-$((40+2))")
        terminal.key("Enter")
        terminal.wait("still-42")
        # While the shell reads a line it sets the terminal its own way.
        terminal.run("stty", "-a")
        shown = terminal.wait("echoctl")
        for word in (" icanon", " echo ", " isig", " icrnl", " opost"):
            self.assertIn(word, shown.replace("\n", " "), "not raw any more")

    def incident(self):
        incidents = self.server.api("incidents?state=all")["incidents"]
        return incidents[0] if incidents else None

    def pid(self):
        """Of the `hinomi top` that talks to this server."""
        mark = f"HINOMI_URL={self.server.url}".encode()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    if not f.read().endswith(b"\0top\0"):
                        continue
                with open(f"/proc/{pid}/environ", "rb") as f:
                    if mark in f.read().split(b"\0"):
                        return int(pid)
            except OSError:
                continue
        raise AssertionError("hinomi top does not run")

    def test_from_the_alarm_to_its_end(self):
        terminal = self.terminal()
        terminal.wait("No data yet", "Live")
        self.trouble(50)
        shown = terminal.wait("INC-1", "Nobody has it yet", "To L2 unless resolved", "Trouble")
        self.assertIn("1 incident, unacknowledged", shown)
        terminal.wait("Delivered")
        first = self.countdown(terminal)
        wait_until(lambda: self.countdown(terminal) < first, 10, "the countdown to count")

        terminal.key("a")
        terminal.wait("INC-1 is acknowledged: you have it.", "admin has it", "in hand")
        self.assertEqual(self.incident()["state"], "acknowledged")

        terminal.key("Enter")
        terminal.wait("Timeline", "Who was told", "webhook")
        terminal.type("n火の見から、replica 2 を再起動")
        terminal.wait("cannot be removed", "> 火の見から、replica 2 を再起動")
        terminal.key("Enter")
        terminal.wait("The note on INC-1 is written.", "admin: 火の見から、replica 2 を再起動")

        terminal.key("e")
        terminal.wait("Call L2 now", "Sends a page to Team lead")
        terminal.key("n")
        terminal.wait_gone("Sends a page to")
        self.assertIsNone(self.incident()["steps"][1]["fired_at"], "n calls nobody")

        terminal.type("rrolled back")
        terminal.key("Enter")
        terminal.wait("those who were paged are told", "still fires", "y do it")
        self.assertEqual(self.incident()["state"], "acknowledged", "not before y")
        terminal.key("y")
        terminal.wait("INC-1 is resolved.", "Resolved by admin", "rolled back")
        self.assertEqual(self.incident()["resolution"], "rolled back")

        terminal.type("gj")
        terminal.wait("admin resolved INC-1: rolled back")
        terminal.type("gn")
        terminal.wait("1 alarm is firing", "no incident is open")
        terminal.key("q")
        self.assert_given_back(terminal)

    def countdown(self, terminal):
        found = re.search(r"To L2 unless resolved +(\d\d):(\d\d)", terminal.wait("To L2 unless"))
        self.assertTrue(found, terminal.text())
        return int(found[1]) * 60 + int(found[2])

    def test_a_server_that_is_gone_is_said_and_comes_back_and_no_note_is_lost(self):
        terminal = self.terminal()
        self.trouble(50)
        terminal.wait("Nobody has it yet", "Live")
        self.server.kill()
        begun = time.monotonic()
        terminal.wait("Stale", "Reconnecting", seconds=10)
        self.assertLess(time.monotonic() - begun, 10)
        terminal.wait("Nobody has it yet")
        terminal.type("nwritten while it was away")
        terminal.key("Enter")
        terminal.wait("could not be written", "The note is kept")
        self.server.start()
        terminal.wait("Live")
        terminal.wait_gone("Stale")
        terminal.key("Escape")
        terminal.wait("What was written for INC-1 is not sent yet.")
        terminal.type("n")
        terminal.wait("> written while it was away")
        terminal.key("Enter")
        terminal.wait("The note on INC-1 is written.")
        self.assertEqual(len(self.incident()["notes"]), 1)
        # What happened meanwhile is there, and what happens now comes by itself.
        self.server.cli("incident", "acknowledge", "INC-1", check=0)
        terminal.wait("admin has it")

    def test_a_server_that_only_hangs_is_stale_within_ten_seconds(self):
        terminal = self.terminal()
        terminal.wait("Live")
        os.kill(self.server.process.pid, signal.SIGSTOP)
        try:
            terminal.wait("Stale", seconds=11)
            terminal.key("q")  # At once, though a question is under way.
            wait_until(lambda: terminal.state("alternate_on") == "0", 2, "the end")
        finally:
            os.kill(self.server.process.pid, signal.SIGCONT)

    def test_a_server_that_is_only_quiet_is_live(self):
        terminal = self.terminal()
        terminal.wait("Live")

        def seconds():
            text = terminal.text()
            self.assertNotIn("Stale", text)
            hour, minute, second = re.search(r"(\d\d):(\d\d):(\d\d) JST", text).groups()
            return (int(hour) * 60 + int(minute)) * 60 + int(second)
        begun = seconds()
        wait_until(lambda: (seconds() - begun) % 86_400 >= 11, 30, "the clock on the screen")

    def test_every_way_out_gives_the_terminal_back(self):
        for name, leave in {
                "Ctrl-C": lambda t: t.key("C-c"),
                "SIGTERM": lambda t: os.kill(self.pid(), signal.SIGTERM),
                "SIGHUP": lambda t: os.kill(self.pid(), signal.SIGHUP),
                "SIGSEGV": lambda t: os.kill(self.pid(), signal.SIGSEGV),
                "SIGABRT": lambda t: os.kill(self.pid(), signal.SIGABRT)}.items():
            with self.subTest(name):
                terminal = self.terminal()
                terminal.wait("Live")
                self.assertEqual(terminal.state("alternate_on"), "1")
                self.assertIn("-icanon", terminal.settings())
                leave(terminal)
                self.assert_given_back(terminal)
                terminal.close()
                self._cleanups.pop()

    def test_words_that_could_not_be_sent_are_left_on_the_screen(self):
        terminal = self.terminal()
        self.trouble(50)
        terminal.wait("Nobody has it yet")
        terminal.type("nhalf a sentence")
        terminal.wait("> half a sentence")
        os.kill(self.pid(), signal.SIGTERM)
        terminal.wait("Not sent to INC-1: half a sentence")
        self.assert_given_back(terminal)

    def test_ctrl_z_lends_the_terminal_to_the_shell(self):
        terminal = self.terminal()
        terminal.wait("Live")
        terminal.key("C-z")
        terminal.wait("Stopped")
        self.assertEqual(terminal.state("alternate_on"), "0")
        terminal.run("fg")
        terminal.wait("Live", "all keys")
        terminal.key("q")
        self.assert_given_back(terminal)

    def test_it_fits_whatever_size_the_terminal_takes(self):
        terminal = self.terminal("--lang", "ja")
        self.trouble(50)
        terminal.wait("まだ誰も引き受けていません", "すべてのキー", "JST")
        terminal.resize(40, 20)
        shown = wait_until(lambda: (lambda text: text if "JST" not in text else None)(
            terminal.text()), 10, "the narrow one")
        terminal.wait("まだ誰も引き受けていません", "q 終了")
        self.assertLessEqual(len(shown.rstrip("\n").split("\n")), 20)
        terminal.resize(100, 40)
        terminal.wait("まだ誰も引き受けていません", "JST", "変わったこと")

    def test_a_paste_is_no_keys(self):
        terminal = self.terminal()
        self.trouble(50)
        terminal.wait("Nobody has it yet")
        terminal.paste("aq are we in\n")
        terminal.type("u")
        terminal.wait("UTC")
        self.assertEqual(self.incident()["state"], "triggered")
        terminal.type("n")
        terminal.paste("line one\nline two")
        terminal.wait("> line one line two")

    def test_hostile_text_is_shown_and_obeyed_by_nobody(self):
        hostile = "\u009b?1049l\u009d2;owned\u009c \u202e bad"  # The API takes no ESC.
        terminal = self.terminal()
        self.server.cli("incident", "open", "customers cannot pay", check=0)
        terminal.wait("customers cannot pay", "Nobody has it yet")
        self.server.post("/api/hinomi/v1/incidents/INC-1/note", {"text": hostile})
        terminal.key("Enter")
        shown = terminal.wait("Timeline", "owned")
        self.assertIn("??1049l?2;owned? ? bad", shown)
        self.assertEqual(terminal.state("alternate_on"), "1")
        self.assertNotIn("owned", terminal.state("pane_title"))

    def test_a_wrong_clock_of_the_terminal_shows_the_servers_time(self):
        self.assertTrue(shutil.which("faketime"), "Debian's package faketime is installed")
        self.trouble(50)
        wait_until(self.incident, 20, "the incident")
        terminal = self.terminal(start=False)
        terminal.run("faketime", "-f", "+3h", os.path.abspath(BINARY), "top")
        terminal.wait("Nobody has it yet")
        self.assertGreater(self.countdown(terminal), 58 * 60, "of one hour")
        hour = re.search(r"(\d\d):\d\d:\d\d JST", terminal.text())[1]
        now = re.search(r"T(\d\d)", self.server.api("now")["server"]["now"])[1]
        self.assertIn((int(hour) - int(now)) % 24, (8, 9), "Tokyo, by the server's clock")

    def test_no_color_is_respected(self):
        for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
            terminal = self.terminal(**environment)
            terminal.wait("Live")
            screen = terminal.tmux("capture-pane", "-p", "-e")
            self.assertEqual(bool(re.search("\x1b\\[(\\d+;)*3[1-6]m", screen)), coloured)

    def test_once_is_for_scripts(self):
        environment = dict(os.environ, HINOMI_URL=self.server.url,
                           HINOMI_TOKEN=self.server.token(), LC_ALL="ja_JP.UTF-8")

        def run(*arguments):
            return subprocess.run([BINARY, "top", *arguments], capture_output=True, text=True,
                                  env=environment, stdin=subprocess.DEVNULL, timeout=60,
                                  check=False)
        calm = run("--once")
        self.assertEqual((calm.returncode, calm.stderr), (0, ""))
        self.assertIn("まだデータがありません", calm.stdout)
        self.assertNotIn("\x1b", calm.stdout)
        self.trouble(50)
        wait_until(self.incident, 20, "the incident")
        english = run("--once", "--lang", "en")
        self.assertEqual(english.returncode, 1, "something is wrong")
        self.assertIn("To L2 unless resolved", english.stdout)
        said = run("--output", "json")
        self.assertEqual(said.returncode, 1)
        self.assertEqual(json.loads(said.stdout)["incidents"][0]["id"], "INC-1")
        for refused in (run(), run("--lang", "fr")):
            self.assertEqual(refused.returncode, 2)
        self.assertIn("--once", run().stderr)
        self.server.kill()
        self.assertEqual(run("--once").returncode, 3)

    def test_a_terminal_that_cannot_move_its_cursor_is_told_of_once(self):
        terminal = self.terminal(start=False)
        terminal.run("env", "TERM=dumb", os.path.abspath(BINARY), "top")
        terminal.wait("TERM is empty or dumb", "top --once")
        terminal.type("TERM=dumb " + os.path.abspath(BINARY) + " top; echo code-$?")
        terminal.key("Enter")
        terminal.wait("code-2")


if __name__ == "__main__":
    unittest.main()
