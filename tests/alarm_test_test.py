"""`hinomi alarm test` with the real binary: promtool's test files run as they are and with its
verdicts, which promtool itself is asked for where it is installed; differences, JUnit, JSON,
coverage, and an ops folder's alarms."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

from tests.support.ops import write_ops
from tests.support.server import BINARY

RULES = """groups:
- name: hosts
  rules:
  - record: host:busy:ratio
    expr: 1 - avg by (host) (rate(idle_seconds_total[5m]))
  - alert: HostBusy
    expr: host:busy:ratio > 0.8
    for: 3m
    labels: {severity: '{{ if gt $value 0.9 }}page{{ else }}warning{{ end }}'}
    annotations:
      summary: '{{ $labels.host }} of {{ $externalLabels.region }} is {{ $value | humanizePercentage }} busy'
  - alert: HostGone
    expr: up == 0
    keep_firing_for: 2m
- name: sums
  limit: 2
  rules:
  - record: hosts
    expr: count(up)
"""

HEAD = """rule_files: [rules.yml]
evaluation_interval: 1m
tests:
- name: a test
  interval: 1m
  external_labels: {region: eu}
  input_series:
  - {series: 'idle_seconds_total{host="a", cpu="0"}', values: '0+3x30'}
  - {series: 'idle_seconds_total{host="b", cpu="0"}', values: '0+9x30'}
  - {series: 'up{host="a"}', values: '1x4 0x2 1x20'}
  - {series: 'up{host="b"}', values: '1x9 stale _x5 1x5'}
"""

BUSY = """  alert_rule_test:
  - eval_time: 12m
    alertname: HostBusy
    exp_alerts:
    - exp_labels: {host: a, severity: page}
      exp_annotations: {summary: a of eu is 95% busy}
    - exp_labels: {host: b, severity: warning}
      exp_annotations: {summary: b of eu is 85% busy}
