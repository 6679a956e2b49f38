"""`serve --prometheus-config`: a Prometheus configuration as it is, against a small target."""

import base64
import http.server
import json
import os
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from tests.support.ops import write_ops
from tests.support.server import BINARY, HttpAnswer, Server, wait_until

CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, external_labels: {{region: eu}}}}
rule_files: [rules.yml]
scrape_configs:
- job_name: plain
  metrics_path: /page
  params: {{module: ['a b']}}
  static_configs:
  - targets: ['{target}', 'dropped.invalid:80']
    labels: {{env: prod}}
  relabel_configs:
  - {{source_labels: [__address__], regex: 'dropped.*', action: drop}}
  - {{source_labels: [env], target_label: __tmp_env, action: uppercase}}
  - {{source_labels: [__tmp_env, __param_module], separator: '/', target_label: where}}
  metric_relabel_configs:
  - {{source_labels: [__name__], regex: 'go_.*', action: drop}}
  - {{regex: 'noise', action: labeldrop}}
- job_name: found
  metrics_path: /page
  file_sd_configs: [{{files: ['sd/*.yml'], refresh_interval: 1s}}]
- job_name: locked
  metrics_path: /locked
  basic_auth: {{username: watcher, password_file: password}}
  static_configs: [{{targets: ['{target}']}}]
- job_name: loose
  metrics_path: /loose
  static_configs: [{{targets: ['{target}']}}]
  consul_sd_configs: [{{server: 'localhost:8500'}}]
