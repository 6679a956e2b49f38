"""A real terminal of a test's own: tmux, without a person before it."""

import os
import shlex
import shutil
import subprocess
import tempfile

from tests.support.server import wait_until

TMUX = shutil.which("tmux")


class Terminal:
    """A shell in a terminal of so many columns and rows. Its words are what a person sees."""

    def __init__(self, columns=80, rows=24, environment=None):
        self._folder = tempfile.TemporaryDirectory(prefix="hinomi-terminal-")
        self._socket = os.path.join(self._folder.name, "tmux")
        self.environment = {"PATH": os.environ["PATH"], "HOME": self._folder.name,
                            "LC_ALL": "C.UTF-8", **(environment or {})}
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                  "env PS1='$ ' PS2='' bash --norc --noprofile")
        wait_until(lambda: self.text().strip() == "$", 10, "the shell's prompt")

    def tmux(self, *arguments):
        done = subprocess.run([TMUX, "-u", "-S", self._socket, *arguments], capture_output=True,
                              text=True, env=self.environment, timeout=30, check=False)
        if done.returncode != 0:
            raise AssertionError(f"tmux {arguments}: {done.stderr}")
        return done.stdout

    def text(self):
        screen = self.tmux("capture-pane", "-p", "-J")
        return "\n".join(line.rstrip() for line in screen.split("\n"))

    def state(self, name):
        """A format of tmux: alternate_on, cursor_flag, pane_width…"""
        return self.tmux("display-message", "-p", "#{" + name + "}").strip()

    def run(self, *command):
        """Types a command line; does not wait for its end."""
        self.type(shlex.join(command))
        self.key("Enter")

    def type(self, text):
        self.tmux("send-keys", "-l", "--", text)

    def key(self, *names):
        self.tmux("send-keys", *names)

    def paste(self, text):
        self.tmux("set-buffer", "--", text)
        self.tmux("paste-buffer", "-p")

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def settings(self):
        """What the terminal's line does with bytes, as stty says."""
        return subprocess.run(["stty", "-a", "-F", self.state("pane_tty")], capture_output=True,
                              text=True, check=True).stdout.split(";", 3)[3]

    def wait(self, *words, seconds=20):
        """Until all of the words are seen, over line ends too; what is seen then."""
        def seen():
            text = self.text()
            in_one = " ".join(text.split())
            return text if all(word in text or word in in_one for word in words) else None
        try:
            return wait_until(seen, seconds, repr(words))
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows:\n{self.text()}") from None

    def wait_gone(self, word, seconds=20):
        try:
            wait_until(lambda: word not in self.text(), seconds, f"{word!r} to go")
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows:\n{self.text()}") from None

    def close(self):
        self.tmux("kill-server")
        self._folder.cleanup()
