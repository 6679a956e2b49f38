"""Runs the blocks of a chapter of the guide as a reader would: in a folder with
ops/ and data/, beside a running server and the sample app.

In a block of ```console each line "$ …" is a command of bash; what follows is what
it answers, with "…" for anything within a line, and a line "…" for any number of
lines. Times, numbers with a fraction, ids, a port of 9150-9159 and a number that begins
a line may be others than those that are written. Words after `console`:
  exit=N    the last command ends with N instead of 0
  wait      the block is repeated until it answers so
  not-run="why"
A block of ```yaml file=NAME becomes that file of ops/, with `add` its end; the folder
must be sound then.
"""

import os
import re
import shutil
import subprocess
import tempfile

from tests.support.programs import free_port, free_ports
from tests.support.server import BINARY, ROOT, Server, wait_until

WAIT_SECONDS = 30
# What the guide writes, for readers who began with `make run`.
SERVER, SAMPLE, PORTS = "127.0.0.1:9140", "127.0.0.1:9141", "9150-9159"
INSTALLED = "/usr/bin/hinomi"
HAPROXY, SYSLOG = "/run/haproxy/admin.sock", "127.0.0.1:5140"


# What differs from run to run wherever it stands: times, measured numbers, ids, and which
# port of the range a replica has (another program may have had one when it started).
DIFFERS = re.compile(r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"
                     r"|(?P<number>(?<![\d.])\d+\.\d{2,}(?![\d.]))"
                     r"|(?P<port>\b915\d\b(?!-9159))"
                     r"|(?P<count>^\d+(?= {2,}))|(?P<id>\b[0-9a-f]{8,}\b)|(?P<blanks> {2,})"
                     r"|(?P<dots>…)")
ANY = {"time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", "number": r"[-+.e\d]+",
       "port": r"915\d", "count": r"\d+", "id": r"[0-9a-f]{8,}", "blanks": r" {2,}", "dots": r".*?"}


def pattern(expected):
    """A regular expression for a whole output."""
    out = ""
    for line in expected:
        if line.strip() == "…":
            out += r"(?:.*\n)*?"
            continue
        at = 0
        for match in DIFFERS.finditer(line.rstrip()):
            out += re.escape(line[at:match.start()]) + ANY[match.lastgroup]
            at = match.end()
        out += re.escape(line.rstrip()[at:]) + r" *\n"
    return re.compile(out)


class Mismatch(AssertionError):
    """A block does not do what the chapter says."""


class Reader:
    """Follows one chapter. Everything is gone when it closes."""

    def __init__(self, language="ja"):
        """The example speaks Japanese; `language` is what its reader has set."""
        self.folder = tempfile.mkdtemp(prefix="hinomi-guide-")
        self.sample, self.low, self.syslog = free_port(), free_ports(10), free_port()
        self.server = None
        shutil.copytree(os.path.join(ROOT, "ops"), os.path.join(self.folder, "ops"))
        for name in os.listdir(os.path.join(self.folder, "ops")):
            path = os.path.join(self.folder, "ops", name)
            if os.path.isfile(path):
                with open(path, encoding="utf-8") as f:
                    text = f.read()
                with open(path, "w", encoding="utf-8") as f:
                    f.write(self.here(text).replace("language: ja\n", f"language: {language}\n"))
        os.mkdir(os.path.join(self.folder, "bin"))
        os.symlink(os.path.abspath(BINARY), os.path.join(self.folder, "bin", "hinomi"))
        path = os.path.join(self.folder, "bin") + os.pathsep + os.environ["PATH"]
        self.environment = {"PATH": path, "HINOMI_URL": "", "HINOMI_TOKEN": "", "LANG": "C.UTF-8"}
        self.app = subprocess.Popen([BINARY, "sample-app", "--listen", f"127.0.0.1:{self.sample}"],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
        self.server = Server(os.path.join(self.folder, "ops"), os.path.join(self.folder, "data"),
                             environment=self.environment,
                             log_path=os.path.join(self.folder, "serve.log"))
        try:
            self.server.start()
        except BaseException:
            self.close()
            raise

    def names(self):
        """What the guide calls things, and what they are called in this run."""
        yield SAMPLE, f"127.0.0.1:{self.sample}"
        yield PORTS, f"{self.low}-{self.low + 9}"
        yield INSTALLED, os.path.abspath(BINARY)
        # A real HAProxy of this machine must not be touched.
        yield HAPROXY, os.path.join(self.folder, "haproxy.sock")
        yield SYSLOG, f"127.0.0.1:{self.syslog}"
        if self.server:
            yield SERVER, self.server.url.removeprefix("http://")

    def here(self, text):
        """The guide's names as they are in this run."""
        for name, ours in self.names():
            text = text.replace(name, ours)
        return text

    def there(self, text):
        """And back; a no-break space is a space."""
        text = text.replace("\u00a0", " ")
        for name, ours in self.names():
            text = text.replace(ours, name)
        for place in range(10):
            text = text.replace(str(self.low + place), str(9150 + place))
        return text

    def follow(self, page):
        """Every block of a chapter, in order; the number of commands that were run."""
        return sum(self.run(block) for block in page.blocks)

    def run(self, block):
        if "not-run" in block.words or block.language == "text":
            return 0
        if block.language == "yaml":
            return self.take(block)
        if "wait" not in block.words:
            return self.ask(block)
        seen = []

        def answered():
            try:
                self.ask(block)
                return True
            except Mismatch as mismatch:
                seen[:] = [mismatch]
                return False
        try:
            wait_until(answered, WAIT_SECONDS, "the block")
        except AssertionError:
            raise seen[0] from None
        return len(block.commands())

    def ask(self, block):
        commands = block.commands()
        for number, (command, expected) in enumerate(commands):
            done = subprocess.run(["bash", "-c", self.here(command)], cwd=self.folder, check=False,
                                  env=dict(os.environ, **self.environment), timeout=60,
                                  stdin=subprocess.DEVNULL, capture_output=True,
                                  encoding="utf-8", errors="replace")
            said = done.stdout + done.stderr
            code = int(block.words.get("exit", 0)) if number == len(commands) - 1 else 0
            if done.returncode != code:
                raise Mismatch(f"line {block.line}: $ {command}\nended with {done.returncode}, "
                               f"the chapter says {code}:\n{said}")
            output = self.there(said)
            if output and not output.endswith("\n"):
                output += "\n"
            if not pattern(expected).fullmatch(output):
                raise Mismatch(f"line {block.line}: $ {command}\nanswered:\n{output}\n"
                               "the chapter says:\n" + "\n".join(expected))
        return len(commands)

    def take(self, block):
        path = os.path.join(self.folder, "ops", block.words["file"])
        before = ""
        if "add" in block.words:
            with open(path, encoding="utf-8") as f:
                before = f.read()
        with open(path + ".new", "w", encoding="utf-8") as f:
            f.write(before + self.here("\n".join(block.lines) + "\n"))
        os.replace(path + ".new", path)
        done = subprocess.run([os.path.abspath(BINARY), "check", "ops"], cwd=self.folder, capture_output=True,
                              text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise Mismatch(f"line {block.line}: {block.words['file']} is not sound:\n"
                           f"{done.stdout}{done.stderr}")
        return 1

    def close(self):
        self.app.kill()
        self.app.wait()
        self.server.kill()
        self.server.end_replicas()
        self.server.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
