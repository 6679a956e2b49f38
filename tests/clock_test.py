"""The wall clock jumps under a running server: nothing waits for it, nothing is lost.

The server's clock is moved by libfaketime (Debian's package faketime); its monotonic
clock stays what it is, as on a real machine."""

import glob
import os
import tempfile
import time
import unittest

from tests.support import remote_write
from tests.support.ops import write_ops
from tests.support.receivers import WebhookReceiver
from tests.support.server import Server, wait_until

LIBRARY = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
HOUR = 3600


class ClockTest(unittest.TestCase):
    def setUp(self):
        self.assertTrue(LIBRARY, "Debian's package faketime is installed")
        self.webhook = WebhookReceiver()
        self.addCleanup(self.webhook.close)
        folder = tempfile.TemporaryDirectory(prefix="hinomi-clock-")
        self.addCleanup(folder.cleanup)
        self.offset_file = os.path.join(folder.name, "offset")
        self.set_clock(0)
        ops = write_ops(os.path.join(folder.name, "ops"), webhook=self.webhook.url, level2="30s")
        self.server = Server(ops, os.path.join(folder.name, "data"), environment={
            "LD_PRELOAD": LIBRARY[0], "FAKETIME_TIMESTAMP_FILE": self.offset_file,
            "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1"})
        self.addCleanup(self.server.close)

    def set_clock(self, offset):
        """Puts the server's wall clock `offset` seconds beside ours."""
        self.offset = offset
        with open(self.offset_file + ".new", "w", encoding="ascii") as f:
            f.write(f"{offset:+d}\n")
        os.replace(self.offset_file + ".new", self.offset_file)

    def send(self, value):
        at_ms = int((time.time() + self.offset) * 1000)
        remote_write.send(self.server, [({"__name__": "trouble", "ServiceName": "shop"},
                                         [(at_ms, value)])])

    def alarm(self):
        return self.server.api("now")["alarms"][0]["state"]

    def pages(self, contact):
        return [a["json"]["data"] for a in self.webhook.accepted()
                if a["json"]["data"]["kind"] == "page" and
                a["json"]["data"]["contact"] == contact]

    def journal(self, kind):
        return [e for e in self.server.api("journal?limit=500")["entries"] if e["type"] == kind]

    def test_a_clock_set_back_holds_up_no_try_and_no_level(self):
        self.webhook.answers = [429]
        self.webhook.retry_after = 15
        self.server.start()
        self.server.cli("incident", "open", "before the jump", "--severity", "error", check=0)
        wait_until(lambda: self.webhook.arrived, 10, "the first try")
        self.set_clock(-HOUR)
        found = wait_until(lambda: self.journal("server.clock_set_back"), 10, "its entry")
        self.assertEqual(len(found), 1)
        self.assertRegex(found[0]["summary"], "set back by (59m|1h)")
        self.assertEqual(self.server.metric("hinomi_clock_set_back_total"), 1)
        wait_until(lambda: self.pages("on-call"), 30, "the page after its Retry-After")
        wait_until(lambda: self.pages("team-lead"), 45, "the second level in its time")
        self.assert_main_job_goes_on()

    def test_a_clock_set_back_while_the_server_was_down_holds_up_nothing_either(self):
        self.webhook.answers = [503] * 4
        self.server.start()
        self.server.cli("incident", "open", "before the stop", "--severity", "error", check=0)
        wait_until(lambda: self.webhook.arrived, 10, "the first try")
        self.server.kill()
        self.set_clock(-HOUR)
        self.server.start()
        self.assertEqual(len(self.journal("server.clock_set_back")), 1)
        wait_until(lambda: self.pages("on-call"), 45, "the page")
        self.server.kill()
        self.server.start()
        self.assertEqual(len(self.journal("server.clock_set_back")), 1, "it is found once")
        wait_until(lambda: self.pages("team-lead"), 60, "the second level in its time")

    def test_a_clock_set_forward_loses_nothing(self):
        self.server.start()
        self.send(0)
        wait_until(lambda: self.alarm() == "OK", 10, "the alarm to be well")
        self.set_clock(2 * HOUR)
        self.assert_main_job_goes_on()
        code, out, err = self.server.cli("journal", "verify")
        self.assertEqual(code, 0, out + err)

    def assert_main_job_goes_on(self):
        known = len(self.pages("on-call"))
        wait_until(lambda: (self.send(50), self.alarm() == "ALARM")[1], 15, "the alarm to fire")
        wait_until(lambda: len(self.pages("on-call")) > known, 15, "its page")
        incident = self.server.api("incidents?state=open")["incidents"][0]["id"]
        self.server.cli("incident", "acknowledge", incident, check=0)


if __name__ == "__main__":
    unittest.main()
