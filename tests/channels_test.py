"""PagerDuty and Slack: an incident's way through both, and what they do to it."""

import glob
import json
import os
import re
import tempfile
import time
import unittest

from tests.support import remote_write
from tests.support.ops import write_ops
from tests.support.receivers import PagerDutyReceiver, SlackReceiver
from tests.support.server import Server, wait_until

ROUTING_KEY = "R0UT1NGk3y" + "0123456789abcdefghijkl"


class ChannelsTest(unittest.TestCase):
    def setUp(self):
        self.pagerduty = PagerDutyReceiver(ROUTING_KEY)
        self.slack = SlackReceiver()
        self.folder = tempfile.TemporaryDirectory(prefix="hinomi-e2e-")
        self.addCleanup(self.folder.cleanup)
        self.addCleanup(self.pagerduty.close)
        self.addCleanup(self.slack.close)
        self.addCleanup(self.nothing_was_broken)
        self.expected_breaks = []

    def nothing_was_broken(self):
        """Neither service ever had to say that we do not keep to its rules."""
        self.assertEqual(self.pagerduty.broken + self.slack.broken, self.expected_breaks)

    def write_folder(self, language="en", contacts=("on-call", "devops-team")):
        ops = write_ops(os.path.join(self.folder.name, "ops"))
        files = {
            "hinomi.yml": f"time_zone: Asia/Tokyo\nlanguage: {language}\n"
                          "observe_new_alarms: 0s\n",
            "escalation.yml": "escalation:\n  standard:\n    steps:\n"
                              "      - level: L1\n        after: 0s\n"
                              f"        contacts: [{', '.join(contacts)}]\n",
            "contacts.yml": "channels:\n"
                            "  pagerduty:\n    type: pagerduty\n"
                            "    routing_key: ${env:TEST_ROUTING_KEY}\n"
                            f"    url: {self.pagerduty.url}\n"
                            "  slack:\n    type: slack\n    url: ${env:TEST_SLACK_URL}\n"
                            "  outbox:\n    type: outbox\n"
                            "contacts:\n"
                            "  on-call:\n    title: On call\n    methods:\n"
                            "      - channel: pagerduty\n      - channel: slack\n"
                            "      - channel: outbox\n    hours: 24/7\n"
                            "  devops-team:\n    title: DevOps\n    methods:\n"
                            "      - channel: slack\n        address: \"#incidents\"\n"
                            "      - channel: outbox\n    hours: 24/7\n",
        }
        for name, content in files.items():
            with open(os.path.join(ops, name), "w", encoding="utf-8") as f:
                f.write(content)
        return ops

    def serve(self, key=ROUTING_KEY, **options):
        server = Server(self.write_folder(**options), os.path.join(self.folder.name, "data"),
                        environment={"TEST_ROUTING_KEY": key, "TEST_SLACK_URL": self.slack.hook})
        self.addCleanup(server.close)
        return server.start()

    def trouble(self, server, value):
        remote_write.send(server, [({"__name__": "trouble", "ServiceName": "shop"},
                                    [(int(time.time() * 1000), value)])])

    def open_incident(self, server):
        incidents = server.api("incidents?state=open")["incidents"]
        return incidents[0] if incidents else None

    def begin(self, server):
        self.trouble(server, 50)
        return wait_until(lambda: self.open_incident(server), 10, "the incident")

    def pages(self, server):
        return {(p["contact"], p["channel"]): p for p in self.open_incident(server)["pages"]}

    def files(self):
        return glob.glob(os.path.join(self.folder.name, "data", "outbox", "*"))

    def test_an_incident_is_opened_acknowledged_and_resolved_at_both(self):
        server = self.serve()
        self.slack.burst = 1  # Two notices at once: the second one is told to wait.
        # First PagerDuty wants to be left alone, then it hangs until Slack has on-call's page.
        self.pagerduty.answers = [429]
        self.pagerduty.retry_after = 5
        self.pagerduty.choose = lambda: None if len(self.slack.taken()) > 1 else "hang"
        incident = self.begin(server)
        begun = time.monotonic()
        wait_until(self.slack.messages, 10, "the page of devops-team at Slack")
        wait_until(lambda: len(self.slack.taken()) > 1, 60, "Slack to take over on-call's page")
        waited = time.monotonic() - begun
        self.assertTrue(23 < waited < 60, f"the next method after 25 s, not {waited:.1f} s")
        for message in self.slack.messages():
            self.assertIn(incident["id"], message)
        wait_until(lambda: self.pagerduty.alerts, 30, "PagerDuty to accept after all")
        (alert, events), = self.pagerduty.alerts.items()
        self.assertEqual(events, ["trigger"])
        tries = self.pagerduty.arrived
        self.assertEqual([t["answer"] for t in tries][:2] + [tries[-1]["answer"]],
                         [429, "hang", 202])
        self.assertGreaterEqual(tries[1]["at"] - tries[0]["at"], 5, "Retry-After is kept")
        self.assertEqual({t["json"]["dedup_key"] for t in tries}, {alert}, "one alert over all")
        trigger = tries[-1]["json"]
        self.assertEqual(trigger["payload"]["severity"], "error")
        self.assertEqual(trigger["payload"]["source"], "shop")
        self.assertEqual(trigger["payload"]["class"], "Trouble")
        self.assertIn(incident["id"], trigger["payload"]["summary"])

        # Somebody follows the link in Slack.
        link = re.search(r"<(\S+/ack/[^|>]+)\|Acknowledge>", self.slack.messages()[0]).group(1)
        server.call("POST", link[link.index("/ack/"):], b"do=ack", raw=True, token=False,
                    headers={"Content-Type": "application/x-www-form-urlencoded"})
        wait_until(lambda: self.pagerduty.alerts[alert] == ["trigger", "acknowledge"], 10,
                   "the acknowledgement at PagerDuty")
        wait_until(lambda: len(self.slack.taken()) == 4, 20, "two notices at Slack")
        wait_until(lambda: (self.trouble(server, 0), not self.open_incident(server))[1], 40,
                   "the incident to resolve")
        wait_until(lambda: self.pagerduty.alerts[alert] == ["trigger", "acknowledge", "resolve"],
                   10, "the end at PagerDuty")
        wait_until(lambda: len(self.slack.taken()) == 6, 20, "two more notices at Slack")
        self.assertEqual(len(self.pagerduty.alerts), 1)
        self.assertIn(429, [t["answer"] for t in self.slack.arrived], "Slack was told to slow down")
        self.assertEqual(self.files(), [], "nothing was left to the outbox")
        self.assertEqual([m.count("[resolved]") > 0 for m in self.slack.messages()],
                         [False] * 4 + [True] * 2)
        self.nothing_secret_is_left(server, link)

    def nothing_secret_is_left(self, server, link):
        secrets = [ROUTING_KEY, self.slack.PATH, link[link.index("/ack/") + 5:]]
        secrets += [entry["json"]["links"][0]["href"].split("/ack/")[1]
                    for entry in self.pagerduty.arrived if "links" in entry["json"]]
        said = [server.log(), json.dumps(server.api("now")),
                server.cli("journal", "show", "--output", "json", check=0)[1]]
        self.assertIn("page.attempted", said[-1])
        for directory, _, names in os.walk(server.data):
            for name in names:
                with open(os.path.join(directory, name), "rb") as f:
                    said.append(f.read().decode("latin-1"))
        for secret in secrets:
            self.assertGreater(len(secret), 20)
            for text in said:
                self.assertNotIn(secret, text)

    def test_an_alert_whose_answer_was_lost_is_closed_all_the_same(self):
        self.pagerduty.choose = lambda: "lose"
        server = self.serve(contacts=["on-call"])
        incident = self.begin(server)
        wait_until(lambda: len(self.pagerduty.taken()) > 1, 10, "it to be tried again")
        self.assertNotEqual(self.pages(server)[("on-call", "pagerduty")]["state"], "delivered")
        server.cli("incident", "resolve", incident["id"], "--reason", "by hand", check=0)
        self.pagerduty.choose = lambda: None
        wait_until(lambda: [events[-1] for events in self.pagerduty.alerts.values()] == ["resolve"],
                   20, "the end at PagerDuty")

    def test_a_proxy_that_says_fine_is_not_believed(self):
        self.pagerduty.choose = lambda: "lie"
        server = self.serve(contacts=["on-call"])
        self.begin(server)
        wait_until(self.slack.messages, 60, "Slack instead")
        self.assertEqual(self.pagerduty.taken(), [])
        page = self.pages(server)[("on-call", "pagerduty")]
        self.assertNotEqual(page["state"], "delivered")
        self.assertIn("bad_answer", json.dumps(page))

    def test_a_key_that_pagerduty_refuses_gives_way_at_once_in_its_words(self):
        wrong = ROUTING_KEY[::-1]
        server = self.serve(key=wrong, contacts=["on-call"], language="ja")
        incident = self.begin(server)
        message = wait_until(self.slack.messages, 10, "Slack instead")[0]
        self.assertEqual(len(self.pagerduty.arrived), 1, "400 is final")
        self.expected_breaks = ["Invalid routing key"]
        _, out, _ = server.cli("journal", "show", "--subject", "incident:" + incident["id"],
                               "--output", "json")
        self.assertIn("HTTP 400: Event object is invalid; Invalid routing key", out)
        self.assertNotIn(wrong, out)
        # One language a page.
        self.assertIn("|確認する>", message)
        self.assertNotIn("Acknowledge", message)

    def test_an_archived_channel_gives_way_to_the_outbox(self):
        self.slack.error = (410, "channel_is_archived")
        server = self.serve(contacts=["devops-team"])
        self.begin(server)
        wait_until(self.files, 10, "the page in the outbox")
        self.assertEqual(len(self.slack.arrived), 1)
        self.assertEqual(self.pages(server)[("devops-team", "slack")]["state"], "failed")

    def test_a_test_page_says_so_and_stays_open_nowhere(self):
        server = self.serve()
        _, out, _ = server.cli("channel", "list", check=0)
        self.assertRegex(out, r"pagerduty +pagerduty +yes")
        _, out, _ = server.cli("channel", "test", "pagerduty", check=0)
        self.assertIn("Test page PG-1 ", out)
        wait_until(lambda: list(self.pagerduty.alerts.values()) == [["trigger", "resolve"]], 10,
                   "the test's alert to come and go")
        payload = self.pagerduty.arrived[0]["json"]["payload"]
        self.assertTrue(payload["summary"].startswith("[test]"), payload)
        self.assertEqual(payload["severity"], "info")
        server.cli("channel", "test", "slack", check=0)
        self.assertIn("[test]", wait_until(self.slack.messages, 10, "the test at Slack")[0])
        code, _, err = server.cli("channel", "test", "slak")
        self.assertEqual(code, 1)
        self.assertIn('Did you mean "slack"?', err)

    def test_a_channel_without_a_key_that_can_be_right_is_unconfigured_and_says_why(self):
        server = self.serve(key="not-a-routing-key", contacts=["on-call"])
        code, out, _ = server.cli("check", server.ops)
        self.assertEqual(code, 0, out)
        self.assertIn("channel pagerduty is unconfigured (routing_key: what "
                      "${env:TEST_ROUTING_KEY} stands for is wrong: expected 32 letters and "
                      "digits", out)
        self.assertNotIn("not-a-routing-key", out + server.log())
        self.begin(server)
        wait_until(self.slack.messages, 10, "the next method")
        self.assertEqual(self.pagerduty.arrived, [])
        code, _, err = server.cli("channel", "test", "pagerduty")
        self.assertEqual(code, 1)
        self.assertIn("32 letters and digits", err)


if __name__ == "__main__":
    unittest.main()
