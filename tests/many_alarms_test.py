"""Ten thousand alarms: the first screen stays small, and every one is found."""

import json
import os
import tempfile
import time
import unittest

from tests.support import remote_write
from tests.support.ops import write_ops
from tests.support.server import Server, wait_until

ALARMS = 10_000
METRICS = 500
FIRING = 80  # Alarms; more than the first screen holds incidents.


def alarms_text():
    return "alarms:\n" + "".join(
        f"  - {{name: Alarm{i:05d}, metric: Metric{i % METRICS}, dimensions: {{host: h1}}, "
        "threshold: 10, evaluationPeriods: 1, comparisonOperator: GreaterThanThreshold, "
        "action: alert}\n" for i in range(ALARMS))


class Server10k(unittest.TestCase):
    STORM = 0  # Never.

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        ops = write_ops(os.path.join(cls.folder.name, "ops"))
        with open(os.path.join(ops, "alarms.yml"), "w", encoding="utf-8") as f:
            f.write(alarms_text())
        with open(os.path.join(ops, "routes.yml"), "a", encoding="utf-8") as f:
            f.write("storm: {incidents: %d, within: 5m}\n" % cls.STORM)
        cls.server = Server(ops, os.path.join(cls.folder.name, "data"))
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.folder.cleanup()

    def send(self, values):
        at = int(time.time() * 1000)
        remote_write.send(self.server, [
            ({"__name__": f"Metric{i}", "host": "h1"}, [(at - 60_000 * k, value) for k in (1, 0)])
            for i, value in values])

    def counts(self):
        return self.server.api("now")["counts"]

    def all_are_well(self):
        self.send((i, 1.0) for i in range(METRICS))
        wait_until(lambda: self.counts()["OK"] == ALARMS, 120, "every alarm to have data")


class ManyAlarmsTest(Server10k):
    def test_alarms_are_many_and_incidents_too(self):
        self.all_are_well()
        firing = FIRING * METRICS // ALARMS  # Each metric has 20 alarms.
        self.send((i, 50.0) for i in range(firing))
        wait_until(lambda: self.counts()["incidents"] == FIRING, 120, "the incidents")
        now = self.server.api("now")
        self.assertEqual(now["counts"]["ALARM"], FIRING)
        self.assertEqual(len(now["alarms"]), 100)
        self.assertEqual(now["alarms"][0]["state"], "ALARM")
        self.assertEqual(len(now["incidents"]), 50)
        self.assertEqual(self.server.api("alarms?match=alarm09999")["total"], 1)
        self.assertEqual(self.server.api("incidents?limit=5&offset=78")["total"], FIRING)
        # A list is whole at the command line, however many pages it takes.
        code, out, _ = self.server.cli("alarm", "list", "--output", "json")
        self.assertEqual(code, 1)  # Some are in ALARM.
        self.assertEqual(len({alarm["name"] for alarm in json.loads(out)}), ALARMS)
        code, out, _ = self.server.cli("incident", "list", "--output", "json")
        self.assertEqual(len(json.loads(out)["incidents"]), FIRING)
        code, out, _ = self.server.cli("status")
        self.assertIn("and 9900 more", out)


class StormTest(Server10k):
    STORM = 20

    def test_ten_thousand_alarms_at_once_are_one_incident_more(self):
        self.all_are_well()
        self.send((i, 50.0) for i in range(METRICS))
        wait_until(lambda: self.counts()["ALARM"] == ALARMS, 120, "every alarm to fire")
        self.assertEqual(self.counts()["incidents"], 21)
        incidents = self.server.api("incidents?state=open")["incidents"]
        storm = next(i for i in incidents if i["members"]["total"])
        self.assertEqual(storm["members"]["total"], ALARMS - 20)
        self.assertEqual(len(storm["members"]["named"]), 20)
        self.assertEqual(self.server.metric("hinomi_incidents_forgotten"), 0)


del Server10k  # It has no test of its own.
