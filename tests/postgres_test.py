"""The state in PostgreSQL: the main job, two servers on one database, a takeover."""

import os
import shutil
import subprocess
import tempfile
import time
import unittest

from tests.support import remote_write
from tests.support.ops import write_ops
from tests.support.postgres import Postgres, programs
from tests.support.receivers import WebhookReceiver
from tests.support.server import BINARY, HttpAnswer, Server, wait_until

LEASE_SECONDS = 20  # the shortest


@unittest.skipUnless(programs(), "no PostgreSQL on this machine (package postgresql-15)")
class PostgresTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.close)

    def setUp(self):
        self.webhook = WebhookReceiver()
        self.addCleanup(self.webhook.close)
        folder = tempfile.TemporaryDirectory(prefix="hinomi-pgtest-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.database = self.id().rsplit(".", 1)[1].lower()[:60]
        self.ops = write_ops(os.path.join(self.folder, "ops"), webhook=self.webhook.url)
        with open(os.path.join(self.ops, "hinomi.yml"), "a", encoding="utf-8") as f:
            f.write(f"database: {self.postgres.create(self.database)}\nlease: {LEASE_SECONDS}s\n")

    def serve(self, name, first=None):
        server = Server(self.ops, os.path.join(self.folder, name, "data"))
        if first is not None:
            # Who signs in is in the database; the file with the token is the first server's.
            os.makedirs(server.data)
            shutil.copy(os.path.join(first.data, "admin-token"), server.data)
        else:
            os.makedirs(os.path.dirname(server.data))
        self.addCleanup(server.close)
        return server.start()

    def trouble(self, server, value):
        remote_write.send(server, [({"__name__": "trouble", "ServiceName": "shop"},
                                    [(int(time.time() * 1000), value)])])

    def pages(self, kind="page"):
        return [a for a in self.webhook.accepted() if a["json"]["data"]["kind"] == kind]

    def open_incidents(self, server):
        return server.api("incidents?state=open")["incidents"]

    def test_the_main_job_with_its_state_in_postgresql(self):
        server = self.serve("a")
        self.assertFalse(os.path.exists(os.path.join(server.data, "hinomi.db")))
        self.trouble(server, 50)
        wait_until(self.pages, 15, "the page")
        incident = self.open_incidents(server)[0]["id"]
        server.cli("incident", "acknowledge", incident, check=0)
        server.kill()
        server.start()
        self.assertEqual(server.metric("hinomi_leading"), 1,
                         "no waiting for the lease of one's own dead self")
        self.assertEqual([i["state"] for i in self.open_incidents(server)], ["acknowledged"])
        wait_until(lambda: (self.trouble(server, 0), not self.open_incidents(server))[1],
                   60, "the incident to resolve")
        wait_until(lambda: self.pages("resolved"), 10, "the resolved notice")
        self.assertEqual(len(self.pages()), 1)
        server.cli("journal", "verify", check=0)
        self.assertGreater(int(self.postgres.query(
            self.database, "select count(*) from journal")), 5)

    def test_a_follower_reads_and_takes_commands_and_takes_over(self):
        leader = self.serve("a")
        follower = self.serve("b", first=leader)
        self.assertEqual(leader.metric("hinomi_leading"), 1)
        self.assertEqual(follower.metric("hinomi_leading"), 0)
        self.assertFalse(follower.api("now")["server"]["leading"])

        # A command given to the follower is decided by the leader.
        _, out, _ = follower.cli("incident", "open", "asked of the follower", check=0)
        self.assertIn("INC-1", out)
        wait_until(self.pages, 10, "the leader's page")
        wait_until(lambda: self.open_incidents(follower), 10, "the follower to see it")
        follower.cli("incident", "acknowledge", "INC-1", check=0)
        self.assertEqual(self.open_incidents(leader)[0]["state"], "acknowledged")
        code, _, err = follower.cli("incident", "acknowledge", "INC-99")
        self.assertEqual((code, "INC-99" in err), (1, True), err)

        # A token made and revoked at one is known and refused at the other.
        made = leader.post("/api/hinomi/v1/tokens", {"user": "mio", "role": "viewer"})
        header = {"Authorization": "Bearer " + made["token"]}

        def status():
            try:
                follower.get("/api/hinomi/v1/now", headers=header, token=False)
                return 200
            except HttpAnswer as answer:
                return answer.status

        wait_until(lambda: status() == 200, 40, "the token at the follower")
        leader.call("DELETE", "/api/hinomi/v1/tokens/" + made["id"], b"")
        # 429: the many tries above count as failed ones.
        wait_until(lambda: status() in (401, 429), 40, "the token to be refused at the follower")

        # The leader dies with a page under way; the other sends it, once.
        before = len(self.pages())
        self.webhook.answers = ["hang"]
        leader.cli("incident", "open", "dies with this page", check=0)
        wait_until(lambda: not self.webhook.answers, 10, "the page to be under way")
        leader.kill()
        wait_until(lambda: follower.metric("hinomi_leading") == 1, 2 * LEASE_SECONDS, "a leader")
        wait_until(lambda: len(self.pages()) > before, 20, "the page of the new leader")
        # Another page after it: by then a second copy would have come as well.
        follower.cli("incident", "open", "and goes on", check=0)
        wait_until(lambda: len(self.pages()) >= before + 2, 10, "the next page")
        pages = self.pages()
        self.assertEqual(len(pages), before + 2)
        self.assertEqual(len({p["id"] for p in pages}), before + 2)
        follower.cli("journal", "verify", check=0)

        # The old one comes back and follows.
        leader.start()
        self.assertEqual(leader.metric("hinomi_leading"), 0)
        self.assertEqual(len(self.open_incidents(leader)), 3)
        # A leader that ends in order gives the lease back at once.
        self.assertEqual(follower.stop(), 0)
        wait_until(lambda: leader.metric("hinomi_leading") == 1, LEASE_SECONDS, "the handover")

    def test_two_servers_never_share_a_data_directory(self):
        server = self.serve("a")
        done = subprocess.run([BINARY, "serve", "--ops", self.ops, "--data", server.data,
                               "--listen", "127.0.0.1:0"], capture_output=True, text=True,
                              timeout=30, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn(str(server.process.pid), done.stderr)

    def test_a_database_that_goes_away_is_waited_for(self):
        server = self.serve("a")
        self.trouble(server, 0)
        self.postgres.stop()
        self.addCleanup(lambda: self.postgres.answers() or self.postgres.start())
        with self.assertRaises(HttpAnswer) as refused:
            server.post("/api/hinomi/v1/incidents", {"title": "nobody can keep this"})
        self.assertEqual(refused.exception.status, 503)
        self.trouble(server, 50)  # metrics are this server's own: they are still taken
        wait_until(lambda: (server.metric("hinomi_control_turns_failed_total") or 0) >= 1, 15,
                   "the metric")
        self.postgres.start()
        wait_until(self.pages, 30, "the page once the database is back")
        self.assertEqual(len(self.open_incidents(server)), 1)


if __name__ == "__main__":
    unittest.main()
