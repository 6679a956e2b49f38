"""Starts the real binary on loopback with its own data directory, and ends it."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.environ.get("HINOMI_BINARY", os.path.join(ROOT, "build", "release", "hinomi"))


class HttpAnswer(Exception):
    """An answer other than 2xx."""

    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body[:500]}")
        self.status = status
        self.body = body


def wait_until(condition, seconds=20.0, what="the condition"):
    """Polls until `condition()` is true and returns its value; fails loudly otherwise."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)


def processes(mark, below=None):
    """Processes with this variable in their environment: pid and command line. With
    `below` also those where its value goes on with that."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                variables = f.read().decode("utf-8", "replace").split("\0")
            if not any(one == mark or (below and one.startswith(mark + below))
                       for one in variables):
                continue
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                found.append((int(pid), f.read().replace(b"\0", b" ").decode()))
        except OSError:
            continue  # it ended meanwhile, or is not ours
    return found


class Server:
    """One `hinomi serve`. The data directory outlives kill() and start()."""

    def __init__(self, ops=None, data=None, arguments=(), environment=None, wrapper=(), root="",
                 log_path=None, listen="127.0.0.1:0"):
        """`wrapper`: a command that ends in exec of its arguments, before the binary's.
        `root`: where this process finds the file system that the server sees."""
        self.wrapper = list(wrapper)
        self.root = root
        self._temporary = None
        if data is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="hinomi-test-")
            data = os.path.join(self._temporary.name, "data")
        self.data = data
        self.ops = ops
        self.arguments = list(arguments)
        self.listen = listen
        # By this variable every process that comes of this server is known.
        self.mark = "HINOMI_TEST_RUN=" + uuid.uuid4().hex
        self.environment = dict(os.environ, **dict([self.mark.split("=")]), **(environment or {}))
        self.process = None
        self.url = None
        self.log_path = log_path or os.path.join(os.path.dirname(data.rstrip("/")), "serve.log")

    def start(self, wait=True):
        command = [*self.wrapper, os.path.abspath(BINARY), "serve", "--data", self.data,
                   "--listen", self.listen, *self.arguments]
        if self.ops:
            command += ["--ops", self.ops]
        address_file = self.root + os.path.join(self.data, "address")
        if os.path.exists(address_file):
            os.remove(address_file)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=self.environment,
                                            stdin=subprocess.DEVNULL)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"serve ended with {self.process.returncode}:\n{self.log()}")
            try:
                with open(self.root + os.path.join(self.data, "address"), encoding="utf-8") as f:
                    self.url = f.read().strip()
                with urllib.request.urlopen(self.url + "/readyz", timeout=5) as answer:
                    return answer.status == 200
            except (OSError, urllib.error.URLError):
                return False

        wait_until(ready, 30, "the server to be ready")

    def kill(self):
        """SIGKILL: no goodbye."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self):
        """SIGTERM and wait; the exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("serve did not end within 20 s of SIGTERM:\n" + self.log())
        return self.process.returncode

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()[-8000:]

    def token(self):
        with open(self.root + os.path.join(self.data, "admin-token"), encoding="utf-8") as f:
            return f.read().strip()

    def has_token(self):
        return os.path.exists(self.root + os.path.join(self.data, "admin-token"))

    def call(self, method, path, body=None, headers=None, raw=False, token=True):
        request = urllib.request.Request(self.url + path, method=method)
        if token and self.has_token():
            request.add_header("Authorization", "Bearer " + self.token())
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        for key, value in (headers or {}).items():
            request.remove_header(key.capitalize())
            request.add_header(key, value)
        try:
            with urllib.request.urlopen(request, data, timeout=30) as answer:
                content = answer.read()
        except urllib.error.HTTPError as error:
            raise HttpAnswer(error.code, error.read().decode("utf-8", "replace")) from None
        return content if raw else json.loads(content or b"{}")

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.call("POST", path, body if body is not None else {}, **options)

    def api(self, path):
        return self.get("/api/hinomi/v1/" + path)

    def metric(self, name, labels=""):
        """Value of one of Hinomi's own metrics, or None."""
        text = self.get("/metrics", raw=True).decode()
        match = re.search(r"^" + re.escape(name + labels) + r" (\S+)$", text, re.M)
        return float(match.group(1)) if match else None

    def cli(self, *arguments, check=None):
        """Runs the command line against this server; (exit code, stdout, stderr)."""
        environment = dict(self.environment, HINOMI_URL=self.url)
        if self.has_token():
            environment["HINOMI_TOKEN"] = self.token()
        done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60,
                              env=environment, stdin=subprocess.DEVNULL, check=False)
        if check is not None and done.returncode != check:
            raise AssertionError(f"{arguments} gave {done.returncode}: {done.stdout}{done.stderr}")
        return done.returncode, done.stdout, done.stderr

    def leftovers(self):
        """Processes that this server left behind: pid and command line."""
        return processes(self.mark)

    def replicas(self):
        """The replicas of its services and their shims, which outlive it: pids."""
        return [pid for pid, _ in processes("HINOMI_RUN=" + os.path.realpath(self.data), "/")]

    def end_replicas(self):
        """Also where a test failed: nothing is left. The server must be dead, or there
        would be new ones."""
        for pid in self.replicas():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def close(self):
        self.kill()
        wait_until(lambda: not self.leftovers(), 5, f"nothing to be left: {self.leftovers()}")
        if self._temporary:
            self._temporary.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