"""

# What follows HEAD, and whether it passes.
CASES = {
    "nothing is asked": ("", True),
    "alerts with their texts": (BUSY, True),
    "alerts in another order": (BUSY.replace("host: a,", "host: x,").replace("host: b,", "host: a,")
                                .replace("host: x,", "host: b,"), False),
    "a label less": (BUSY.replace(", severity: page", ""), False),
    "an annotation more": (BUSY.replace("busy}\n", "busy, runbook: r}\n", 1), False),
    "an empty label": (BUSY.replace("host: a", "host: a, none: ''"), False),
    "alertname among the labels": (BUSY.replace("host: a", "alertname: Other, host: a"), True),
    "still pending": ("  alert_rule_test:\n  - {eval_time: 3m59s, alertname: HostBusy}\n", True),
    "fires from the step on": ("  alert_rule_test:\n  - {eval_time: 4m, alertname: HostBusy}\n",
                               False),
    "between two steps": (BUSY.replace("12m", "12m59s999ms"), True),
    "keeps firing": ("  alert_rule_test:\n  - {eval_time: 8m, alertname: HostGone, exp_alerts: "
                     "[{exp_labels: {host: a}}]}\n", True),
    "has ended": ("  alert_rule_test:\n  - {eval_time: 10m, alertname: HostGone}\n", True),
    "the same twice": ("  alert_rule_test:\n  - {eval_time: 5m, alertname: HostGone, exp_alerts: "
                       "[{exp_labels: {host: a}}, {exp_labels: {host: a}}]}\n", False),
    "an alert that no rule has": ("  alert_rule_test:\n  - {eval_time: 5m, alertname: Other}\n",
                                  True),
    "no alertname": ("  alert_rule_test:\n  - {eval_time: 5m}\n", False),
    "samples": ("  promql_expr_test:\n  - {expr: hosts, eval_time: 5m, exp_samples: "
                "[{labels: hosts, value: 2}]}\n", True),
    "another value": ("  promql_expr_test:\n  - {expr: hosts, eval_time: 5m, exp_samples: "
                      "[{labels: hosts, value: 3}]}\n", False),
    "a sample less": ("  promql_expr_test:\n  - {expr: up, eval_time: 5m, exp_samples: "
                      "[{labels: 'up{host=\"a\"}', value: 0}]}\n", False),
    "after a stale marker": ("  promql_expr_test:\n  - {expr: 'up{host=\"b\"}', eval_time: 10m}\n",
                             True),
    "a value that is not exact": ("  promql_expr_test:\n  - {expr: 0.1 + 0.2, exp_samples: "
                                  "[{value: 0.3}]}\n", False),
    "NaN": ("  promql_expr_test:\n  - {expr: 0 / 0, exp_samples: [{value: .nan}]}\n", False),
    "a scalar": ("  promql_expr_test:\n  - {expr: time(), eval_time: 5m, exp_samples: "
                 "[{value: 300}]}\n", True),
    "a string": ("  promql_expr_test:\n  - {expr: '\"a\"', exp_samples: []}\n", False),
    "a range": ("  promql_expr_test:\n  - {expr: 'up[5m]', exp_samples: []}\n", False),
    "no PromQL": ("  promql_expr_test:\n  - {expr: 'sum(', exp_samples: []}\n", False),
    "ambiguous matching": ("  promql_expr_test:\n  - {expr: up + on() up, eval_time: 1m}\n", False),
    "the future of the last step": ("  promql_expr_test:\n  - {expr: timestamp(hosts), eval_time: "
                                    "5m30s, exp_samples: [{value: 300}]}\n", True),
    "alerts as series": ("  promql_expr_test:\n  - {expr: 'ALERTS{alertstate=\"pending\"}', "
                         "eval_time: 2m, exp_samples: [{labels: 'ALERTS{alertname=\"HostBusy\", "
                         "alertstate=\"pending\", host=\"a\", severity=\"page\"}', value: 1}, "
                         "{labels: 'ALERTS{alertname=\"HostBusy\", alertstate=\"pending\", "
                         "host=\"b\", severity=\"page\"}', value: 1}]}\n", True),
    "since when": ("  promql_expr_test:\n  - {expr: 'max(ALERTS_FOR_STATE)', eval_time: 2m, "
                   "exp_samples: [{value: 60}]}\n", True),
    "nothing of ours is seen": ("  promql_expr_test:\n  - {expr: 'count({job=\"hinomi\"})', "
                                "eval_time: 2m}\n", True),
    "an unknown key": ("  input: []\n", False),
}

# Whole files beside rules.yml.
FILES = {
    "no rules at all": ("tests:\n- interval: 1m\n  input_series: [{series: m, values: 0 1}]\n"
                        "  promql_expr_test:\n  - {expr: m, eval_time: 59s, exp_samples: "
                        "[{labels: m, value: 0}]}\n", True),
    "a pattern that finds nothing": ("rule_files: ['none/*.yml']\ntests:\n- {}\n", True),
    "an empty test": ("rule_files: ['r*.yml']\ntests:\n- {}\n", True),
    "a group twice in the order": ("group_eval_order: [a, a]\ntests:\n- {}\n", False),
    "a wrong series": ("tests:\n- input_series: [{series: 'up{a=1}', values: 1}]\n", False),
    "wrong values": ("tests:\n- input_series: [{series: up, values: 1 two}]\n", False),
    "too many series": ("rule_files: [limit.yml]\ntests:\n- input_series:\n"
                        "  - {series: 'm{a=\"1\"}', values: 1}\n"
                        "  - {series: 'm{a=\"2\"}', values: 1}\n", False),
    "wrong rules": ("rule_files: [wrong.yml]\ntests:\n- {}\n", False),
    "a file that is not there": ("rule_files: [nowhere.yml]\ntests:\n- {}\n", True),
    "many days": ("evaluation_interval: 100d\nrule_files: [rules.yml]\ntests:\n- interval: 100d\n"
                  "  input_series: [{series: m, values: 0+1x1067}]\n  promql_expr_test:\n"
                  "  - {expr: timestamp(m), eval_time: 106700d, exp_samples: "
                  "[{value: 9218880000}]}\n", True),
}


class AlarmTestTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="hinomi-alarm-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write("rules.yml", RULES)
        self.write("limit.yml", "groups: [{name: g, limit: 1, rules: [{record: a, expr: m}]}]\n")
        self.write("wrong.yml", "groups: [{name: g, rules: [{record: a, expr: 'sum('}]}]\n")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return name

    def run_in_folder(self, *command):
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True,
                              timeout=60, check=False)

    def hinomi(self, *arguments):
        return self.run_in_folder(os.path.abspath(BINARY), "alarm", "test", *arguments)

    def all_files(self):
        """Name, file and verdict of every case."""
        cases = {name: (HEAD + text, verdict) for name, (text, verdict) in CASES.items()}
        for name, (text, verdict) in {**cases, **FILES}.items():
            yield name, self.write(name.replace(" ", "_") + ".yml", text), verdict

    def test_verdicts_are_promtools(self):
        promtool = shutil.which("promtool")
        for name, file, verdict in self.all_files():
            with self.subTest(name):
                done = self.hinomi(file)
                self.assertEqual(done.returncode, 0 if verdict else 1, done.stdout)
                if promtool:
                    theirs = self.run_in_folder(promtool, "test", "rules", file)
                    self.assertEqual(done.returncode == 0, theirs.returncode == 0,
                                     done.stdout + theirs.stdout + theirs.stderr)

    def test_a_difference_is_told_with_place_and_time(self):
        file = self.write("t.yml", HEAD + BUSY.replace("95%", "96%"))
        done = self.hinomi(file)
        self.assertEqual(done.returncode, 1)
        self.assertIn("t.yml: FAILED, 1 of 1 tests\n  a test:\n"
                      "    t.yml:13:5: at 12m, alert HostBusy: 1 of 2 expected to fire missing, "
                      "1 not expected\n", done.stdout)
        self.assertIn('      expected  labels {host="a", severity="page"} annotations '
                      '{summary="a of eu is 96% busy"}\n', done.stdout)
        self.assertIn('      got       labels {host="a", severity="page"} annotations '
                      '{summary="a of eu is 95% busy"}\n', done.stdout)
        self.assertIn("2 of 4 rules are covered by tests; --coverage lists the others\n"
                      "1 file: 0 passed, 1 failed\n", done.stdout)

    def test_a_subset_may_be_compared(self):
        file = self.write("t.yml", HEAD + BUSY.replace("alertname", "match: subset\n    alertname")
                          .replace(", severity: page", ""))
        done = self.hinomi(file)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_mistake_is_told_with_its_place(self):
        done = self.hinomi(self.write("t.yml", HEAD.replace("0+9x30", "0+9y30")))
        self.assertEqual(done.returncode, 1)
        self.assertIn("t.yml:9:67: tests[0].input_series[1].values: the values cannot be read: ",
                      done.stdout)
        self.assertIn('expected "x" and how many times the step is added, got "y"', done.stdout)

    def test_several_files_give_one_answer(self):
        good, bad = self.write("good.yml", HEAD + BUSY), self.write("bad.yml", "tests: [1]\n")
        done = self.hinomi(good, bad, "--junit", "out.xml", "--coverage")
        self.assertEqual(done.returncode, 1)
        self.assertIn("good.yml: ok, 1 test\nbad.yml: FAILED, 1 mistake", done.stdout)
        self.assertIn("2 files: 1 passed, 1 failed\n", done.stdout)
        self.assertIn("rules.yml, group sums: record hosts is asked for by no test\n", done.stdout)
        suites = xml.etree.ElementTree.parse(os.path.join(self.folder, "out.xml")).getroot()
        self.assertEqual([(suite.get("name"), suite.get("failures"), suite.get("errors"))
                          for suite in suites], [("good.yml", "0", "0"), ("bad.yml", "0", "1")])
        self.assertEqual(suites[0][0].get("name"), "a test")

        done = self.hinomi(good, bad, "--output", "json")
        answer = json.loads(done.stdout)
        self.assertEqual([file["ok"] for file in answer["files"]], [True, False])
        self.assertEqual(answer["coverage"]["rules"], 4)

    def test_exit_codes_tell_what_was_wrong(self):
        good = self.write("good.yml", HEAD)
        self.assertEqual(self.hinomi(good).returncode, 0)
        self.assertEqual(self.hinomi(good, "--run", "nothing like it").returncode, 0)
        self.assertEqual(self.hinomi().returncode, 2)
        self.assertEqual(self.hinomi(good, "--run", "(").returncode, 2)
        self.assertEqual(self.hinomi("nowhere.yml").returncode, 3)
        self.assertEqual(self.hinomi(good, "--junit", "no/such/folder/out.xml").returncode, 3)

    def test_alarms_of_an_ops_folder_are_tested(self):
        write_ops(os.path.join(self.folder, "ops"), extra_alarms="""  - name: QueueLong
    expr: queue_length > 100
    for: 1m
    annotations: {summary: "{{ $labels.queue }}"}
    action: alert
