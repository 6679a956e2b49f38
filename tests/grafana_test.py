"""What Grafana's Prometheus data source asks, replayed, and the routes about the server."""

import gzip
import json
import os
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

from tests.support import remote_write
from tests.support.ops import write_ops
from tests.support.server import HttpAnswer, Server, wait_until

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class GrafanaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="hinomi-grafana-")
        cls.addClassCleanup(folder.cleanup)
        ops = write_ops(os.path.join(folder.name, "ops"), extra_targets=(
            "scrape:\n  - job: nobody\n    interval: 1s\n    timeout: 1s\n"
            "    targets: ['127.0.0.1:1']\n"))
        cls.hinomi = Server(ops, os.path.join(folder.name, "data"))
        cls.addClassCleanup(cls.hinomi.close)
        cls.hinomi.start()
        cls.end = int(time.time())
        cls.start = cls.end - 300
        remote_write.send(cls.hinomi, [
            ({"__name__": "orders_total", "shop": shop},
             [(at * 1000, float(at - cls.start)) for at in range(cls.start, cls.end + 1, 15)])
            for shop in ("a", "b")])
        remote_write.send(cls.hinomi, [
            ({"__name__": "trouble", "ServiceName": "shop"}, [(cls.end * 1000, 1.0)])])

    def form(self, path, **parameters):
        body = urllib.parse.urlencode(parameters).encode()
        answer = self.hinomi.call("POST", "/api/v1/" + path, body, headers=FORM)
        self.assertEqual(answer["status"], "success")
        return answer["data"]

    def get(self, path, parameters=()):
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        answer = self.hinomi.get("/api/v1/" + path + query)
        self.assertEqual(answer["status"], "success")
        return answer["data"]

    def test_the_data_source_is_tested_and_knows_what_it_may_ask(self):
        self.assertEqual(self.get("query", {"query": "1+1", "time": "4"})["result"], [4, "2"])
        self.assertEqual(self.form("query", query="1+1", time="4")["result"], [4, "2"])
        build = self.get("status/buildinfo")
        self.assertGreaterEqual(int(build["version"].split(".")[0]), 3)

    def test_a_panel_is_drawn(self):
        data = self.form("query_range", query="sum by (shop) (orders_total)", start=self.start,
                         end=self.end, step=15)
        self.assertEqual([one["metric"] for one in data["result"]], [{"shop": "a"}, {"shop": "b"}])
        self.assertEqual(len(data["result"][0]["values"]), 21)
        with_stats = self.form("query_range", query="orders_total", start=self.start,
                               end=self.end, step=15, stats="all")["stats"]
        self.assertEqual(with_stats["samples"]["totalQueryableSamples"], 42)
        self.assertEqual(with_stats["samples"]["totalQueryableSamplesPerStep"][0], [self.start, 2])
        self.assertGreater(with_stats["timings"]["execTotalTime"], 0)

    def test_the_query_builder_finds_its_words(self):
        span = [("start", str(self.start)), ("end", str(self.end))]
        match = [("match[]", '{__name__="orders_total"}')]
        self.assertEqual(self.get("labels", span + match), ["__name__", "shop"])
        self.assertEqual(self.form("labels", **dict(span + match)), ["__name__", "shop"])
        self.assertIn("orders_total", self.get("label/__name__/values", span))
        self.assertEqual(self.get("label/shop/values", span + match + [("limit", "1")]), ["a"])
        self.assertEqual(len(self.form("series", **dict(span + match))), 2)
        self.assertIsInstance(self.get("metadata", {"limit": 10, "limit_per_metric": 1}), dict)
        tree = self.form("parse_query", query="rate(orders_total[5m])")
        self.assertEqual((tree["type"], tree["func"]["name"], tree["args"][0]["range"]),
                         ("call", "rate", 300000))
        self.assertEqual(self.form("format_query", query="sum(a)by(b)"), "sum by (b) (a)")

    def test_alarms_are_shown_among_the_rules(self):
        now = int(time.time())
        remote_write.send(self.hinomi, [
            ({"__name__": "trouble", "ServiceName": "shop"},
             [((now + i) * 1000, 50.0) for i in range(-2, 30)])])
        rule = wait_until(lambda: next(
            (rule for group in self.get("rules", {"type": "alert"})["groups"]
             for rule in group["rules"] if rule["state"] == "firing"), None), 40, "the alarm")
        self.assertEqual((rule["name"], rule["labels"]), ("Trouble", {"severity": "error"}))
        alert = self.get("alerts")["alerts"][0]
        self.assertEqual(alert["labels"], {"ServiceName": "shop", "alertname": "Trouble",
                                           "severity": "error"})
        self.assertEqual(alert["value"], "5e+01")
        # The query of the rule is one that can be asked.
        self.assertTrue(self.form("query", query=rule["query"], time=now + 20)["result"])
        self.assertEqual(self.get("rules", {"type": "record"})["groups"], [])

    def test_the_server_tells_of_itself(self):
        target = wait_until(lambda: next(
            (one for one in self.get("targets", {"state": "active"})["activeTargets"]
             if one["health"] == "down"), None), 20, "the target to be tried")
        self.assertEqual((target["scrapePool"], target["scrapeUrl"], target["scrapeTimeout"]),
                         ("nobody", "http://127.0.0.1:1/metrics", "1s"))
        self.assertEqual(self.get("targets", {"state": "dropped"})["activeTargets"], [])
        self.assertIn('job_name: "nobody"', self.get("status/config")["yaml"])
        self.assertEqual(self.get("status/flags")["query.lookback-delta"], "5m")
        self.assertTrue(self.get("status/runtimeinfo")["reloadConfigSuccess"])
        self.assertEqual(self.get("status/walreplay")["state"], "done")
        for path in ("/-/healthy", "/-/ready"):
            self.assertTrue(self.hinomi.get(path, raw=True, token=False))
        with self.assertRaises(HttpAnswer) as refused:
            self.get("targets/metadata", {"metric": "nothing"})
        self.assertEqual(refused.exception.status, 404)

    def test_answers_are_packed_for_those_who_say_so(self):
        path = "/api/v1/query_range?" + urllib.parse.urlencode(
            {"query": "orders_total", "start": self.start, "end": self.end, "step": 1})
        packed = self.hinomi.get(path, raw=True, headers={"Accept-Encoding": "gzip"})
        plain = self.hinomi.get(path, raw=True)
        self.assertEqual(json.loads(gzip.decompress(packed)), json.loads(plain))
        self.assertLess(len(packed) * 3, len(plain))

    def test_garbage_for_remote_read_is_refused_with_a_reason(self):
        with self.assertRaises(HttpAnswer) as refused:
            self.hinomi.call("POST", "/api/v1/read", b"nonsense", raw=True, headers={
                "Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"})
        self.assertEqual(refused.exception.status, 400)
        self.assertIn("the remote read body is", refused.exception.body)


if __name__ == "__main__":
    unittest.main()
