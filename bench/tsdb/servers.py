"""The servers that are compared: how each is started, brought to rest and measured."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse

from bench.tsdb import peers, process

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What Hinomi's own metrics take in its log in some minutes, at most.
OWN_METRICS_BYTES = 1 << 16
HINOMI = os.path.abspath(os.environ.get("HINOMI_BINARY",
                                         ROOT / "build" / "release" / "hinomi"))


class Server:
    """One server on loopback with a data directory of its own; ended by close()."""

    name = ""
    ready_path = "/-/ready"
    query_options = {}
    # Files in the data directory that are not time series.
    not_data = ()
    takes_rules = True

    def __init__(self, work, scrape=None, rules=None):
        """`scrape`: the port of tsdb_load serve, all of whose targets are scraped at 1 s.
        `rules`: the text of a rule file of Prometheus."""
        self.folder = os.path.join(work, self.name)
        self.data = os.path.join(self.folder, "data")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.data)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.address = "127.0.0.1:%d" % probe.getsockname()[1]
        self.process = None
        self.started = 0.0
        self.arguments = self.command(scrape, rules)
        try:
            self.start()
        except BaseException:
            self.close()  # Nobody else could: there is no object yet.
            raise

    def command(self, scrape, rules):
        raise NotImplementedError

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    @property
    def pid(self):
        return self.process.pid

    def start(self, wait=True):
        self.started = time.monotonic()
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(self.arguments, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, cwd=self.folder)
        if wait:
            self.await_ready()

    def await_ready(self, seconds=300):
        end = time.monotonic() + seconds
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name} did not get ready:\n{self.log()}")
            time.sleep(0.005)

    def is_ready(self):
        try:
            return self.call("GET", self.ready_path)[0] == 200
        except OSError:
            return False

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as f:
            return f.read()[-3000:]

    def call(self, method, path, body=None):
        """(status, answer)"""
        connection = http.client.HTTPConnection(self.address, timeout=600)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def query(self, expression, at_s):
        """The result of an instant query; raises QueryFailed for another answer than 200."""
        form = urllib.parse.urlencode({"query": expression, "time": f"{at_s:.3f}",
                                       **self.query_options})
        connection = http.client.HTTPConnection(self.address, timeout=600)
        try:
            connection.request("POST", "/api/v1/query", form,
                               {"Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise QueryFailed(f"{self.name}: {answer.status} {content[:300]!r} to "
                              f"{expression[:200]}")
        return json.loads(content)["data"]["result"]

    def make_visible(self):
        """Brings what was acknowledged where queries find it, if acknowledging does not."""

    def settle(self, limit_s):
        """Waits until what only time brings to its final form is there: `limit_s` at most,
        not at all if that is 0."""

    def finish_files(self):
        """Starts what brings the files to their final form."""

    def disk_bytes(self):
        return process.directory_bytes(self.data, self.not_data)

    def await_idle(self, calm_s=3.0, limit_s=600.0):
        """Waits until for `calm_s` hardly any processor time was used and the files kept
        their size. A server that does not come to rest would have figures that mean
        nothing: raises RuntimeError."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            cpu, size = process.cpu_seconds(self.pid), self.disk_bytes()
            time.sleep(calm_s)
            busy = (process.cpu_seconds(self.pid) - cpu) / calm_s
            if busy < 0.05 and abs(self.disk_bytes() - size) <= size / 1000:
                return
        raise RuntimeError(f"{self.name} is still at work {limit_s:g} s after its load:\n"
                           f"{self.log()}")

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process:
            self.process.wait()

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class QueryFailed(Exception):
    """An answer that is none."""


