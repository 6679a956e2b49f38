"""The real HAProxy with one backend, `app`, whose servers come over its runtime socket."""

import csv
import io
import os
import shutil
import signal
import socket
import subprocess

from tests.support.programs import Program, free_port
from tests.support.server import wait_until

BINARY = shutil.which("haproxy", path="/usr/sbin:/usr/bin:/sbin:/bin")


class Haproxy(Program):
    """A frontend on `port`; without retries, so that each failure is seen. `log`: where
    a line of each request goes, e.g. 127.0.0.1:5140."""

    def __init__(self, static_servers=(), log=None):
        super().__init__("haproxy")
        self.port = free_port()
        self.socket = os.path.join(self.directory, "runtime.sock")
        logging = f"  log {log} local0\n" if log else ""
        httplog = "  log global\n  option httplog\n" if log else ""
        servers = "".join(f"  server {line}\n" for line in static_servers)
        self.config = self.write("haproxy.cfg", f"""global
  stats socket {self.socket} mode 666 level admin expose-fd listeners
  maxconn 1000
{logging}defaults
  mode http
{httplog}  timeout connect 2s
  timeout client 60s
  timeout server 60s
  retries 0
frontend web
  bind 127.0.0.1:{self.port}
  default_backend app
backend app
  balance roundrobin
  option httpchk
  http-check send meth GET uri /healthz ver HTTP/1.1 hdr Host localhost
{servers}""")
        self.old = []

    def start(self):
        self.launch(BINARY, "-db", "-f", self.config)
        self.await_process()
        return self

    def await_process(self):
        wait_until(lambda: f"Pid: {self.process.pid}\n" in self.ask("show info"), 10,
                   f"HAProxy: {self.log()}")

    def reload(self):
        """Another process takes over; the old one ends what it has."""
        before = self.process
        self.launch(BINARY, "-db", "-f", self.config, "-x", self.socket, "-sf", str(before.pid))
        self.old.append(before)
        self.await_process()

    def kill(self):
        self.stop(signal.SIGKILL)

    def close(self):
        for process in self.old:
            process.kill()
            process.wait()
        super().close()

    def ask(self, command):
        """What the runtime socket answers; "" while nobody does."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(self.socket)
                connection.sendall(command.encode() + b"\n")
                answer = b""
                while piece := connection.recv(65536):
                    answer += piece
                return answer.decode()
        except OSError:
            return ""

    def servers(self):
        """The servers of `app`: name to its row of `show stat`."""
        text = self.ask("show stat").lstrip("# ")
        return {row["svname"]: row for row in csv.DictReader(io.StringIO(text))
                if row["pxname"] == "app" and row["svname"] != "BACKEND"}

    def serving(self):
        """Names of the servers that get requests, as HAProxy sees it."""
        return sorted(name for name, row in self.servers().items()
                      if row["status"].startswith("UP") or row["status"] == "no check")


def installed():
    return BINARY is not None and subprocess.run([BINARY, "-v"], capture_output=True,
                                                 check=False).returncode == 0
