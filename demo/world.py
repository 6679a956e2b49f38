"""What the demo stands on: real services on free ports, in temporary directories."""

import os
import re
import shutil
import socket
import tempfile

from tests.support.haproxy import Haproxy
from tests.support.ops import replace
from tests.support.postgres import Postgres
from tests.support.programs import Program, free_port, free_ports
from tests.support.receivers import PagerDutyReceiver, SlackReceiver, SmtpReceiver
from tests.support.server import BINARY, ROOT, Server, wait_until

ROUTING_KEY = "DEM0" + "0123456789abcdefghijklmnop12"
REPLICAS = 3
MOST_REPLICAS = 6
MEMORY_MIB = 96  # Reserved for a replica; HighMemoryUtilization is in percent of it.
CPU_UNITS = 128  # An eighth of a core: burning it is felt by the rule, not by the machine.


def takes_connections(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Knot(Program):
    """The authoritative server of example.com."""

    def __init__(self):
        super().__init__("knot")
        self.port = free_port()
        self.write("example.com.zone", """\
$ORIGIN example.com.
@ 3600 SOA ns hostmaster 1 900 300 604800 300
@ 3600 NS ns
ns 3600 A 127.0.0.1
www 60 A 192.0.2.80
""")
        self.config = self.write("knot.conf", f"""\
server:
  listen: 127.0.0.1@{self.port}
  rundir: {self.directory}
database:
  storage: {self.directory}/db
zone:
  - domain: example.com
    file: {self.directory}/example.com.zone
""")

    def start(self):
        self.launch("/usr/sbin/knotd", "-c", self.config)
        wait_until(lambda: takes_connections(self.port), 15, "Knot")


class World:
    """Everything of one demo. Closed whole, whatever happens."""

    def __init__(self, quick, listen="127.0.0.1:0"):
        self.quick = quick
        self.period = 10 if quick else 60  # Seconds, of the document's rules.
        self.parts = []
        self.directory = tempfile.mkdtemp(prefix="hinomi-demo-")
        try:
            self.pagerduty = self.own(PagerDutyReceiver(ROUTING_KEY))
            self.slack = self.own(SlackReceiver(burst=20, per_second=5.0))
            self.mail = self.own(SmtpReceiver())
            self.database = self.own(Postgres())
            self.database.create("hinomi")
            self.knot = self.own(Knot())
            self.knot.start()
            log_port = free_port()
            self.haproxy = self.own(Haproxy(log=f"127.0.0.1:{log_port}"))
            self.haproxy.start()
            self.ops = self.write_ops(log_port)
            self.server = Server(
                self.ops, os.path.join(self.directory, "data"),
                arguments=["--act-at-once"], listen=listen,
                environment={"PAGERDUTY_ROUTING_KEY": ROUTING_KEY,
                             "SLACK_WEBHOOK_URL": self.slack.hook,
                             "HINOMI_SMTP_SERVER": f"127.0.0.1:{self.mail.port}"})
            self.server.start()
        except BaseException:
            self.close()
            raise

    def own(self, part):
        self.parts.append(part)
        return part

    def close(self):
        """Ends the replicas with the service, then everything else."""
        if getattr(self, "server", None) and self.server.process:
            if self.server.url:
                self.end_replicas()
            self.server.stop()
            self.server.close()
        for part in reversed(self.parts):
            part.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def end_replicas(self):
        path = os.path.join(self.ops, "targets.yml")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        replace(path, text[:text.index("services:")])
        try:
            self.server.post("/-/reload", raw=True)
            wait_until(lambda: not self.server.replicas(), 40, "the replicas to end")
        except (AssertionError, OSError):
            self.server.kill()
            self.server.end_replicas()

    # --- the folder ---------------------------------------------------------

    def write_ops(self, log_port):
        """The document's own folder, with this world's places in it; in the quick mode
        with periods of 10 s instead of 60."""
        ops = os.path.join(self.directory, "ops")
        shutil.copytree(os.path.join(ROOT, "ops"), ops)
        replace(os.path.join(ops, "targets.yml"), self.targets(log_port))
        self.change(ops, "contacts.yml", r"(    routing_key: .*\n)",
                    rf"\1    url: {self.pagerduty.url}\n")
        self.change(ops, "contacts.yml", r"(    type: smtp\n)", r"\1    tls: none\n")
        self.change(ops, "hinomi.yml", r"language: \w+", "language: en")
        if self.quick:
            self.change(ops, "alarms.yml", r"(    metric: \w+\n)",
                        rf"\1    period: {self.period}s\n")
        with open(os.path.join(ops, "alarms.yml"), encoding="utf-8") as f:
            self.alarms = f.read()
        replace(os.path.join(ops, "alarms.yml"), "alarms: []\n")
        os.rename(os.path.join(ops, "runbooks"), ops + "-runbooks")  # They name alarms.
        return ops

    def arm(self):
        """From here on the document's alarms stand: while everything was started there
        was rightly no healthy host."""
        os.rename(self.ops + "-runbooks", os.path.join(self.ops, "runbooks"))
        replace(os.path.join(self.ops, "alarms.yml"), self.alarms)
        self.server.post("/-/reload", raw=True)

    @staticmethod
    def change(ops, name, pattern, to):
        """Every place of a file that looks so."""
        path = os.path.join(ops, name)
        with open(path, encoding="utf-8") as f:
            changed, count = re.subn(pattern, to, f.read())
        if not count:
            raise AssertionError(f"{name} has no {pattern!r} any more")
        replace(path, changed)

    def targets(self, log_port):
        low = free_ports(2 * MOST_REPLICAS + 1)
        cooldown, recover = ("5s", "15s") if self.quick else ("3m", "5m")
        return f"""\
host_collector: true

probes:
  database:
    type: postgres
    target: "127.0.0.1:{self.database.port}"
    user: hinomi
    interval: 5s
    timeout: 2s
  zone:
    type: dns
    target: "127.0.0.1:{self.knot.port}"
    query_name: www.example.com
    expected_answers: [192.0.2.80]
    interval: 5s
    timeout: 2s

resources:
  production-db:
    kind: database
    driver: postgres
    settings:
      port: {self.database.port}
  Z123456:
    kind: zone
    driver: rfc2136

services:
  app:
    cluster: production
    driver: process
    command: [{os.path.abspath(BINARY)}, sample-app, --listen, "127.0.0.1:${{PORT}}",
              --needs, "127.0.0.1:{self.database.port}"]
    ports: {low}-{low + 2 * MOST_REPLICAS}
    desired_count: {REPLICAS}
    min_count: {REPLICAS}
    max_count: {MOST_REPLICAS}
    cpu: {CPU_UNITS}
    memory: {MEMORY_MIB}
    stop_timeout: 5s
    drain_timeout: 10s
    health_check: {{type: http, path: /healthz, interval: 500ms, timeout: 2s}}
    scaling:
      cooldown_out: {cooldown}
      cooldown_in: {cooldown}
      scale_in_after: {recover}
    load_balancer:
      driver: haproxy
      socket: {self.haproxy.socket}
      backend: app
      log: 127.0.0.1:{log_port}
      interval: 1s
"""
