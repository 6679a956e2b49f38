"""The benchmark of the time-series engine, on Hinomi alone and a few thousand samples: that
it still runs, and that it notices what is missing or changed."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from bench.tsdb import check, load, recording, servers
from tests.support import server as support

ROOT = support.ROOT


class HarnessTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="hinomi-bench-")
        cls.addClassCleanup(folder.cleanup)
        cls.pages = os.path.join(folder.name, "pages.txt")
        recording.write_pages(recording.unpack(load.RECORDING)[:60], cls.pages)

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="hinomi-bench-")
        self.addCleanup(folder.cleanup)
        self.work = folder.name

    def run_cases(self, *cases):
        """The exit code, what was printed, and the results by case."""
        environment = dict(os.environ, HINOMI_BINARY=support.BINARY,
                           HINOMI_BENCH_REPORTS=self.work)
        done = subprocess.run(
            [sys.executable, "-B", os.path.join(ROOT, "bench/tsdb/run.py"), "--size", "tiny",
             "--servers", "hinomi", "--work", self.work, "--pages", self.pages, *cases],
            env=environment, capture_output=True, text=True, timeout=120, check=False)
        results = {}
        for case in cases:
            with open(os.path.join(self.work, f"tsdb-{case}.json"), encoding="utf-8") as f:
                results[case] = json.load(f)["results"]
        return done.returncode, done.stdout + done.stderr, results

    def test_cases_run_and_find_all_samples(self):
        code, printed, results = self.run_cases("ingest", "disk", "restart", "durability", "churn")
        self.assertEqual(code, 0, printed)
        for case, of_case in results.items():
            self.assertTrue(of_case, case)
            for result in of_case:
                self.assertTrue(result["check"]["exact"], result)
                self.assertGreater(result["check"]["values"], 0, result)
        self.assertEqual([name for name in os.listdir(self.work) if name.startswith("tsdb-")
                          and not name.endswith(".json")], [], "data was left behind")

    def test_a_hundred_targets_are_scraped(self):
        # A scrape may take longer than its second while other tests run, so that not every
        # page need be there.
        _, printed, results = self.run_cases("scrape")
        [result] = results["scrape"]
        self.assertGreater(result["check"]["found"], result["check"]["sent"] / 2, printed)
        self.assertGreater(result["figures"]["cpu_s_per_M"], 0)

    def test_rules_are_measured_once_all_of_them_ran(self):
        code, printed, results = self.run_cases("rules")
        self.assertEqual(code, 0, printed)
        self.assertEqual([result["variant"] for result in results["rules"]],
                         ["200 recording rules", "200 alerting rules"])

    def test_samples_that_never_came_are_noticed(self):
        data = load.devops(self.work, 200, 10)
        with servers.Hinomi(self.work) as server:
            data.replay(server, limit=9)
            self.assertTrue(check.verify(server, data, data.expect(limit=9)).exact)
            findings = check.verify(server, data, data.expect())
        self.assertEqual(findings.lost, 200)
        self.assertEqual(findings.missing, findings.values // 10)

    def test_a_changed_bit_is_noticed(self):
        data = load.devops(self.work, 100, 5)
        expected = data.expect()
        sample = expected["series"][0]["samples"][2]
        sample[1] = f"{int(sample[1], 16) ^ 1:016x}"
        with servers.Hinomi(self.work) as server:
            data.replay(server)
            findings = check.verify(server, data, expected)
        self.assertEqual((findings.lost, findings.missing, findings.changed), (0, 0, 1))


class RecordingTest(unittest.TestCase):
    def test_a_recording_gives_back_every_page(self):
        pages = [(1000, "# HELP a b\na 1\nb{c=\"d e\"} 2.50\n"),
                 (2000, "# HELP a b\na 1\nb{c=\"d e\"} 2.50\n"),
                 (3010, "# HELP a b\na NaN\n"),
                 (4000, "# HELP a b\na 3e+06\nb{c=\"d e\"} 2.5\nlater 1\n")]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "pages.xz")
            recording.pack(pages, path)
            self.assertEqual(recording.unpack(path), pages)

    def test_another_file_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "pages.txt")
            recording.write_pages([(1, "a 1\n")], path)
            self.assertEqual(recording.read_pages(path), [(1, "a 1\n")])
            with recording.lzma.open(path + ".xz", "wt") as f:
                f.write("something else\n")
            with self.assertRaisesRegex(ValueError, "expected 'pages N'"):
                recording.unpack(path + ".xz")


if __name__ == "__main__":
    unittest.main()
