"""hinomi tsdb and the routes about the store: text in and out, sizes, proof, copies,
deletes, at rest and while a server runs; and what hinomi.yml says of the store."""
import json
import os
import re
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from tests.support import remote_write
from tests.support.server import BINARY, HttpAnswer, Server, wait_until

DAY = 86400


def run(*arguments, check=True):
    done = subprocess.run([BINARY, "tsdb", *arguments], capture_output=True, text=True, timeout=120,
                          check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def text(series, samples, start=1_700_000_000):
    lines = ["# TYPE load gauge"]
    for number in range(series):
        for step in range(samples):
            lines.append(f'load{{host="h{number}"}} {number + step / 10} {start + step * 15}')
    return "\n".join(lines + ["# EOF", ""])


class TsdbVerbsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.data = os.path.join(self.folder.name, "data")
        os.makedirs(self.data)
        self.page = os.path.join(self.folder.name, "page.txt")
        with open(self.page, "w", encoding="utf-8") as page:
            page.write(text(3, 200))

    def test_text_goes_in_and_comes_out_whole(self):
        self.assertIn("600 samples", run("import", self.page, "--data", self.data).stdout)
        run("import", self.page, "--data", self.data)  # Again: nothing more.
        exported = run("export", "--data", self.data)
        self.assertEqual(sorted(line for line in exported.stdout.splitlines() if line[0] != "#"),
                         sorted(self.samples()))
        self.assertTrue(exported.stdout.endswith("# EOF\n"))
        self.assertIn("3 series with 600 samples", exported.stderr)
        one = run("export", "--data", self.data, "--match", 'load{host="h1"}',
                  "--from", "2023-11-14T22:13:20Z", "--to", "2023-11-14T22:13:50Z").stdout
        self.assertEqual(one.count("load{"), 3)

    def samples(self):
        for line in text(3, 200).splitlines():
            if line[0] != "#":
                name, value, at = line.split(" ")
                number = float(value)
                yield f"{name} {int(number) if number == int(number) else number} {at}"

    def test_sizes_and_what_makes_them(self):
        run("import", self.page, "--data", self.data)
        stats = json.loads(run("stats", "--data", self.data, "--output", "json").stdout)
        self.assertEqual((stats["series"], stats["block_samples"]), (3, 600))
        self.assertEqual(stats["metrics"], [{"name": "load", "series": 3}])
        self.assertIn({"name": "host", "values": 3}, stats["labels"])
        self.assertIn("3 series", run("stats", "--data", self.data).stdout)

    def test_a_changed_byte_is_named_and_the_rest_is_served(self):
        run("import", self.page, "--data", self.data)
        self.assertIn("Every checksum", run("verify", "--data", self.data).stdout)
        blocks = os.path.join(self.data, "metrics", "blocks")
        name = next(name for name in sorted(os.listdir(blocks)) if name.startswith("block-"))
        with open(os.path.join(blocks, name), "r+b") as block:
            block.seek(30)
            byte = block.read(1)
            block.seek(30)
            block.write(bytes([byte[0] ^ 1]))
        verified = run("verify", "--data", self.data, check=False)
        self.assertEqual(verified.returncode, 1)
        self.assertIn(name, verified.stdout)
        self.assertGreaterEqual(run("export", "--data", self.data).stdout.count("load{"), 400)

    def test_a_snapshot_is_a_data_directory(self):
        run("import", self.page, "--data", self.data)
        copy = os.path.join(self.folder.name, "copy")
        self.assertIn("600 samples", run("snapshot", copy, "--data", self.data).stdout)
        self.assertEqual(run("export", "--data", copy).stdout,
                         run("export", "--data", self.data).stdout)
        again = run("snapshot", copy, "--data", self.data, check=False)
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("is there already", again.stderr)

    def test_wrong_input_says_where(self):
        with open(self.page, "w", encoding="utf-8") as page:
            page.write("load 1 1700000000\nload one 1700000015\n# EOF\n")
        broken = run("import", self.page, "--data", self.data, check=False)
        self.assertNotEqual(broken.returncode, 0)
        self.assertIn("line 2", broken.stderr)
        for arguments, words in (
                (("stats", "--data", "/nowhere"), "no data directory"),
                (("import", "/nowhere", "--data", self.data), "/nowhere"),
                (("export", "--data", self.data, "--from", "yesterday"), "RFC 3339"),
                (("export", "--data", self.data, "--match", "load{"), "")):
            done = run(*arguments, check=False)
            self.assertNotEqual(done.returncode, 0, arguments)
            self.assertIn(words, done.stderr)

    def test_what_needs_rest_is_refused_while_a_server_runs(self):
        with Server(data=self.data) as server:
            server.start()
            for arguments in (("verify",), ("export",), ("import", self.page)):
                refused = run(*arguments, "--data", self.data, check=False)
                self.assertNotEqual(refused.returncode, 0)
                self.assertIn("another", refused.stderr)

    def test_a_newer_format_is_refused_by_its_number_and_a_changed_byte_is_not(self):
        run("import", self.page, "--data", self.data)
        path = os.path.join(self.data, "metrics", "FORMAT")
        with open(path, encoding="utf-8") as file:
            sound = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(re.sub(r"metrics \d+", "metrics 99", sound))
        self.assertIn("3 series", run("stats", "--data", self.data).stdout)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"hinomi metrics 99 {crc32c(b'hinomi metrics 99 '):08x}\n")
        with Server(data=self.data) as server:
            server.start(wait=False)
            self.assertEqual(server.process.wait(30), 3)
            self.assertRegex(server.log(), r"have format 99, and this release reads format \d+;")


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class RunningTest(unittest.TestCase):
    """Beside a server that runs and takes samples."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.server = Server(data=os.path.join(self.folder.name, "data"))
        self.addCleanup(self.server.close)
        self.server.start()

    def send(self, *hosts, at_ms=None):
        at_ms = int(time.time() * 1000) if at_ms is None else at_ms
        remote_write.send(self.server, [({"__name__": "load", "host": host}, [(at_ms, 1.5)])
                                        for host in hosts])

    def verb(self, *arguments, check=0):
        return self.server.cli("tsdb", *arguments, "--data", self.server.data, check=check)[1]

    def hosts(self, server=None):
        answer = (server or self.server).get("/api/v1/query?" + urllib.parse.urlencode(
            {"query": "load"}))
        return sorted(one["metric"]["host"] for one in answer["data"]["result"])

    def test_a_snapshot_while_it_runs_is_a_data_directory(self):
        self.send("a", "b")
        copy = os.path.join(self.folder.name, "copy")
        self.assertIn("samples in " + copy, self.verb("snapshot", copy))
        self.send("c")
        self.assertEqual(self.hosts(), ["a", "b", "c"])
        with Server(data=copy) as other:
            other.start()
            self.assertEqual(self.hosts(other), ["a", "b"])
        self.assertIn("is there already", self.server.cli(
            "tsdb", "snapshot", copy, "--data", self.server.data, check=1)[2])

    def test_prometheus_call_leaves_it_in_the_data_directory(self):
        self.send("a")
        data = self.server.call("POST", "/api/v1/admin/tsdb/snapshot")["data"]
        path = os.path.join(self.server.data, "snapshots", data["name"])
        self.assertEqual(os.path.realpath(data["directory"]), os.path.realpath(path))
        self.assertIn("Every checksum", run("verify", "--data", path).stdout)
        self.assertEqual(run("export", "--data", path, "--match", "load").stdout.count("load{"), 1)

    def test_sizes_while_it_runs(self):
        self.send("a", "b", "c")
        stats = json.loads(self.verb("stats", "--limit", "1000", "--output", "json"))
        self.assertIn({"name": "load", "series": 3}, stats["metrics"])
        self.assertIn({"name": "host", "values": 3}, stats["labels"])
        self.assertIn("LABEL", self.verb("stats"))
        status = self.server.get("/api/v1/status/tsdb?limit=3")["data"]
        self.assertEqual(status["headStats"]["numSeries"], stats["head_series"])
        self.assertEqual(len(status["seriesCountByMetricName"]), 3)

    def test_series_are_deleted_for_those_who_may(self):
        self.send("a", "b")
        path = "/api/v1/admin/tsdb/delete_series?" + urllib.parse.urlencode(
            {"match[]": 'load{host="a"}'})
        with self.assertRaises(HttpAnswer) as refused:
            self.server.call("POST", path, token=False)
        self.assertEqual(refused.exception.status, 401)
        self.server.call("POST", path)
        self.assertEqual(self.hosts(), ["b"])
        self.server.call("PUT", "/api/v1/admin/tsdb/clean_tombstones")
        self.assertEqual(
            self.server.get("/api/v1/status/tsdb")["data"]["hinomi"]["deletes_to_be_cleaned"], 0)
        self.server.stop()
        self.server.start()
        self.assertEqual(self.hosts(), ["b"])

    def test_a_time_that_has_not_come_is_stored_and_told(self):
        self.send("a", at_ms=int((time.time() + 2 * 3600) * 1000))
        self.assertEqual(self.server.metric("hinomi_tsdb_future_samples_total",
                                            '{sender="remote_write"}'), 1)
        self.assertRegex(self.server.log(), r"more than an hour from now.*load.*remote_write")
        later = self.server.get("/api/v1/query?query=load&time=" + str(int(time.time()) + 7260))
        self.assertEqual(len(later["data"]["result"]), 1)


class PolicyTest(unittest.TestCase):
    """What `metrics` of hinomi.yml says holds, and a change of it at once."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.ops = os.path.join(self.folder.name, "ops")
        os.makedirs(self.ops)
        self.server = Server(ops=self.ops, data=os.path.join(self.folder.name, "data"))
        self.addCleanup(self.server.close)

    def write(self, text):
        path = os.path.join(self.ops, "hinomi.yml")
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".new", path)

    def import_days(self, days):
        """A sample a day of two series, the last one of today."""
        os.makedirs(self.server.data)
        page = os.path.join(self.folder.name, "page.txt")
        now = int(time.time())
        with open(page, "w", encoding="utf-8") as file:
            file.write("# TYPE load gauge\n")
            for name in ("kept", "short"):
                for day in reversed(range(days)):
                    file.write(f'load{{job="{name}"}} 1 {now - day * DAY}\n')
            file.write("# EOF\n")
        run("import", page, "--data", self.server.data)

    def days(self, job):
        answer = self.server.get("/api/v1/query?" + urllib.parse.urlencode(
            {"query": f'count_over_time(load{{job="{job}"}}[60d])'}))["data"]["result"]
        return int(answer[0]["value"][1]) if answer else 0

    def test_a_new_retention_counts_at_once(self):
        self.write("language: en\n")
        self.import_days(40)
        self.server.start()
        self.assertEqual((self.days("kept"), self.days("short")), (40, 40))
        self.write("metrics:\n  retention:\n    time: 30d\n    rules:\n"
                   "      - {match: '{job=\"short\"}', time: 10d}\n")
        wait_until(lambda: self.days("kept") <= 31 and self.days("short") <= 11, 20,
                   "what is too old to go")
        self.assertGreaterEqual(self.days("kept"), 30)
        self.assertGreaterEqual(self.days("short"), 10)

    def test_downsampled_days_outlive_their_samples(self):
        self.write("metrics:\n  retention: {time: 20d}\n  downsampling: {1h: forever}\n")
        self.import_days(40)
        self.server.start()

        def ask(**parameters):
            query = 'sum(count_over_time(load{job="kept"}[1d]))'
            return self.server.get("/api/v1/query_range?" + urllib.parse.urlencode(
                {"query": query, "stats": "1"} | parameters))["data"]

        end = int(time.time()) // DAY * DAY
        oldest = {"start": end - 38 * DAY, "end": end - 36 * DAY, "step": "1m"}
        # Steps of a minute are read from samples as long as there are any.
        wait_until(lambda: "downsampled" in ask(**oldest)["stats"]["samples"], 30,
                   "samples to go")
        answer = ask(start=end - 38 * DAY, end=end, step="1d")
        self.assertEqual([value for _, value in answer["result"][0]["values"]], ["1"] * 39)
        self.assertEqual(answer["stats"]["samples"]["downsampled"],
                         [{"selector": 'load{job="kept"}[1d]', "window": "1h"}])

    def test_memory_of_queries_is_limited_and_may_be_raised(self):
        self.write("metrics: {query_memory: 16MiB}\n")
        self.server.start()
        now = int(time.time() * 1000)
        remote_write.send(self.server, [({"__name__": "load", "host": str(host)},
                                         [(now - 1000 * step, 1.0) for step in range(1000)])
                                        for host in range(1200)])
        query = "/api/v1/query?" + urllib.parse.urlencode({"query": "load[1h]"})
        with self.assertRaises(HttpAnswer) as refused:
            self.server.get(query)
        self.assertEqual(refused.exception.status, 422)
        self.assertRegex(refused.exception.body, "16 MiB.*metrics.query_memory")
        self.write("metrics: {query_memory: 256MiB}\n")

        def answers():
            try:
                return len(self.server.get(query)["data"]["result"]) == 1200
            except HttpAnswer:
                return False
        wait_until(answers, 20, "the query to fit")

    def test_a_mistake_is_told_with_its_place(self):
        self.write("metrics:\n  retention: {time: 30}\n")
        done = subprocess.run([BINARY, "check", self.ops], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, re.escape("hinomi.yml:2:21: metrics.retention.time: "))


if __name__ == "__main__":
    unittest.main()