""")
        file = self.write("tests/queue_test.yml", """ops_folder: ../ops
tests:
- input_series: [{series: 'queue_length{queue="mail"}', values: 0 500x9}]
  alert_rule_test:
  - {eval_time: 1m, alertname: QueueLong}
  - eval_time: 2m
    alertname: QueueLong
    exp_alerts: [{exp_labels: {queue: mail}, exp_annotations: {summary: mail}}]
""")
        done = self.hinomi(file, "--coverage")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("1 of 2 rules are covered by tests; not these:\n", done.stdout)
        self.assertIn("  ops/alarms.yml: alarm Trouble never went off, and no test asks for it\n",
                      done.stdout)

    def test_states_of_all_kinds_of_alarms_are_tested(self):
        write_ops(os.path.join(self.folder, "ops"), extra_alarms="""  - name: ErrorRate
    metrics:
      - {id: rate, expression: 100 * errors / requests, returnData: true}
      - {id: errors, metric: errors, statistic: Sum}
      - {id: requests, metric: requests, statistic: Sum}
    period: 60s
    threshold: 5
    evaluationPeriods: 2
    action: alert
  - name: Silent
    metric: heartbeat
    threshold: 1
    period: 60s
    comparisonOperator: LessThanThreshold
    treatMissingData: breaching
    action: alert
  - {name: QueueLong, expr: queue_length > 100, for: 1m, action: alert}
  - {name: Bad, rule: ALARM(ErrorRate) OR ALARM(QueueLong), action: alert}
