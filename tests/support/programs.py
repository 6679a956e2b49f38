"""Other people's programs on own ports, in a directory of their own, without root."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile


def free_port():
    """One, as free_ports says."""
    return free_ports(1)


def free_ports(count):
    """The first of `count` ports in a row that nobody has, from below those that the
    kernel hands out to connections (ip_local_port_range), so that none is taken while
    the test goes on."""
    for _ in range(1000):
        low = random.randrange(10000, 32768 - count)
        try:
            for port in range(low, low + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return low
    raise AssertionError(f"no {count} free ports in a row")


class Program:
    """One program in a temporary directory that it owns; ends with close()."""

    def __init__(self, name):
        self.directory = tempfile.mkdtemp(prefix=f"hinomi-{name}-")
        self.log_path = os.path.join(self.directory, "log")
        self.process = None
        self._user = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.directory, nobody.pw_uid, nobody.pw_gid)
            self._user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def _options(self):
        return {"cwd": self.directory, "stdin": subprocess.DEVNULL, **self._user,
                "env": {"HOME": self.directory, "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}}

    def write(self, name, text):
        """A file that the program may read; its path."""
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def run(self, *command):
        """A command beside it, to its end; standard output. Fails loudly."""
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60,
                              **{**self._options(), "stdin": subprocess.DEVNULL})
        if done.returncode != 0:
            raise AssertionError(f"{command[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def launch(self, *command):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **self._options())
        return self

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()[-4000:]

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
