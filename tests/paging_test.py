"""The main job: a sample comes in, an alarm fires, a page goes out, somebody has it."""

import base64
import os
import re
import tempfile
import time
import unittest
import urllib.request

from tests.support import remote_write
from tests.support.ops import write_ops
from tests.support.receivers import SmtpReceiver, WebhookReceiver
from tests.support.server import HttpAnswer, Server, wait_until

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


class PagingTest(unittest.TestCase):
    def setUp(self):
        self.webhook = WebhookReceiver(SECRET)
        self.smtp = SmtpReceiver()
        self.folder = tempfile.TemporaryDirectory(prefix="hinomi-e2e-")
        self.addCleanup(self.folder.cleanup)
        self.addCleanup(self.webhook.close)
        self.addCleanup(self.smtp.close)

    def serve(self, **options):
        ops = write_ops(os.path.join(self.folder.name, "ops"), smtp_port=self.smtp.port,
                        webhook=self.webhook.url, secret=SECRET, **options)
        server = Server(ops, os.path.join(self.folder.name, "data"),
                        environment={"TEST_WEBHOOK_SECRET": SECRET})
        self.addCleanup(server.close)
        return server.start()

    def trouble(self, server, value):
        remote_write.send(server, [({"__name__": "trouble", "ServiceName": "shop"},
                                    [(int(time.time() * 1000), value)])])

    def alarm_state(self, server):
        return server.api("now")["alarms"][0]["state"]

    def open_incident(self, server):
        incidents = server.api("incidents?state=open")["incidents"]
        return incidents[0] if incidents else None

    def pages(self, kind="page"):
        bodies = [a["json"]["data"] for a in self.webhook.accepted()]
        return [b for b in bodies if b["kind"] == kind]

    def test_a_broken_rule_pages_is_acknowledged_and_resolves(self):
        server = self.serve()
        begun = time.monotonic()
        self.trouble(server, 50)
        wait_until(lambda: self.alarm_state(server) == "ALARM", 5, "the alarm to fire")
        self.assertLess(time.monotonic() - begun, 4, "an arriving point is looked at within 1 s")
        incident = wait_until(lambda: self.open_incident(server), 5, "the incident")
        self.assertEqual(incident["alarm"], "Trouble")
        page = wait_until(self.pages, 10, "the page at the webhook")[0]
        self.assertEqual(page["incident"], incident["id"])

        code, out, _ = server.cli("incident", "acknowledge", incident["id"])
        self.assertEqual(code, 0, out)
        self.assertEqual(self.open_incident(server)["state"], "acknowledged")
        # The answer to a command is the incident after it, whole, as the page puts it in.
        noted = server.post(f"/api/hinomi/v1/incidents/{incident['id']}/note", {"text": "seen"})
        self.assertEqual({k: noted["incident"][k] for k in ("id", "state", "alarm")},
                         {"id": incident["id"], "state": "acknowledged", "alarm": "Trouble"})
        self.assertEqual(len(noted["incident"]["notes"]), 1)
        code, _, err = server.cli("incident", "acknowledge", "INC-99")
        self.assertEqual(code, 1)
        self.assertIn("INC-99", err)

        wait_until(lambda: (self.trouble(server, 0), self.alarm_state(server) == "OK")[1], 40,
                   "the alarm to recover")
        wait_until(lambda: not self.open_incident(server), 5, "the incident to resolve")
        wait_until(lambda: self.pages("resolved"), 10, "the resolved notice")
        self.assertEqual(len(self.pages()), 1, "one page, once")

        code, out, _ = server.cli("journal", "verify")
        self.assertEqual(code, 0, out)
        _, out, _ = server.cli("journal", "show", "--subject", "incident:" + incident["id"],
                               "--output", "json")
        for fact in ("incident.opened", "escalation.step_fired", "page.queued", "page.attempted",
                     "incident.acknowledged", "incident.resolved"):
            self.assertIn(fact, out)

    def test_kill_9_between_sample_and_page_changes_nothing(self):
        server = self.serve()
        self.webhook.answers = ["hang"]
        self.trouble(server, 50)
        wait_until(lambda: self.open_incident(server), 10, "the incident")
        server.kill()
        server.start()
        page = wait_until(self.pages, 30, "the page after the restart")
        self.assertEqual(len(page), 1)
        self.assertEqual(len(self.open_incident(server)["pages"]), 1)

    def test_the_next_level_is_called_when_nobody_resolves(self):
        server = self.serve(level2="4s")
        self.trouble(server, 50)
        incident = wait_until(lambda: self.open_incident(server), 10, "the incident")
        server.cli("incident", "acknowledge", incident["id"], check=0)
        levels = wait_until(
            lambda: (lambda found: found if len(found) > 1 else None)(
                {p["level"] for p in self.pages()}), 20, "the second level")
        self.assertEqual(levels, {"L1", "L2"}, "an acknowledgement does not stop `resolved` clocks")

    def test_a_channel_that_says_429_is_asked_again_when_it_wants(self):
        server = self.serve()
        self.webhook.answers = [429]
        self.webhook.retry_after = 2
        self.trouble(server, 50)
        wait_until(self.pages, 30, "the page after Retry-After")
        tries = [a for a in self.webhook.arrived if b'"kind":"page"' in a["body"]]
        self.assertEqual([t["status"] for t in tries], [429, 200])
        self.assertGreaterEqual(tries[1]["at"] - tries[0]["at"], 2)
        self.assertEqual(tries[0]["id"], tries[1]["id"], "one id over all tries")

    def test_a_channel_that_refuses_for_good_gives_way_to_the_next(self):
        server = self.serve()
        self.webhook.answers = [410] * 5
        self.trouble(server, 50)
        mail = wait_until(self.smtp.received, 20, "the mail instead")[0]
        self.assertEqual(mail["To"], "on-call@example.com")
        self.assertIn("INC-1", mail["Subject"])
        incident = self.open_incident(server)
        self.assertIn("failed", [p["state"] for p in incident["pages"]])

    def test_the_link_in_the_mail_shows_on_get_and_acts_on_post(self):
        server = self.serve(methods=("mail",))
        self.trouble(server, 50)
        mail = wait_until(self.smtp.received, 20, "the mail")[0]
        link = re.search(r"https?://\S+/ack/\S+", mail.get_content()).group(0)
        path = link[link.index("/ack/"):]
        page = server.get(path, raw=True, token=False).decode()
        self.assertIn("<form", page)
        self.assertEqual(self.open_incident(server)["state"], "triggered", "GET only shows")
        server.call("POST", path, b"do=ack", raw=True, token=False,
                    headers={"Content-Type": "application/x-www-form-urlencoded"})
        wait_until(lambda: self.open_incident(server)["state"] == "acknowledged", 5, "the post")

    def test_a_reload_with_a_mistake_changes_nothing_and_says_so(self):
        server = self.serve()
        path = os.path.join(self.folder.name, "ops", "alarms.yml")
        with open(path, encoding="utf-8") as f:
            good = f.read()
        with open(path, "w", encoding="utf-8") as f:
            f.write(good.replace("threshold: 10", "threshold: eighty"))

        def mistake():
            return [f for f in server.api("now")["findings"] if f["level"] == "error"]

        findings = wait_until(mistake, 15, "the finding")
        self.assertEqual([(f["file"], f["line"]) for f in findings], [("alarms.yml", 4)])
        self.assertEqual(server.api("now")["alarms"][0]["threshold"], 10)
        self.assertEqual(server.metric("hinomi_ops_folder_sound"), 0)
        with open(path, "w", encoding="utf-8") as f:
            f.write(good.replace("threshold: 10", "threshold: 20"))
        wait_until(lambda: server.api("now")["alarms"][0]["threshold"] == 20, 15, "the reload")
        self.assertEqual(server.metric("hinomi_ops_folder_sound"), 1)

    def test_another_origin_is_refused_everywhere(self):
        server = self.serve()
        for path in ("/api/hinomi/v1/now", "/api/v1/query?query=1", "/metrics"):
            with self.assertRaises(HttpAnswer) as refused:
                server.get(path, headers={"Sec-Fetch-Site": "cross-site"}, raw=True)
            self.assertEqual(refused.exception.status, 403)
        with self.assertRaises(HttpAnswer) as refused:
            server.get("/api/hinomi/v1/now", token=False)
        self.assertEqual(refused.exception.status, 401)
        with urllib.request.urlopen(server.url + "/healthz", timeout=5) as answer:
            self.assertEqual(answer.status, 200)


if __name__ == "__main__":
    unittest.main()