""")
        tests = """ops_folder: ../ops
tests:
- name: a bad release
  interval: 1m
  input_series:
  - {series: 'trouble{ServiceName="shop"}', values: 1x30}
  - {series: requests, values: 1000x30}
  - {series: errors, values: 10x9 90x9 10x9}
  - {series: heartbeat, values: 1x5 _x20}
  - {series: queue_length, values: 0x20 500x5}
  alarm_state_test:
  - {eval_time: 5m, alarm: ErrorRate, state: OK}
  - {eval_time: 13m, alarm: ErrorRate, state: ALARM}
  - {eval_time: 13m, alarm: Bad, state: ALARM}
  - {eval_time: 5m, alarm: Silent, state: OK}
  - {eval_time: 10m, alarm: Silent, state: ALARM}
  - {eval_time: 10m, alarm: Trouble, state: OK}
  - {eval_time: 21m, alarm: Bad, state: OK}
  - {eval_time: 24m, alarm: QueueLong, state: ALARM}
  - {eval_time: 24m, alarm: Bad, state: ALARM}
"""
        done = self.hinomi(self.write("tests/a_test.yml", tests), "--coverage")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("4 of 5 rules are covered by tests; not these:\n", done.stdout)
        self.assertIn("alarm Trouble never went off\n", done.stdout)
        wrong = self.write("tests/b_test.yml", tests.replace("5m, alarm: Silent, state: OK",
                                                             "5m, alarm: Silent, state: ALARM"))
        done = self.hinomi(wrong)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("at 5m, alarm Silent: it is OK, and ALARM is expected", done.stdout)


if __name__ == "__main__":
    unittest.main()
