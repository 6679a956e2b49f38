"""The command line's contract: examples, exit codes, errors that say what to do."""

import os
import subprocess
import tempfile
import unittest

from tests.support.ops import write_ops
from tests.support.server import BINARY, ROOT, Server


def run(*arguments, **environment):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, **environment), cwd=ROOT, check=False)


class CliTest(unittest.TestCase):
    def verbs(self):
        """Every verb that exists, found through the helps."""
        found = []

        def walk(path):
            out = run(*path, "--help").stdout
            below = out.split("Subcommands:")[1] if "Subcommands:" in out else ""
            names = [line.split()[0] for line in below.splitlines() if line.startswith("  ")
                     and not line.startswith("   ")]
            for name in names:
                walk(path + [name])
            if not names:
                found.append((path, out))

        walk([])
        return found

    def test_every_verb_has_a_help_with_an_example(self):
        verbs = self.verbs()
        self.assertGreater(len(verbs), 15)
        for path, text in verbs:
            self.assertIn("Example:\n  hinomi " + " ".join(path), text, path)
            self.assertIn("--output", text, path)

    def test_wrong_use_is_2_and_suggests(self):
        done = run("incidnt", "list")
        self.assertEqual(done.returncode, 2)
        self.assertIn("incident list", done.stderr)
        self.assertEqual(run("query").returncode, 2)

    def test_no_server_is_3_and_says_how_to_name_one(self):
        with tempfile.TemporaryDirectory() as nowhere:
            done = run("status", "--data", nowhere, HINOMI_URL="")
            self.assertEqual(done.returncode, 3)
            self.assertIn("HINOMI_URL", done.stderr)
        done = run("status", HINOMI_URL="http://127.0.0.1:1", HINOMI_TOKEN="x")
        self.assertEqual(done.returncode, 3)

    def test_check_finds_all_mistakes_at_once(self):
        self.assertEqual(run("check", "ops").returncode, 0)
        defaults = run("check", "ops", "--defaults").stdout
        self.assertIn("comparisonOperator", defaults)
        self.assertIn("period", defaults)
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "alarms.yml"), "w", encoding="utf-8") as f:
                f.write("alarms:\n  - name: 高負荷\n    metric: CPUUtilization\n"
                        "    treshold: 80\n    action: scale-upp\n")
            done = run("check", folder)
            self.assertEqual(done.returncode, 1)
            self.assertIn("alarms.yml:4:5", done.stdout)
            self.assertIn("threshold", done.stdout)
            self.assertIn("scale-upp", done.stdout)
            self.assertIn("^", done.stdout)

    def test_init_writes_a_folder_that_is_sound(self):
        with tempfile.TemporaryDirectory() as folder:
            target = os.path.join(folder, "mine")
            self.assertEqual(run("init", target).returncode, 0)
            self.assertEqual(run("check", target).returncode, 0)
            self.assertEqual(run("init", target).returncode, 1, "never over what is there")

    def test_tokens_carry_roles(self):
        with Server() as server:
            server.start()
            _, out, _ = server.cli("token", "create", "--user", "mio", "--role", "viewer", check=0)
            viewer = dict(server.environment, HINOMI_URL=server.url, HINOMI_TOKEN=out.strip())
            self.assertEqual(run("status", **viewer).returncode, 0)
            refused = run("incident", "open", "x", **viewer)
            self.assertEqual(refused.returncode, 1)
            _, listed, _ = server.cli("token", "list", check=0)
            self.assertIn("mio", listed)
            self.assertNotIn(out.strip(), listed)

    def test_an_incident_from_opening_to_its_end(self):
        ops = tempfile.TemporaryDirectory()
        self.addCleanup(ops.cleanup)
        with Server(write_ops(os.path.join(ops.name, "ops"))) as server:
            server.start()
            _, out, _ = server.cli("incident", "open", "customers cannot pay", check=0)
            self.assertEqual(out, "INC-1 opened.\n")
            server.cli("incident", "note", "INC-1", "replica 2 restarted", check=0)
            _, out, _ = server.cli("incident", "list", check=0)
            self.assertIn("customers cannot pay", out)
            code, out, _ = server.cli("status")
            self.assertEqual((code, "INC-1" in out), (1, True), "something is wrong: 1")
            server.cli("incident", "resolve", "INC-1", "--reason", "rolled back", check=0)
            self.assertEqual(server.cli("status")[0], 0)
            _, out, _ = server.cli("incident", "show", "INC-1", check=0)
            for words in ("replica 2 restarted", "rolled back", "resolved", "admin"):
                self.assertIn(words, out)

    def test_a_range_is_drawn_and_an_expression_explained(self):
        with Server() as server:
            server.start()

            def ask(*arguments):
                return server.cli("query", *arguments, check=0)[1]

            self.assertRegex(ask("1 + vector(1)"), r"{} +2")
            ranged = ("vector(time())", "--from", "60", "--to", "120", "--step", "30")
            self.assertIn("60 90 120", ask(*ranged))
            drawn = ask(*ranged, "--plot")
            self.assertIn("120 │", drawn)
            self.assertIn("1970-01-01T00:01:00Z to 1970-01-01T00:02:00Z", drawn)
            self.assertIn("│⣀⣀", ask("vector(7)", "--last", "10m", "--plot"))
            both = ask("label_replace(vector(0), 'a', 'b', '', '') or vector(8)",
                       "--last", "10m", "--plot")
            self.assertEqual(both.count(" 0 │"), 2, both)  # One scale, no deeper than the values.
            self.assertEqual(both.count(" 8 │"), 2, both)
            plan = ask("sum by (a) (vector(7))", "--explain")
            self.assertTrue(plan.startswith("sum by (a)\n  vector()\n    7\n"), plan)
            self.assertRegex(plan, r"(?s)1 series; \d+ samples read, .* to evaluate")
            code, _, error = server.cli("query", "vector(7)", "--last", "soon")
            self.assertEqual(code, 2)
            self.assertIn("soon", error)
            self.assertEqual(server.cli("query", "sum(")[0], 1)

    def test_two_servers_never_share_a_data_directory(self):
        with Server() as server:
            server.start()
            done = run("serve", "--data", server.data, "--listen", "127.0.0.1:0")
            self.assertEqual(done.returncode, 3)
            self.assertIn(str(server.process.pid), done.stderr)

    def test_no_auth_is_refused_beyond_loopback(self):
        with tempfile.TemporaryDirectory() as data:
            done = run("serve", "--data", data, "--listen", "0.0.0.0:0", "--no-auth")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("127.0.0.1", done.stderr)


if __name__ == "__main__":
    unittest.main()
