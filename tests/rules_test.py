"""Prometheus' rule files with the real binary: recorded, listed, reloaded, caught up with after
a time down; and a wrong file refused with its place."""
import os
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from tests.support import remote_write
from tests.support.server import BINARY, Server, wait_until

RULES = """groups:
- name: fast
  interval: 1s
  labels: {team: infra}
  rules:
  - {record: "job:load:sum", expr: "sum by (job) (load)"}
  - {record: "load:double", expr: "job:load:sum * 2"}
  - {record: "tick", expr: "time()"}
- name: wrong
  interval: 1s
  rules:
  - {record: text, expr: '"text"'}
  - {alert: LoadIsHigh, expr: "job:load:sum > 5", for: 1m, annotations: {summary: high}}
"""


class RulesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.ops = os.path.join(self.folder.name, "ops")
        os.makedirs(os.path.join(self.ops, "rules"))
        self.write("hinomi.yml", "language: en\nrule_files: ['rules/*.yml']\n")
        self.write("rules/app.yml", RULES)
        self.server = Server(ops=self.ops, data=os.path.join(self.folder.name, "data"))
        self.addCleanup(self.server.close)

    def write(self, name, text):
        path = os.path.join(self.ops, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".new", path)

    def query(self, text, at=None):
        arguments = {"query": text}
        if at is not None:
            arguments["time"] = str(at)
        answer = self.server.get("/api/v1/query?" + urllib.parse.urlencode(arguments))
        return answer["data"]["result"]

    def send(self, value, at=None):
        at = time.time() if at is None else at
        remote_write.send(self.server, [({"__name__": "load", "job": job}, [(int(at * 1000), value)])
                                        for job in ("a", "b")])

    def groups(self, **choice):
        answer = self.server.get("/api/v1/rules?" + urllib.parse.urlencode(choice, doseq=True))
        return {group["name"]: group for group in answer["data"]["groups"]}

    def times(self, metric, start, end):
        """At which times (s) a metric has samples."""
        answer = self.query(f"{metric}[{int(end - start) + 1}s]", at=end)
        return [at for at, _ in answer[0]["values"]] if answer else []

    def test_rules_are_recorded_and_listed(self):
        self.server.start()
        self.send(3)
        # The second rule sees what the first gave at the same time, with the group's labels.
        wait_until(lambda: self.query("load:double"), 20, "what the rules record")
        self.assertEqual([(one["metric"], one["value"][1]) for one in self.query("load:double")],
                         [({"__name__": "load:double", "job": job, "team": "infra"}, "6")
                          for job in ("a", "b")])

        wait_until(lambda: self.groups()["wrong"]["rules"][0]["health"] == "err", 20, "the error")
        text, alert = self.groups()["wrong"]["rules"]
        self.assertIn("not a vector or scalar", text["lastError"])
        self.assertEqual((alert["state"], alert["health"], alert["type"]),
                         ("inactive", "ok", "alerting"))
        fast = self.groups(type="record", **{"rule_group[]": "fast"})["fast"]
        self.assertEqual((fast["file"], fast["interval"]), ("rules/app.yml", 1))
        self.assertEqual({rule["health"] for rule in fast["rules"]}, {"ok"})
        self.assertRegex(self.server.log(), 'rule files in force.*alerting_rules="1"')
        self.assertEqual(self.server.metric("hinomi_rule_alerting_rules_not_run"), 0)
        self.assertEqual(self.server.metric("hinomi_rule_group_alerts_pending",
                                            '{rule_group="rules/app.yml;wrong"}'), 0)
        self.assertGreater(self.server.metric("hinomi_rule_evaluation_failures_total",
                                              '{rule_group="rules/app.yml;wrong"}'), 0)

    def test_a_changed_file_counts_and_what_is_gone_ends(self):
        self.server.start()
        wait_until(lambda: self.query("tick"), 20, "the first evaluation")
        self.write("rules/app.yml", "groups:\n- name: new\n  interval: 1s\n"
                                    "  rules: [{record: tock, expr: time()}]\n")
        wait_until(lambda: self.query("tock"), 20, "the new rule")
        wait_until(lambda: not self.query("tick"), 20, "the end of the old one")
        self.write("rules/app.yml", "groups:\n- name: new\n  rules: [{record: tock, expr: up)}]\n")
        wait_until(lambda: "rules/app.yml:3:" in self.server.log(), 20, "the mistake to be told")
        self.assertIn("new", self.groups())

    def test_what_was_missed_is_made_up_for(self):
        self.server.start()
        # The first one is over, its mark with it, once there is a second.
        begun = time.time()
        wait_until(lambda: len(self.times("tick", begun - 5, time.time())) >= 2, 20,
                   "two evaluations")
        down = time.time()
        self.server.kill()
        time.sleep(6)
        self.server.start()
        up = time.time()
        self.send(4, at=down + 1)  # A sender delivers what it kept meanwhile.
        wait_until(lambda: self.server.metric("hinomi_rule_catch_up_iterations_total") >= 4
                   and self.server.metric("hinomi_rule_catch_up_pending") == 0, 60,
                   "the missed evaluations")
        times = self.times("tick", down - 2, up)
        self.assertLess(max(b - a for a, b in zip(times, times[1:])), 1.5)
        missed = self.query("load:double", at=down + 4)
        self.assertEqual([one["value"][1] for one in missed], ["8", "8"])
        # Its own time, not the time at which it was made up for.
        tick = self.query("tick[4s]", at=down + 5)[0]["values"]
        for at, value in tick:
            self.assertAlmostEqual(at, float(value), delta=0.01)

    def test_a_wrong_file_is_refused_with_its_place(self):
        self.write("rules/app.yml", "groups:\n- name: g\n  rules:\n  - record: a\n"
                                    "    exprs: up\n  - record: b\n    expr: |\n      sum(up)\n"
                                    "        by by\n")
        done = subprocess.run([BINARY, "check", self.ops], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('rules/app.yml:5:5: groups[0].rules[0].exprs: unknown key "exprs"; did you '
                      'mean "expr"?', done.stdout)
        self.assertIn("rules/app.yml:9:", done.stdout)
        self.server.start(wait=False)
        self.assertEqual(self.server.process.wait(30), 1)
        self.assertIn("rules/app.yml:5:5", self.server.log())


if __name__ == "__main__":
    unittest.main()