class Hinomi(Server):
    name = "hinomi"
    ready_path = "/readyz"
    # The operations journal, and what is kept free for it.
    not_data = ("hinomi.db", "reserve")

    @classmethod
    def version(cls):
        if not os.access(HINOMI, os.X_OK):
            raise RuntimeError(f"{HINOMI} is not there; cmake --preset release && cmake --build "
                               "--preset release makes it, or HINOMI_BINARY names another")
        done = subprocess.run([HINOMI, "--version"], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def command(self, scrape, rules):
        # The machine's own metrics would be samples that nobody sent. A path of its own is
        # a job of its own.
        targets = "host_collector: false\n"
        if scrape:
            targets += "scrape:\n" + "".join(
                f"  - job: node{n}\n    path: /t/{n}/metrics\n    targets: ['127.0.0.1:{scrape}']\n"
                f"    interval: 1s\n    timeout: 1s\n    labels: {{instance: host{n}}}\n"
                for n in range(100))
        self.write("ops/targets.yml", targets)
        if rules:
            self.write("ops/rules.yml", rules)
            self.write("ops/hinomi.yml", "rule_files: [rules.yml]\n")
        return [HINOMI, "serve", "--data", self.data, "--listen", self.address, "--no-auth",
                "--ops", os.path.join(self.folder, "ops")]

    def settle(self, limit_s):
        """It takes silent senders for gone after a minute or so, and moves the rest of its
        log and of its flush files to blocks; its own metrics go on coming."""
        end = time.monotonic() + limit_s
        while limit_s > 0 and self._unsettled_bytes() > OWN_METRICS_BYTES:
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name} has not moved all to blocks {limit_s:g} s "
                                   f"after its load:\n{self.log()}")
            time.sleep(1)

    def _unsettled_bytes(self):
        """Of files with samples that may be in no block."""
        return process.directory_bytes(self.data, only=("samples-", "flush-"))


def _scrape_configuration(port):
    text = "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
    if port:
        text += "scrape_configs:\n- job_name: node\n  static_configs:\n" + "".join(
            f"  - {{targets: ['127.0.0.1:{port}'], labels: {{__metrics_path__: /t/{n}/metrics, "
            f"instance: host{n}}}}}\n" for n in range(100))
    return text


class Prometheus(Server):
    name = "prometheus"

    @classmethod
    def version(cls):
        return peers.find("prometheus")[1]

    def command(self, scrape, rules):
        text = _scrape_configuration(scrape)
        if rules:
            text += f"rule_files: ['{self.write('rules.yml', rules)}']\n"
        configuration = self.write("prometheus.yml", text)
        return [peers.find("prometheus")[0], "--config.file=" + configuration,
                "--storage.tsdb.path=" + self.data, "--web.listen-address=" + self.address,
                "--web.enable-remote-write-receiver", "--web.enable-admin-api",
                "--storage.tsdb.retention.time=60d", "--log.level=warn"]

    def finish_files(self):
        self.call("POST", "/api/v1/admin/tsdb/snapshot")

    def disk_bytes(self):
        """The snapshot, once there is one: blocks with the head among them, and no log."""
        snapshots = os.path.join(self.data, "snapshots")
        return process.directory_bytes(snapshots if os.path.isdir(snapshots) else self.data)


class VictoriaMetrics(Server):
    name = "victoria-metrics"
    ready_path = "/health"
    query_options = {"nocache": "1"}
    takes_rules = False

    @classmethod
    def version(cls):
        return peers.find("victoria-metrics")[1]

    def command(self, scrape, rules):
        arguments = [peers.find("victoria-metrics")[0], "-storageDataPath=" + self.data,
                     "-httpListenAddr=" + self.address, "-retentionPeriod=12",
                     "-loggerLevel=WARN"]
        if scrape:
            configuration = self.write("scrape.yml", _scrape_configuration(scrape))
            arguments.append("-promscrape.config=" + configuration)
        return arguments

    def make_visible(self):
        self.call("GET", "/internal/force_flush")

    def finish_files(self):
        self.call("GET", "/internal/force_flush")
        self.call("GET", "/internal/force_merge")


ALL = {kind.name: kind for kind in (Hinomi, VictoriaMetrics, Prometheus)}
