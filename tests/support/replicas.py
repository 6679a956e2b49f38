"""A server that runs replicas of the sample app behind a HAProxy."""

import datetime
import json
import os
import urllib.request

from tests.support.ops import replace, write_ops
from tests.support.server import BINARY, Server, wait_until


def make(task, **fault):
    """A sample app becomes so, e.g. make(task, healthy=False); without a fault well."""
    request = urllib.request.Request(f"http://127.0.0.1:{task['port']}/fault",
                                     json.dumps(fault).encode(),
                                     {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()


class Replicas:
    """The service `app`, its count changed in the ops folder."""

    def __init__(self, directory, haproxy, low, drain="20s", interval="500ms"):
        self.ops = write_ops(os.path.join(directory, "ops"))
        self.targets = os.path.join(self.ops, "targets.yml")
        with open(self.targets, encoding="utf-8") as f:
            self.without = f.read()
        self.data = os.path.join(directory, "data")
        self.server = Server(self.ops, self.data)
        self.service_text = f"""  app:
    cluster: test
    driver: process
    command: [{os.path.abspath(BINARY)}, sample-app, --listen, "127.0.0.1:${{PORT}}"]
    ports: {low}-{low + 15}
    desired_count: COUNT
    min_count: 1
    max_count: 8
    stop_timeout: 5s
    drain_timeout: {drain}
    health_check: {{type: http, path: /healthz, interval: {interval}}}
    load_balancer: {{driver: haproxy, socket: {haproxy.socket}, backend: app, interval: 1s}}
"""

    def declare(self, count):
        text = self.without
        if count is not None:
            text += self.service_text.replace("COUNT", str(count))
        replace(self.targets, text)

    def start(self, count):
        self.declare(count)
        self.server.start()

    def scale(self, count):
        self.declare(count)
        self.server.post("/-/reload", raw=True)

    def service(self):
        return [s for s in self.server.api("services")["services"] if s["name"] == "app"][0]

    def tasks(self, status):
        return [task for task in self.server.api("services/app/tasks")["tasks"]
                if task["last_status"] == status]

    def await_running(self, count, seconds=20):
        """So many RUNNING and well, and none that is on its way in or out."""
        def there():
            tasks = [task for task in self.server.api("services/app/tasks")["tasks"]
                     if task["last_status"] != "STOPPED"]
            return (len(tasks) == count and all(
                task["last_status"] == "RUNNING" and task["health"] == "HEALTHY"
                for task in tasks))
        wait_until(there, seconds, f"{count} replicas: {self.server.log()[-2000:]}")

    @staticmethod
    def seconds_to_stop(task):
        at = [datetime.datetime.fromisoformat(task[key].replace("Z", "+00:00"))
              for key in ("stopping_at", "stopped_at")]
        return (at[1] - at[0]).total_seconds()

    def close(self):
        """Nothing is left, also where a test failed."""
        self.server.kill()
        self.server.end_replicas()
        self.server.close()
