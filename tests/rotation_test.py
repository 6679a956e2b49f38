"""Replicas and the servers of a real HAProxy: nothing fails while they come and go."""

import os
import tempfile
import time
import unittest
import urllib.request

from tests.support import haproxy
from tests.support.load import Load
from tests.support.programs import free_ports
from tests.support.replicas import Replicas, make
from tests.support.server import wait_until


@unittest.skipUnless(haproxy.installed(), "haproxy is not installed")
class RotationTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="hinomi-rotation-")
        self.addCleanup(folder.cleanup)
        self.haproxy = haproxy.Haproxy()
        self.addCleanup(self.haproxy.close)
        self.haproxy.start()
        self.replicas = Replicas(folder.name, self.haproxy, free_ports(16))
        self.addCleanup(self.replicas.close)
        self.server = self.replicas.server
        self.replicas.start(2)

    def names(self):
        return sorted("app-" + task["id"] for task in self.replicas.tasks("RUNNING"))

    def await_serving(self, count, seconds=20):
        self.replicas.await_running(count, seconds)
        self.assertEqual(self.haproxy.serving(), self.names())

    def test_nothing_fails_while_replicas_come_and_go(self):
        self.await_serving(2)
        load = Load(self.haproxy.port, rate=400)
        time.sleep(1)
        self.replicas.scale(4)
        self.await_serving(4)
        load.begin_slow(16, 5)
        time.sleep(1)
        self.replicas.scale(1)
        self.replicas.await_running(1, 40)
        stopped = self.replicas.tasks("STOPPED")
        self.assertEqual(len(stopped), 3)
        self.assertEqual(list(self.haproxy.servers()), self.names())
        load.stop()
        self.assertEqual(load.failures, [])
        self.assertEqual(load.slow_answered, 16)
        self.assertGreater(load.answered, 2)
        # Each had requests of 5 s in flight, and ended after them and not before.
        for task in stopped:
            self.assertGreater(self.replicas.seconds_to_stop(task), 3, task)
            self.assertEqual(task["stop_code"], "ServiceSchedulerInitiated")
            self.assertEqual(task["exit_code"], 0, task)

    def test_kill_dash_nine_at_any_moment_is_put_right(self):
        self.await_serving(2)
        load = Load(self.haproxy.port, rate=100)
        for count, pause in ((4, 0.0), (2, 0.0), (4, 0.15), (2, 0.15), (4, 0.4), (2, 0.4),
                             (4, 0.8), (2, 0.8)):
            load.begin_slow(4, 2)
            self.replicas.scale(count)
            time.sleep(pause)
            self.server.kill()
            self.server.start()
        self.await_serving(2)
        wait_until(lambda: sorted(self.haproxy.servers()) == self.names(), 10,
                   "no server of a task that is gone")
        load.stop()
        self.assertEqual(load.failures, [])
        self.assertEqual(load.slow_answered, 32)
        self.assertEqual(len(self.server.replicas()), 4)

    def test_a_reload_and_a_restart_of_haproxy_bring_the_servers_back(self):
        self.await_serving(2)
        names = self.names()
        self.haproxy.reload()
        wait_until(lambda: self.haproxy.serving() == names, 5, "the servers after a reload")
        self.haproxy.kill()

        def unreachable():
            balancer = self.replicas.service()["balancer"]
            return balancer["state"] == "unreachable" and "is HAProxy running" in balancer["reason"]
        wait_until(unreachable, 5, "HAProxy to be missed")
        code, out, _ = self.server.cli("service", "list")
        self.assertEqual(code, 1)
        self.assertIn("is HAProxy running", out)
        # The tasks go on.
        for task in self.replicas.tasks("RUNNING"):
            with urllib.request.urlopen(f"http://127.0.0.1:{task['port']}/", timeout=5) as answer:
                self.assertEqual(answer.status, 200)
        # One that comes now waits, and says for what.
        self.replicas.scale(3)
        wait_until(lambda: len(self.replicas.tasks("ACTIVATING")) == 1, 10, "a task that waits")
        wait_until(lambda: any("waiting for its balancer" in event["message"]
                               for event in self.replicas.service()["events"]), 10, "the reason")
        self.haproxy.start()
        self.await_serving(3)
        self.assertTrue(set(names) < set(self.names()))
        wait_until(lambda: self.replicas.service()["balancer"] ==
                   {"state": "in_step", "servers": 3, "reason": ""}, 10, "all to be well")

    def test_a_service_that_ends_leaves_haproxy_as_it_was(self):
        self.await_serving(2)
        self.assertEqual(self.haproxy.ask(
            "add server app/by-hand 127.0.0.1:1 weight 1").strip(), "New server registered.")
        with Load(self.haproxy.port, rate=100) as load:
            load.begin_slow(4, 2)
            time.sleep(0.5)
            self.replicas.scale(None)
            wait_until(lambda: not self.server.replicas(), 20, "the replicas to end")
        self.assertEqual(list(self.haproxy.servers()), ["by-hand"])
        self.assertEqual(load.slow_answered, 4)

    def test_a_sick_replica_is_out_of_rotation_within_two_seconds_and_replaced(self):
        self.await_serving(2)
        sick = self.replicas.tasks("RUNNING")[0]
        name = "app-" + sick["id"]
        begun = time.monotonic()
        make(sick, healthy=False)
        wait_until(lambda: name not in self.haproxy.serving(), 10, "it to be seen")
        self.assertLess(time.monotonic() - begun, 2.0)
        wait_until(lambda: name not in self.haproxy.servers(), 10, "it to be gone")
        self.await_serving(2)


if __name__ == "__main__":
    unittest.main()