"""

PAGE = 'requests_total{noise="1",path="/"} 7\ngo_goroutines 3\n'
# An OpenMetrics counter without _total.
LOOSE = "# TYPE orders counter\norders 1\n# EOF\n"


class Target(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = set()

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        Target.seen.add(self.path)
        expected = "Basic " + base64.b64encode(b"watcher:sesame").decode()
        openmetrics = url.path == "/loose"
        if url.path == "/locked" and self.headers.get("Authorization") != expected:
            status, page = 401, b"who are you?"
        else:
            status, page = 200, (LOOSE if openmetrics else PAGE).encode()
        self.send_response(status)
        kind = "application/openmetrics-text; version=1.0.0" if openmetrics else "text/plain"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *arguments):
        pass


class PrometheusConfigTest(unittest.TestCase):
    def setUp(self):
        self.target_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
        threading.Thread(target=self.target_server.serve_forever, daemon=True).start()
        self.addCleanup(self.target_server.server_close)
        self.addCleanup(self.target_server.shutdown)
        self.target = f"127.0.0.1:{self.target_server.server_address[1]}"
        folder = tempfile.TemporaryDirectory(prefix="hinomi-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.config = self.write("prometheus.yml", CONFIG.format(target=self.target))
        self.write("password", "sesame\n")
        self.write("rules.yml", "groups:\n- name: a\n  interval: 1s\n  rules:\n"
                   "  - {record: 'job:requests:sum', expr: 'sum by (job) (requests_total)'}\n")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(path + ".new", path)
        return path

    def serve(self, *arguments, **options):
        server = Server(arguments=["--prometheus-config", self.config, *arguments], **options)
        self.addCleanup(server.close)
        return server.start()

    def query(self, server, query):
        """Each series of the answer: its labels and value."""
        answer = server.get("/api/v1/query?" + urllib.parse.urlencode({"query": query}))
        return [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]

    def await_query(self, server, query, count=1):
        def found():
            series = self.query(server, query)
            return [series] if len(series) == count else None

        return wait_until(found, what=f"{count} of {query}")[0]

    def test_a_configuration_is_scraped_as_it_is(self):
        server = self.serve()
        (labels, value), = self.await_query(server, 'requests_total{job="plain"}')
        self.assertEqual(value, 7)
        self.assertEqual(labels, {"__name__": "requests_total", "job": "plain", "path": "/",
                                  "env": "prod", "where": "PROD/a b", "instance": self.target})
        self.assertIn("/page?module=a+b", Target.seen)
        self.await_query(server, 'up{job="locked"} == 1')
        self.assertEqual(self.query(server, 'go_goroutines{job="plain"}'), [])
        self.await_query(server, 'scrape_samples_scraped{job="plain"} == 2')
        self.await_query(server, 'scrape_samples_post_metric_relabeling{job="plain"} == 1')
        self.assertEqual(self.query(server, 'up{instance="dropped.invalid:80"}'), [])
        self.await_query(server, 'job:requests:sum{job="plain"} == 7')
        # Target files come and go while it runs.
        self.assertEqual(self.query(server, 'up{job="found"}'), [])
        found = self.write("sd/one.yml", f"- targets: ['{self.target}']\n  labels: {{zone: a}}\n")
        self.await_query(server, 'up{job="found",zone="a"} == 1')
        os.remove(found)
        self.await_query(server, 'up{job="found"}', count=0)
        # Who federates learns where the series come from.
        federated = server.get("/federate?match[]=requests_total", raw=True).decode()
        self.assertIn('job="plain",path="/",region="eu",where="PROD/a b"', federated)
        # A page that breaks the specification: lenient is the default.
        self.await_query(server, 'up{job="loose"} == 1')

    def test_what_is_not_done_is_said(self):
        server = self.serve()
        log = server.log()
        self.assertRegex(log, r"line \d+: scrape_configs\[3\]\.consul_sd_configs: Hinomi does not")
        self.assertEqual(server.metric("hinomi_prometheus_config_warnings"), 1)
        self.assertEqual(server.metric("hinomi_prometheus_config_sound"), 1)

    def test_strict_openmetrics_names_what_a_page_breaks(self):
        server = self.serve("--openmetrics", "strict")
        self.await_query(server, 'up{job="loose"} == 0')
        self.await_query(server, 'up{job="plain"} == 1')
        targets = server.get("/api/v1/targets")["data"]["activeTargets"]
        errors = {one["labels"]["job"]: one["lastError"] for one in targets}
        self.assertIn("metric family orders", errors["loose"])

    def test_a_mistake_is_named_with_its_place_and_nothing_starts(self):
        self.write("prometheus.yml", "global:\n  scrape_intervall: 15s\n")
        with tempfile.TemporaryDirectory() as data:
            done = subprocess.run([BINARY, "serve", "--data", data, "--listen", "127.0.0.1:0",
                                   "--prometheus-config", self.config], capture_output=True,
                                  text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn('prometheus.yml:2:3: global.scrape_intervall: unknown key '
                          '"scrape_intervall"; did you mean "scrape_interval"?', done.stderr)
            self.assertEqual(os.listdir(data), [])

    def test_a_reload_takes_a_sound_file_and_leaves_a_broken_one(self):
        server = self.serve()
        self.await_query(server, 'up{job="plain"} == 1')
        sound = f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
- job_name: other
  metrics_path: /page
  static_configs: [{{targets: ['{self.target}']}}]
"""
        self.write("prometheus.yml", sound + "alertign: {}\n")
        with self.assertRaises(HttpAnswer) as refused:
            server.post("/-/reload", raw=True)
        self.assertEqual(refused.exception.status, 500)
        self.assertIn('did you mean "alerting"?', refused.exception.body)
        self.assertEqual(server.metric("hinomi_prometheus_config_sound"), 0)
        self.await_query(server, 'up{job="plain"} == 1')
        self.write("prometheus.yml", sound)
        server.post("/-/reload", raw=True)
        self.await_query(server, 'up{job="other"} == 1')
        self.await_query(server, 'up{job="plain"}', count=0)
        self.assertEqual(server.metric("hinomi_prometheus_config_sound"), 1)
        self.write("prometheus.yml", sound.replace("other", "third"))
        server.process.send_signal(signal.SIGHUP)
        self.await_query(server, 'up{job="third"} == 1')

    def test_its_alerts_are_alarms_beside_those_of_the_folder(self):
        def rules(alert):
            self.write("rules.yml", "groups:\n- name: a\n  interval: 1s\n  rules:\n"
                       f"  - {{alert: {alert}, expr: 'requests_total > 5', labels: "
                       "{severity: error}}\n")

        rules("ManyRequests")
        server = self.serve(ops=write_ops(os.path.join(self.folder, "ops")))

        def alarm(name):
            _, out, _ = server.cli("alarm", "list", "--output", "json")
            found = [one for one in json.loads(out) if one["name"] == name]
            return found[0] if found else None

        wait_until(lambda: (alarm("ManyRequests") or {}).get("state") == "ALARM", what="the alarm")
        self.assertEqual(alarm("ManyRequests")["action"], "alert")
        self.assertTrue(alarm("Trouble"))
        _, out, _ = server.cli("alarm", "explain", "ManyRequests", check=0)
        self.assertIn("requests_total", out)
        rules("MoreRequests")
        server.post("/-/reload", raw=True)
        wait_until(lambda: (alarm("MoreRequests") or {}).get("state") == "ALARM", what="the new one")
        wait_until(lambda: alarm("ManyRequests") is None, what="the end of the former")

    def test_the_ops_folder_is_scraped_beside_it(self):
        ops = os.path.join(self.folder, "ops")
        write_ops(ops, extra_targets=f"""scrape:
- {{job: of-the-folder, targets: ["{self.target}"], path: /page, interval: 1s, timeout: 1s}}
""")
        server = self.serve(ops=ops)
        self.await_query(server, 'up{job="of-the-folder"} == 1')
        self.await_query(server, 'up{job="plain"} == 1')


if __name__ == "__main__":
    unittest.main()
