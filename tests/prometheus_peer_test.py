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

# Another one, which has nothing of its own but what Hinomi gives it.
READER_CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
remote_read:
  - url: http://{hinomi}/api/v1/read
    basic_auth: {{username: any, password: {token}}}
    read_recent: true
scrape_configs:
  - job_name: federated
    metrics_path: /federate
    params: {{'match[]': ['{{job="node"}}']}}
    basic_auth: {{username: any, password: {token}}}
    static_configs: [{{targets: ['{hinomi}']}}]
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
        cls.port = cls.start_prometheus("prometheus", PROMETHEUS_CONFIG)
        cls.reader_port = cls.start_prometheus("reader", READER_CONFIG)

    @classmethod
    def start_prometheus(cls, name, config):
        """On which port it answers."""
        port = free_port()
        program = Program(name)
        cls.addClassCleanup(program.close)
        path = program.write("prometheus.yml", config.format(
            token=cls.hinomi.token(), port=port, examples=cls.examples.server_port,
            hinomi=cls.hinomi.url.removeprefix("http://")))
        program.launch(
            "prometheus", "--config.file=" + path, f"--web.listen-address=127.0.0.1:{port}",
            "--enable-feature=exemplar-storage,promql-per-step-stats",
            "--storage.tsdb.path=" + program.directory + "/tsdb")
        wait_until(lambda: cls.ask_prometheus("up", port) is not None, 30, name)
        return port

    @classmethod
    def ask_prometheus(cls, expression, port=None):
        """The values of an instant query; None while it does not answer."""
        query = urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(
                    f"http://127.0.0.1:{port or cls.port}/api/v1/query?{query}", timeout=5) as answer:
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
        # Hinomi's own series of that name has no address as its instance.
        by_prometheus = f'hinomi_leading{{instance="{self.hinomi.url[len("http://"):]}"}}'
        self.assertEqual(value(self.hinomi, by_prometheus), [1.0],
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

    def test_prometheus_reads_from_hinomi(self):
        # It scrapes nothing of the job "itself": what it knows comes by remote_read.
        wait_until(lambda: value(self.hinomi, 'count_over_time(up{job="itself"}[1m]) > 5'), 30,
                   "some samples")
        self.assertEqual(
            self.ask_prometheus('prometheus_build_info{job="itself"}', self.reader_port), [1.0])
        # Beside the scrapes: to Prometheus 2 a window's left end belongs to it.
        at = min(value(self.hinomi, 'max(timestamp(up{job="itself"}))')) + 0.2
        for question in (f'count by (__name__) ({{job="itself"}} @ {at:.3f})',
                         f'count_over_time(up{{job="itself"}}[5s] @ {at:.3f})',
                         f'sum_over_time(go_goroutines{{job=~"it.*",job!~"no.*"}}[5s] @ {at:.3f})',
                         f'absent(up{{job="nobody"}} @ {at:.3f})'):
            read = self.ask_prometheus(question, self.reader_port)
            self.assertEqual(sorted(read or []), sorted(value(self.hinomi, question)), question)
            self.assertTrue(read, question)

    def test_prometheus_federates_from_hinomi(self):
        wait_until(lambda: value(self.hinomi, 'up{job="node"}') == [1.0], 20, "the node exporter")
        scraped = wait_until(lambda: max(self.ask_prometheus(
            'scrape_samples_scraped{job="federated"} > 300', self.reader_port) or [0]), 20,
            "a federated page")
        self.assertEqual(
            self.ask_prometheus('up{job="federated",exported_job=""}', self.reader_port), [1.0])
        self.assertEqual(
            self.ask_prometheus('count({job="federated",exported_job="node"})', self.reader_port),
            [scraped])

    def test_statistics_of_queries_are_those_of_prometheus(self):
        def prometheus(path):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return json.load(answer)

        wait_until(lambda: value(self.hinomi, 'count_over_time(up{job="itself"}[1m]) > 12'), 40,
                   "some samples")
        end = int(min(value(self.hinomi, 'max(timestamp(up{job="itself"}))'))) - 1
        for query in ('sum(go_gc_duration_seconds{job="itself"})',
                      'sum(rate(prometheus_http_requests_total{job="itself"}[5s]))',
                      'up{job="itself"} + go_goroutines{job="itself"}'):
            path = "/api/v1/query_range?" + urllib.parse.urlencode(
                {"query": query, "start": end - 5, "end": end, "step": 1, "stats": "all"})
            samples = [ask(path)["data"]["stats"]["samples"]
                       for ask in (self.hinomi.get, prometheus)]
            for name in ("totalQueryableSamples", "totalQueryableSamplesPerStep"):
                self.assertEqual(samples[0][name], samples[1][name], query)

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
