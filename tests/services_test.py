"""Replicas of a service: kept by the server, alive beyond it, found again by the next one."""

import os
import re
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request

from tests.support.ops import replace, write_ops
from tests.support.programs import free_ports
from tests.support.replicas import make
from tests.support.server import BINARY, Server, wait_until


def service(low, extra="", name="app"):
    """A service: two sample apps on ports from `low`."""
    return f"""  {name}:
    cluster: test
    driver: process
    command: [{os.path.abspath(BINARY)}, sample-app, --listen, "127.0.0.1:${{PORT}}"]
    ports: {low}-{low + 9}
    desired_count: 2
    stop_timeout: 5s
    health_check: {{type: http, path: /healthz, interval: 200ms}}
{extra}"""


class ServicesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="hinomi-services-")
        self.addCleanup(folder.cleanup)
        self.low = free_ports(21)
        self.ops = write_ops(os.path.join(folder.name, "ops"))
        self.targets = os.path.join(self.ops, "targets.yml")
        with open(self.targets, encoding="utf-8") as f:
            self.without = f.read()
        self.data = os.path.join(folder.name, "data")
        self.server = Server(self.ops, self.data)
        self.addCleanup(self.server.close)
        self.addCleanup(self.server.end_replicas)
        self.addCleanup(self.server.kill)

    def write_targets(self, text):
        replace(self.targets, text)

    def tasks(self, status="RUNNING"):
        return [task for task in self.server.api("services/app/tasks")["tasks"]
                if task["last_status"] == status]

    def healthy(self, count=2):
        def well():
            services = self.server.api("services")["services"]
            return services and services[0]["healthy"] == count
        wait_until(well, 20, f"{count} healthy replicas")

    def test_replicas_outlive_kill_dash_nine_and_are_found_again(self):
        self.write_targets(self.without + service(self.low))
        self.server.start()
        self.healthy()
        before = self.tasks()
        for task in before:
            with urllib.request.urlopen(f"http://127.0.0.1:{task['port']}/", timeout=5) as answer:
                self.assertEqual(answer.status, 200)
        processes = sorted(self.server.replicas())
        self.assertEqual(len(processes), 4)
        self.server.kill()
        self.assertEqual(sorted(self.server.replicas()), processes)
        self.server.start()
        self.healthy()
        after = self.tasks()
        self.assertEqual([(t["id"], t["port"], t["started_at"]) for t in after],
                         [(t["id"], t["port"], t["started_at"]) for t in before])
        self.assertEqual(sorted(self.server.replicas()), processes)

        _, out, _ = self.server.cli("service", "list", check=0)
        self.assertRegex(out, r"active +app +test +2 +2 +2 ")
        _, out, _ = self.server.cli("service", "tasks", "app", check=0)
        self.assertEqual(len(re.findall(r" RUNNING +HEALTHY ", out)), 2)
        _, out, _ = self.server.cli("service", "logs", "app", "--task", after[0]["id"], check=0)
        self.assertEqual(out,
                         f"The sample app answers on http://127.0.0.1:{after[0]['port']}\n")

        # A sick replica is replaced, and says why it was stopped.
        sick = after[0]
        make(sick, healthy=False)
        stopped = wait_until(lambda: self.tasks("STOPPED"), 20, "the sick replica to be stopped")[0]
        self.assertEqual(stopped["id"], sick["id"])
        self.assertEqual(stopped["stop_code"], "ServiceSchedulerInitiated")
        self.assertIn("answered HTTP 503", stopped["stopped_reason"])
        self.healthy()

        # Taken out of the folder, it ends whole.
        self.write_targets(self.without)
        self.server.post("/-/reload", raw=True)
        wait_until(lambda: not self.server.replicas(), 20, "the replicas to end")

    def service(self, name):
        return [s for s in self.server.api("services")["services"] if s["name"] == name][0]

    def test_each_bad_service_says_its_reason_and_disturbs_no_other(self):
        low = self.low
        bad = {
            # A program that ends at once and leaves a daemon behind.
            "away": ["command: [/bin/sh, -c, 'setsid sleep 1000 & exit 0']",
                     r"its process ended with exit code 0"],
            "sick": [f"command: [/bin/sleep, '1000']\n    ports: {low + 10}-{low + 12}\n"
                     "    health_check: {type: http, path: /, interval: 100ms, retries: 2}",
                     r"Task failed its health checks, 2 in a row: GET / on port \d+ failed: "],
            "taken": [f"command: [/bin/sleep, '1000']\n    ports: {low + 20}",
                      rf"no port of {low + 20}-{low + 20} is free on host local: 0 belong to "
                      "tasks, 1 are taken by other programs"],
        }
        text = self.without + service(low)
        for name, (keys, _) in bad.items():
            text += f"  {name}:\n    cluster: test\n    driver: process\n    {keys}\n" \
                    "    stop_timeout: 1s\n"
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", low + 20))
            taken.listen()
            self.write_targets(text)
            self.server.start()
            self.healthy()
            good = [task["id"] for task in self.tasks()]
            for name, (_, reason) in bad.items():
                wait_until(lambda n=name, r=reason: re.search(r, self.service(n)["reason"]), 20,
                           f"{name}: {reason}")
            # Bounded: three failures wait 1, 2 and 4 s; nothing of a daemon stays.
            time.sleep(4)
            for name in bad:
                tasks = self.server.api(f"services/{name}/tasks")["tasks"]
                self.assertLess(len(tasks), 6, name)
            self.assertLessEqual(len(self.server.replicas()), 6)
            self.assertEqual([task["id"] for task in self.tasks()], good)

    def test_limits_of_zero_are_found_when_the_folder_is_checked(self):
        for key in ("cpu: 0", "memory: 0", "open_files: 0", "max_count: 0", "ports: 0"):
            self.write_targets(self.without + service(self.low, f"    {key}\n").replace(
                f"    ports: {self.low}-{self.low + 9}\n" if key == "ports: 0" else "\0", ""))
            done = subprocess.run([BINARY, "check", self.ops], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 1, key)
            self.assertRegex(done.stdout + done.stderr,
                             rf"targets\.yml:\d+:\d+: .*{key.split(':')[0]}", key)

    def test_output_is_readable_across_kill_dash_nine(self):
        self.write_targets(self.without + f"""  app:
    cluster: test
    driver: process
    command: [/bin/sh, -c, 'i=0; while :; do echo line $i; i=$((i+1)); sleep 0.05; done']
""")
        self.server.start()

        def lines():
            code, out, _ = self.server.cli("service", "logs", "app", "--tail", "10000")
            return out.splitlines() if code == 0 else []
        wait_until(lambda: len(lines()) > 3, 20, "the first lines")
        self.server.kill()
        time.sleep(0.5)  # it goes on writing meanwhile
        self.server.start()
        seen = wait_until(lines, 20, "lines after the restart")
        self.assertGreater(len(seen), 10)
        self.assertEqual(seen, [f"line {i}" for i in range(len(seen))])

    def test_a_service_whose_program_is_missing_says_so(self):
        self.write_targets(self.without + service(self.low).replace(
            os.path.abspath(BINARY), "/nowhere/program"))
        self.server.start()

        def failing():
            return [s for s in self.server.api("services")["services"] if s["state"] == "failing"]
        found = wait_until(failing, 20, "the service to fail")[0]
        self.assertEqual(found["reason"], "CannotStartContainerError: cannot run "
                                          "/nowhere/program: No such file or directory")
        code, out, _ = self.server.cli("service", "list")
        self.assertEqual(code, 1)
        self.assertIn("/nowhere/program", out)
        _, _, error = self.server.cli("service", "tasks", "shop", check=1)
        self.assertIn("one needs a command in targets.yml", error)


if __name__ == "__main__":
    unittest.main()
