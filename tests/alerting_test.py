"""Alerting rules and PromQL alarms with the real binary: a rule file's alert fires on samples that
come by remote write, an incident opens, a page is written, recovery closes it; what is pending
goes on over kill -9."""
import datetime
import glob
import json
import os
import tempfile
import time
import unittest
import urllib.parse

from tests.support import remote_write
from tests.support.ops import replace, write_ops
from tests.support.server import HttpAnswer, Server, wait_until

RULES = """groups:
- name: disks
  interval: 1s
  rules:
  - alert: DiskFull
    expr: disk_used > 90
    for: 2s
    labels: {severity: page}
    annotations: {summary: "disk of {{ $labels.host }} at {{ $value | printf \\"%.0f\\" }} %"}
  - alert: Slow
    expr: latency > 5
    for: 20s
"""

ALARM = """  - name: QueueLong
    expr: queue_length > 100
    evaluationInterval: 10s
    maxContributors: 2
    annotations: {summary: "queue {{ $labels.queue }} has {{ humanize $value }}"}
    action: alert
"""


class AlertingTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="hinomi-alerting-")
        self.addCleanup(self.folder.cleanup)
        self.ops = write_ops(os.path.join(self.folder.name, "ops"), extra_alarms=ALARM)
        os.makedirs(os.path.join(self.ops, "rules"))
        replace(os.path.join(self.ops, "hinomi.yml"),
                "time_zone: Asia/Tokyo\nlanguage: en\nobserve_new_alarms: 0s\n"
                "rule_files: ['rules/*.yml']\nrules: {for_grace_period: 0s}\n")
        replace(os.path.join(self.ops, "routes.yml"),
                "routes:\n  alert: {severity: error, escalation: standard}\n"
                "  call: {severity: critical, escalation: standard}\n")
        replace(os.path.join(self.ops, "rules", "app.yml"), RULES)
        self.data = os.path.join(self.folder.name, "data")
        self.server = Server(ops=self.ops, data=self.data)
        self.addCleanup(self.server.close)

    def send(self, name, value, **labels):
        remote_write.send(self.server, [({"__name__": name, **labels},
                                         [(int(time.time() * 1000), value)])])

    def alerts(self, name):
        answer = self.server.get("/api/v1/alerts")
        return [one for one in answer["data"]["alerts"] if one["labels"]["alertname"] == name]

    def state(self, name):
        return next((one["state"] for one in self.alerts(name)), "inactive")

    def incidents(self, state="open"):
        return self.server.api("incidents?state=" + state)["incidents"]

    def query(self, text):
        answer = self.server.get("/api/v1/query?" + urllib.parse.urlencode({"query": text}))
        return answer["data"]["result"]

    def pages(self):
        texts = []
        for path in glob.glob(os.path.join(self.data, "outbox", "*")):
            with open(path, encoding="utf-8") as file:
                texts.append(file.read())
        return texts

    def test_an_alert_of_a_rule_file_pages_and_its_recovery_closes_the_incident(self):
        self.server.start()
        self.send("disk_used", 95, host="a")
        self.send("disk_used", 50, host="b")
        wait_until(lambda: self.state("DiskFull") == "pending", 20, "the alert to be pending")
        wait_until(lambda: self.state("DiskFull") == "firing", 20, "the alert to fire")
        alert, = self.alerts("DiskFull")
        self.assertEqual(alert["labels"],
                         {"alertname": "DiskFull", "host": "a", "severity": "page"})
        self.assertEqual(alert["annotations"], {"summary": "disk of a at 95 %"})
        self.assertEqual(alert["value"], "9.5e+01")
        rules = self.server.get("/api/v1/rules?type=alert")["data"]["groups"]
        rule = next(r for g in rules for r in g["rules"] if r["name"] == "DiskFull")
        self.assertEqual((rule["state"], rule["health"], rule["duration"], len(rule["alerts"])),
                         ("firing", "ok", 2, 1))

        incident, = wait_until(self.incidents, 20, "the incident")
        self.assertEqual((incident["alarm"], incident["severity"], incident["title"]),
                         ("DiskFull", "critical", "DiskFull: disk of a at 95 %"))
        wait_until(lambda: any("disk of a at 95 %" in page for page in self.pages()), 20, "the page")
        # ALERTS is there for dashboards and other rules.
        wait_until(lambda: self.query('ALERTS{alertname="DiskFull",alertstate="firing"}'), 20,
                   "the series")

        # A second contributor is an incident of its own.
        self.send("disk_used", 99, host="b")
        wait_until(lambda: len(self.incidents()) == 2, 20, "the second incident")
        shown = self.server.api("alarms/DiskFull")
        self.assertEqual((shown["state"], shown["contributor_count"]), ("ALARM", 2))
        self.assertEqual(shown["contributors"][0]["labels"]["host"], "a")
        code, out, _ = self.server.cli("alarm", "show", "DiskFull")
        self.assertNotIn("transitions", out)  # A list for programs.
        self.assertEqual(code, 0, out)
        self.assertNotIn("threshold", out, "what only metric alarms have")
        self.assertIn("disk of b at 99 %", out)
        code, out, _ = self.server.cli("explain", "DiskFull")
        self.assertEqual(code, 0, out)
        self.assertIn("2 in ALARM", out)

        self.send("disk_used", 10, host="a")
        self.send("disk_used", 10, host="b")
        wait_until(lambda: not self.incidents(), 20, "both to be closed")
        self.assertEqual({one["resolved_by"] if "resolved_by" in one else "hinomi"
                          for one in self.incidents("resolved")}, {"hinomi"})
        self.assertEqual(self.server.api("alarms/DiskFull")["state"], "OK")
        self.assertFalse(self.query('ALERTS{alertname="DiskFull"}'))

        # The same over what is stored.
        with self.assertRaisesRegex(HttpAnswer, "DiskFull.* has no threshold"):
            self.server.post("/api/hinomi/v1/alarms/backtest",
                             {"alarm": "DiskFull", "threshold": 5})
        code, out, error = self.server.cli("alarm", "backtest", "--alarm", "DiskFull",
                                           "--from", "5m", "--output", "json")
        self.assertEqual(code, 0, error)
        would = json.loads(out)
        self.assertEqual([move["to"] for move in would["transitions"]
                          if move["contributor"] == '{host="a",severity="page"}'],
                         ["ALARM", "OK"], out)
        self.assertEqual((would["incidents_total"], would["compared"]["hits"]), (2, 2), out)
        self.assertGreater(would["alarms"][0]["evaluations"], 290)

    def test_what_is_pending_or_fires_goes_on_over_kill_9(self):
        self.server.start()
        self.send("disk_used", 95, host="a")
        self.send("latency", 9)
        wait_until(lambda: self.incidents(), 20, "the incident")
        wait_until(lambda: self.alerts("Slow"), 20, "the pending alert")
        time.sleep(6)
        self.server.kill()
        self.server.start()
        ready = time.time()
        self.send("disk_used", 95, host="a")
        self.send("latency", 9)
        # Restored after the second evaluation: it counts on from before, but for the time down.
        wait_until(lambda: self.state("Slow") == "firing", 30, "the pending alert to fire")
        active_at = self.alerts("Slow")[0]["activeAt"]
        self.assertLess(datetime.datetime.fromisoformat(active_at[:19] + "+00:00").timestamp(),
                        ready - 1)
        wait_until(lambda: self.state("DiskFull") == "firing", 30, "the alert to fire again")
        # The one that fired before is published, pages and opens incidents once.
        wait_until(lambda: sorted(one["alarm"] for one in self.incidents()) == ["DiskFull", "Slow"],
                   20, "the incident of the pending one")
        self.assertFalse(self.incidents("resolved"))
        code, out, _ = self.server.cli("journal", "show", "--output", "json", "--limit", "1000")
        self.assertEqual(code, 0, out)
        self.assertEqual(out.count("alarm.contributor_moved"), 2)

    def test_a_promql_alarm_of_alarms_yml_has_contributors(self):
        self.server.start()
        self.assertEqual(self.server.api("alarms/QueueLong")["state"], "OK")
        self.send("queue_length", 2500, queue="mail")
        incident, = wait_until(self.incidents, 30, "the incident")
        self.assertEqual((incident["alarm"], incident["title"]),
                         ("QueueLong", "QueueLong: queue mail has 2.5k"))
        groups = self.server.get("/api/v1/rules?file[]=alarms.yml")["data"]["groups"]
        self.assertIn("QueueLong", [group["name"] for group in groups])
        code, out, _ = self.server.cli("alarm", "list")
        self.assertEqual(code, 1, out)
        self.assertIn("queue_length > 100", out)
        # More series than it may have: nobody recovers by it, and it says so.
        self.send("queue_length", 2500, queue="web")
        self.send("queue_length", 2500, queue="batch")
        wait_until(lambda: "evaluation_error" in self.server.api("alarms/QueueLong"), 30,
                   "the error to be shown")
        code, out, _ = self.server.cli("alarm", "show", "QueueLong")
        self.assertIn("exceeded limit of 2 with 3 alerts", out)
        self.assertTrue(self.incidents())
        self.assertNotIn("evaluation_error", self.server.api("alarms/DiskFull"))

    def test_an_alarm_is_fired_as_a_test_and_its_state_is_set_by_hand(self):
        self.server.start()
        code, _, error = self.server.cli("alarm", "fire", "Trouble")
        self.assertEqual(code, 2, error)
        self.assertIn("say --test", error)
        code, _, error = self.server.cli("alarm", "fire", "Troubl", "--test")
        self.assertEqual(code, 1, error)
        self.assertIn('Did you mean "Trouble"?', error)
        for name in ("Trouble", "QueueLong", "DiskFull"):
            code, out, error = self.server.cli("alarm", "fire", name, "--test")
            self.assertEqual(code, 0, error)
            self.assertIn("as a test of " + name, out)
        incidents = {one["alarm"]: one for one in self.incidents()}
        self.assertEqual({name: (one["title"], one["severity"], one["test"])
                          for name, one in incidents.items()},
                         {"Trouble": ("[TEST] Trouble (shop)", "error", True),
                          "QueueLong": ("[TEST] QueueLong", "error", True),
                          "DiskFull": ("[TEST] DiskFull", "critical", True)})
        wait_until(lambda: sum("This is a test, fired by " in page and "[TEST] Trouble" in page
                               for page in self.pages()) == 1, 20, "the page")
        self.assertEqual(self.server.api("alarms/Trouble")["state"], "INSUFFICIENT_DATA")
        for one in incidents.values():
            code, _, error = self.server.cli("incident", "resolve", one["id"])
            self.assertEqual(code, 0, error)

        # A state that is set acts, and the next evaluation takes it back.
        self.send("trouble", 1, ServiceName="shop")
        wait_until(lambda: self.server.api("alarms/Trouble")["state"] == "OK", 20, "OK")
        code, _, error = self.server.cli("alarm", "set-state", "Trouble", "ALARM", "a drill")
        self.assertEqual(code, 0, error)
        incident = next(one for one in self.incidents() + self.incidents("resolved")
                        if not one["test"])
        self.assertEqual(incident["alarm"], "Trouble")
        self.send("trouble", 1, ServiceName="shop")
        wait_until(lambda: self.server.api("alarms/Trouble")["state"] == "OK", 30, "OK again")
        code, out, _ = self.server.cli("journal", "show", "--output", "json", "--limit", "1000")
        self.assertIn("set_by_hand", out)
        code, _, error = self.server.cli("alarm", "set-state", "QueueLong", "OK", "x")
        self.assertEqual(code, 1, error)
        self.assertIn("cannot be set", error)

    def test_an_alert_with_the_name_of_an_alarm_is_an_alarm_of_its_own(self):
        rule = "  - {alert: QueueLong, expr: queue_length > 100, labels: {severity: page}}\n"
        replace(os.path.join(self.ops, "rules", "app.yml"), RULES + rule)
        self.server.start()
        code, out, error = self.server.cli("check", self.ops)
        self.assertEqual(code, 0, out + error)
        self.assertIn('is shown as "QueueLong (rules/app.yml)"', out + error)
        self.send("queue_length", 2500, queue="mail")
        wait_until(lambda: len(self.incidents()) == 2, 30, "both incidents")
        self.assertEqual({one["alarm"]: one["severity"] for one in self.incidents()},
                         {"QueueLong": "error", "QueueLong (rules/app.yml)": "critical"})
        code, out, error = self.server.cli("alarm", "show", "QueueLong (rules/app.yml)")
        self.assertEqual(code, 0, error)
        self.assertIn('{queue="mail"', out)
        code, out, error = self.server.cli("explain", "QueueLong (rules/app.yml)")
        self.assertEqual(code, 0, error)

    def test_a_rule_that_is_removed_closes_and_a_wrong_file_changes_nothing(self):
        self.server.start()
        self.send("disk_used", 95, host="a")
        wait_until(self.incidents, 20, "the incident")
        replace(os.path.join(self.ops, "rules", "app.yml"),
                RULES.replace("$labels.host", "$label.host"))
        wait_until(lambda: "rules/app.yml:9:" in self.server.log(), 20, "the mistake to be told")
        self.assertEqual(self.state("DiskFull"), "firing")
        replace(os.path.join(self.ops, "rules", "app.yml"), "groups: []\n")
        wait_until(lambda: not self.incidents(), 20, "the incident to be closed")
        moved = [json.loads(line) for line in self.server.cli(
            "journal", "show", "--output", "json", "--limit", "1000")[1].splitlines() if line]
        text = json.dumps(moved)
        self.assertIn("rule_removed", text)


if __name__ == "__main__":
    unittest.main()
