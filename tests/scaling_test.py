"""An alarm scales a real service out and in again; a person does; the journal says why."""

import os
import subprocess
import tempfile
import time
import unittest

from tests.support import remote_write
from tests.support.ops import write_ops
from tests.support.programs import free_ports
from tests.support.server import BINARY, Server, wait_until

ALARM = """  - name: HighLoad
    metric: load_percent
    threshold: 80
    period: 10s
    statistic: Maximum
    evaluationPeriods: 1
    dimensions: {ServiceName: app}
    action: scale-up
"""


class ScalingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="hinomi-scaling-")
        self.addCleanup(folder.cleanup)
        low = free_ports(10)
        self.ops = write_ops(os.path.join(folder.name, "ops"), extra_alarms=ALARM)
        with open(os.path.join(self.ops, "routes.yml"), "a", encoding="utf-8") as f:
            f.write("  scale-up:\n    severity: info\n    scale: up\n")
        with open(os.path.join(self.ops, "targets.yml"), "a", encoding="utf-8") as f:
            f.write(f"""  app:
    cluster: test
    driver: process
    command: [{os.path.abspath(BINARY)}, sample-app, --listen, "127.0.0.1:${{PORT}}"]
    ports: {low}-{low + 9}
    desired_count: 2
    max_count: 4
    stop_timeout: 5s
    drain_timeout: 0s
    health_check: {{type: http, path: /healthz, interval: 200ms}}
    scaling: {{cooldown_out: 2s, cooldown_in: 2s, scale_in_after: 2s}}
""")
        self.server = Server(self.ops, os.path.join(folder.name, "data"))
        self.addCleanup(self.server.close)
        self.addCleanup(self.server.end_replicas)
        self.addCleanup(self.server.kill)
        self.server.start()

    def service(self):
        """As the runtime has it; before it is begun there is none."""
        services = self.server.api("services")["services"]
        return services[0] if services else {"desired": None, "healthy": None}

    def healthy(self, count, load=None, seconds=30):
        """Until so many replicas are wanted and healthy, under a load."""
        def well():
            if load is not None:
                now = int(time.time() * 1000)
                remote_write.send(self.server, [
                    ({"__name__": "load_percent", "ServiceName": "app"}, [(now, load)])])
            service = self.service()
            return service["desired"] == count and service["healthy"] == count
        wait_until(well, seconds, f"{count} healthy replicas")

    def hinomi(self, *words):
        environment = dict(os.environ, HINOMI_URL=self.server.url,
                           HINOMI_TOKEN=self.server.token())
        return subprocess.run([os.path.abspath(BINARY), *words], env=environment, timeout=60,
                              capture_output=True, text=True, check=False)

    def scalings(self):
        entries = self.server.api("journal?subject=service:app&limit=500")["entries"]
        return [entry["summary"] for entry in reversed(entries)
                if entry["type"] == "service.scaled"]

    def test_an_alarm_scales_out_to_the_maximum_and_in_again(self):
        self.healthy(2)
        self.healthy(4, load=95)
        explained = self.hinomi("explain", "HighLoad", "--lang", "en").stdout
        self.assertIn("HighLoad has been ALARM since", explained)
        # Its newest decision: the last step, or that there is no room for another.
        self.assertRegex(explained, "SC-2 took app from 3 to 4 replicas|app stays at 4 replicas")
        explained = self.hinomi("explain", "SC-2", "--lang", "en").stdout
        self.assertIn("SC-2: app was scaled from 3 to 4 replicas", explained)
        self.healthy(2, load=10, seconds=60)
        wait_until(lambda: len(self.scalings()) == 4, 5, "four scalings")
        for found, expected in zip(self.scalings(), [
                "SC-1: app goes from 2 to 3 replicas: HighLoad asks for it",
                "SC-2: app goes from 3 to 4 replicas: HighLoad asks for it",
                "SC-3: app goes from 4 to 3 replicas: HighLoad has been OK for long enough",
                "SC-4: app goes from 3 to 2 replicas: HighLoad has been OK for long enough"]):
            self.assertTrue(found.startswith(expected), found)

    def test_a_person_scales_within_the_bounds(self):
        self.healthy(2)
        refused = self.hinomi("service", "scale", "app", "5")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("app can have 1 to 4 replicas", refused.stderr)
        planned = self.hinomi("service", "scale", "app", "3", "--dry-run")
        self.assertEqual(planned.returncode, 0)
        self.assertIn("Would scale app: 2 → 3 replicas", planned.stdout)
        self.assertEqual(self.service()["desired"], 2)
        done = self.hinomi("service", "scale", "app", "3")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.healthy(3)
        # It stays so beyond a restart.
        self.server.stop()
        self.server.start()
        self.healthy(3)
        self.assertIn("asked for it; the runtime took it at",
                      self.hinomi("explain", "SC-1", "--lang", "en").stdout)


if __name__ == "__main__":
    unittest.main()
