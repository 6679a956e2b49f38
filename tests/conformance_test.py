"""The conformance runners beside the project (`../shared/conformance`), where they are there:
peers' own tests over HTTP against the real binary. docs/promql.md explains what does not pass."""

import os
import pathlib
import subprocess
import sys
import unittest

from tests.support.server import BINARY

RUNNERS = pathlib.Path(__file__).resolve().parents[2] / "shared" / "conformance"
SERVE = f"{os.path.abspath(BINARY)} serve --no-auth --promql-features all --data {{data}}" \
        " --listen 127.0.0.1:{port}"


@unittest.skipUnless((RUNNERS / "promqltest.py").exists(), f"there is no {RUNNERS}")
class ConformanceTest(unittest.TestCase):
    def run_runner(self, name, *arguments, command=SERVE):
        done = subprocess.run([sys.executable, "-B", name, *arguments, "--server-cmd", command],
                              cwd=RUNNERS, capture_output=True, text=True, timeout=600,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-2000:])

    def test_the_language(self):
        self.run_runner("promqltest.py", "promqltest", "--without", "start-timestamps",
                        "--min-pass", "99%", "-v")

    def test_queries_that_others_answer_too(self):
        self.run_runner("differential.py", "differential/queries.json", "--recorded",
                        "differential/recorded-prometheus-2.42.json.gz", "--min-pass", "99%", "-v")

    def test_strict_openmetrics(self):
        self.run_runner("exposition.py", "exposition", "--min-pass", "100%", "-v",
                        command=SERVE + " --openmetrics strict --prometheus-config {config}")


if __name__ == "__main__":
    unittest.main()
