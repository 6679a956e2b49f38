"""Debian's Prometheus, node_exporter and promtool against Hinomi, both ways."""

import http.server
import json
import os
import shutil
import tempfile
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

from tests.support.ops import write_ops
from tests.support.programs import Program, free_port
from tests.support.server import Server, wait_until

PROMETHEUS_CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: hinomi
    basic_auth: {{username: any, password: {token}}}
    static_configs: [{{targets: ['{hinomi}']}}]
  - job_name: itself
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
  - job_name: examples
    static_configs: [{{targets: ['127.0.0.1:{examples}']}}]
remote_write:
  - url: http://{hinomi}/api/v1/write
    basic_auth: {{username: any, password: {token}}}
    queue_config: {{batch_send_deadline: 1s}}
    send_exemplars: true
"""

# A page that changes nothing: its exemplars are told once, however often it is scraped.
EXAMPLES = """# TYPE orders counter
orders_total{shop="a"} 7 # {trace_id="t1",span_id="s1"} 1 1700000000.500
orders_total{shop="b"} 9
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.1"} 2 # {trace_id="火の見"} 0.07
wait_seconds_bucket{le="+Inf"} 3 # {trace_id="t2"} 0.9 1700000001.250
wait_seconds_sum 1.2
wait_seconds_count 3
# EOF
"""


class ExamplesPage(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = EXAMPLES.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


def value(server, expression):
    answer = server.get("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
    return [float(one["value"][1]) for one in answer["data"]["result"]]


@unittest.skipUnless(shutil.which("prometheus") and shutil.which("prometheus-node-exporter"),
                     "packages prometheus and prometheus-node-exporter are not installed")
class PrometheusPeerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="hinomi-peer-")
        cls.addClassCleanup(folder.cleanup)
        cls.exporter_port = free_port()
        cls.exporter = Program("node-exporter").launch(
            "prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{cls.exporter_port}")
        cls.addClassCleanup(cls.exporter.close)
        cls.examples = http.server.ThreadingHTTPServer(("127.0.0.1", 0), ExamplesPage)
        threading.Thread(target=cls.examples.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.examples.server_close)
        cls.addClassCleanup(cls.examples.shutdown)
        ops = write_ops(os.path.join(folder.name, "ops"), extra_targets=(
            "scrape:\n  - job: node\n    interval: 1s\n    timeout: 1s\n"
            f"    targets: ['127.0.0.1:{cls.exporter_port}']\n"
            "  - job: scraped_examples\n    interval: 1s\n    timeout: 1s\n"
            f"    targets: ['127.0.0.1:{cls.examples.server_port}']\n"))
        cls.hinomi = Server(ops, os.path.join(folder.name, "data"))
        cls.addClassCleanup(cls.hinomi.close)
        cls.hinomi.start()
        cls.port = free_port()
        cls.prometheus = Program("prometheus")
        cls.addClassCleanup(cls.prometheus.close)
        config = cls.prometheus.write("prometheus.yml", PROMETHEUS_CONFIG.format(
            token=cls.hinomi.token(), port=cls.port, examples=cls.examples.server_port,
            hinomi=cls.hinomi.url.removeprefix("http://")))
        cls.prometheus.launch(
            "prometheus", "--config.file=" + config, f"--web.listen-address=127.0.0.1:{cls.port}",
            "--enable-feature=exemplar-storage", "--storage.tsdb.path=" + cls.prometheus.directory + "/tsdb")
        wait_until(lambda: cls.ask_prometheus("up") is not None, 30, "Prometheus")

    @classmethod
    def ask_prometheus(cls, expression):
        """The values of an instant query; None while it does not answer."""
        query = urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(
                    f"http://127.0.0.1:{cls.port}/api/v1/query?{query}", timeout=5) as answer:
                result = json.load(answer)["data"]["result"]
                return [float(one["value"][1]) for one in result]
        except (OSError, urllib.error.URLError):
            return None

    def test_prometheus_scrapes_hinomi_with_the_token(self):
        wait_until(lambda: self.ask_prometheus('up{job="hinomi"}') == [1.0], 20,
                   "Prometheus to be content with /metrics")
        self.assertEqual(self.ask_prometheus("hinomi_leading"), [1.0])
        self.assertGreater(self.ask_prometheus("sum(hinomi_http_requests_total)")[0], 0)

    def test_what_prometheus_remote_writes_can_be_queried(self):
        wait_until(lambda: value(self.hinomi, 'up{job="itself"}') == [1.0], 20,
                   "Prometheus' own samples")
        wait_until(lambda: value(self.hinomi, 'prometheus_build_info{job="itself"}') == [1.0], 10,
                   "its build")
        self.assertEqual(value(self.hinomi, 'hinomi_leading{job="hinomi"}'), [1.0],
                         "Hinomi's metrics by way of Prometheus")
        self.assertEqual(sum(self.ask_prometheus(
            "prometheus_remote_storage_samples_failed_total") or []), 0)
        wait_until(lambda: sum(self.ask_prometheus(
            "prometheus_remote_storage_samples_total") or []) > 100, 20, "samples that arrived")
        self.assertGreater(self.hinomi.metric("hinomi_remote_write_samples_total"), 100)
        # The same question gets the same answer of both.
        at = wait_until(lambda: min(value(self.hinomi, "max(timestamp(go_goroutines))") or [0]),
                        10, "a sample")
        question = f"sum(go_goroutines{{job=\"itself\"}} @ {at:.3f})"
        self.assertEqual(value(self.hinomi, question), self.ask_prometheus(question))

    def exemplars(self, ask, **parameters):
        """By series and exemplar: what Prometheus or Hinomi answers."""
        data = ask("/api/v1/query_exemplars?" + urllib.parse.urlencode(parameters))["data"]
        return sorted(json.dumps([one["seriesLabels"], exemplar], sort_keys=True)
                      for one in data for exemplar in one["exemplars"]
                      # Told without a time: it has that of some scrape.
                      if exemplar["labels"]["trace_id"] != "火の見")

    def test_exemplars_that_prometheus_writes_are_kept_and_answered_alike(self):
        def prometheus(path):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return json.load(answer)

        query = ('rate(orders_total{job="examples",shop="a"}[5m]) + on() '
                 'histogram_quantile(0.9, wait_seconds_bucket{job="examples"})')
        span = {"query": query, "start": "1699999999", "end": "1700000002"}
        wait_until(lambda: len(self.exemplars(self.hinomi.get, **span)) == 2, 20, "exemplars")
        self.assertEqual(self.exemplars(self.hinomi.get, **span), self.exemplars(prometheus, **span))
        self.assertEqual(len(self.exemplars(self.hinomi.get, **dict(span, end="1700000001"))), 1)
        answer = self.hinomi.get("/api/v1/query_exemplars?query=" + urllib.parse.quote(
            'wait_seconds_bucket{le="0.1",job="examples"}'))
        exemplars = answer["data"][0]["exemplars"]
        self.assertEqual([(one["labels"], one["value"]) for one in exemplars],
                         [({"trace_id": "火の見"}, "0.07")], "one, however often it was scraped")
        # Hinomi's own scrapes of the same page give the same.
        both = self.exemplars(self.hinomi.get, query='{job="scraped_examples"}')
        self.assertEqual([one.replace('"scraped_examples"', '"examples"') for one in both],
                         self.exemplars(self.hinomi.get, query='{job="examples"}'))
        self.assertEqual(self.hinomi.metric("hinomi_tsdb_exemplars_refused_total"), 0)

    def test_hinomi_scrapes_a_real_node_exporter(self):
        wait_until(lambda: value(self.hinomi, 'up{job="node"}') == [1.0], 20, "the node exporter")
        target = next(t for t in self.hinomi.api("targets")["targets"] if t["job"] == "node")
        self.assertEqual((target["state"], target["error"]), ("up", ""))
        self.assertGreater(target["samples"], 300)
        self.assertEqual(len(value(self.hinomi, 'node_load1{job="node"}')), 1)
        self.assertEqual(value(self.hinomi, 'count(node_cpu_seconds_total{job="node",mode="idle"})'),
                         [float(os.cpu_count())])
        self.assertEqual(value(self.hinomi, 'scrape_samples_scraped{job="node"}')[0],
                         target["samples"])

    def test_promtool_asks_hinomi(self):
        wait_until(lambda: value(self.hinomi, 'up{job="node"}') == [1.0], 20, "a sample")
        client = Program("promtool")
        self.addCleanup(client.close)
        address = "http://any:" + self.hinomi.token() + "@" + self.hinomi.url[len("http://"):]
        instant = client.run("promtool", "query", "instant", address, 'up{job="node"}')
        self.assertRegex(instant, r'up\{.*job="node".*\} => 1 @')
        ranged = client.run("promtool", "query", "range", "--step=1s", address, 'up{job="node"}')
        self.assertIn("1 @[", ranged)
        labels = client.run("promtool", "query", "labels", address, "job")
        self.assertIn("node", labels.split())
        series = client.run("promtool", "query", "series", "--match=up{job=\"node\"}", address)
        self.assertIn("node", series)
        scraped = self.hinomi.get("/metrics", raw=True).decode()
        checked = client.write("metrics.txt", scraped)
        out = client.run("sh", "-c", f"promtool check metrics < {checked} 2>&1; true")
        self.assertNotIn("error while linting", out)


if __name__ == "__main__":
    unittest.main()
