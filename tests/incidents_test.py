"""What happens between an incident's beginning and its end, by CLI and API, and what is left of it."""

import json
import os
import tempfile
import time
import unittest

from tests.support import remote_write
from tests.support.ops import replace, write_ops
from tests.support.receivers import WebhookReceiver
from tests.support.server import HttpAnswer, Server, wait_until

ESCALATION = """escalation:
  standard:
    steps:
      - level: L1
        after: 0s
        until: acknowledged
        contacts: [on-call]
      - level: L2
        after_previous: 3s
        contacts: [team-lead]
      - level: L4
        severities: [critical]
        at_once_for: [critical]
        contacts: [boss]
    on_exhausted: [boss]
"""
BOSS = """  boss:
    title: Boss
    methods:
      - channel: webhook
      - channel: outbox
    hours: 24/7
"""
ROUTES = """routes:
  alert:
    severity: error
    escalation: standard
storm: {incidents: 3, within: 1m}
"""


class IncidentsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="hinomi-e2e-")
        self.addCleanup(self.folder.cleanup)
        self.webhook = WebhookReceiver()
        self.addCleanup(self.webhook.close)
        self.ops = write_ops(os.path.join(self.folder.name, "ops"), webhook=self.webhook.url)
        with open(os.path.join(self.ops, "escalation.yml"), "w", encoding="utf-8") as f:
            f.write(ESCALATION)
        with open(os.path.join(self.ops, "routes.yml"), "w", encoding="utf-8") as f:
            f.write(ROUTES)
        with open(os.path.join(self.ops, "contacts.yml"), "a", encoding="utf-8") as f:
            f.write(BOSS)

    def serve(self):
        server = Server(self.ops, os.path.join(self.folder.name, "data"))
        self.addCleanup(server.close)
        return server.start()

    def open(self, server, title="slow"):
        code, out, err = server.cli("incident", "open", title, "--output", "json")
        self.assertEqual(code, 0, err)
        return json.loads(out)["incident"]["id"]

    def pages(self, incident, kind="page"):
        data = [a["json"]["data"] for a in self.webhook.accepted()]
        return [d for d in data if d["incident"] == incident and d["kind"] == kind]

    def told(self, incident):
        return sorted(p["contact"] for p in self.pages(incident))

    def do(self, server, *words):
        code, out, err = server.cli("incident", *words)
        self.assertEqual(code, 0, err)
        return out

    def test_it_is_put_off_made_worse_merged_and_written_about(self):
        server = self.serve()
        first = self.open(server)
        self.assertIn("put off for 2h", self.do(server, "snooze", first, "--for", "2h"))
        # Past the time of L2, which a snooze holds: the next incident's L2 has come meanwhile.
        second = self.open(server, "also slow")
        wait_until(lambda: "team-lead" in self.told(second), 10, "L2 of the second incident")
        self.assertEqual(self.told(first), ["on-call"])
        shown = server.api(f"incidents/{first}")
        self.assertEqual(shown["upcoming"][0]["kind"], "snooze_over")
        self.assertIsNotNone(shown["snoozed_until"])

        self.do(server, "unacknowledge", first)
        wait_until(lambda: "team-lead" in self.told(first), 10, "L2 once it is nobody's again")
        self.do(server, "severity", first, "critical", "--reason", "nobody can pay")
        wait_until(lambda: "boss" in self.told(first), 10, "L4 of a critical incident")
        self.assertEqual(self.pages(first)[-1]["severity"], "critical")

        self.do(server, "merge", second, first)
        merged = server.api(f"incidents/{second}")
        self.assertEqual((merged["state"], merged["merged_into"], merged["resolution_code"]),
                         ("resolved", first, "merged"))
        wait_until(lambda: self.pages(second, "resolved"), 10, "the notice")

        self.do(server, "link", first, "https://tickets.example.com/42", "--text", "the ticket")
        self.do(server, "correct", first, "impact_start", "--time", "2026-01-01T00:00:00Z")
        self.do(server, "acknowledge", first)
        self.do(server, "resolve", first, "--reason", "rolled back")
        draft = self.do(server, "postmortem", first)
        for part in (f"# {first}: slow", "| impact began | 2026-01-01T00:00:00Z |", "rolled back",
                     "nobody can pay", "https://tickets.example.com/42 (the ticket)", "## Actions"):
            self.assertIn(part, draft)
        # All of it is in the journal, and what people wrote is sealed there.
        self.assertEqual(server.cli("journal", "verify")[0], 0)
        self.assertEqual(server.metric("hinomi_incidents_forgotten"), 0)

    def test_wrong_asks_are_refused_in_words(self):
        server = self.serve()
        incident = self.open(server)
        for words, says in (
                (("snooze", incident, "--for", "2d"), "put off for 1d at most"),
                (("snooze", "INC-9", "--for", "2h"), "There is no incident"),
                (("merge", incident, incident), "already itself"),
                (("merge", incident, "INC-9"), "There is no incident \"INC-9\""),
                (("link", incident, "javascript:alert(1)"), "begins with https://"),
                (("correct", incident, "resolved"), "still open"),
                (("escalate", incident, "--level", "L9"), "has no level \"L9\"")):
            code, _, err = server.cli("incident", *words)
            self.assertEqual(code, 1, words)
            self.assertIn(says, err)
        self.assertEqual(server.cli("incident", "severity", incident, "bad")[0], 2)
        with self.assertRaises(HttpAnswer) as answer:
            server.post(f"/api/hinomi/v1/incidents/{incident}/severity", {"severity": "bad"})
        self.assertIn("they are critical, error, warning, info", answer.exception.body)

    def test_a_storm_pages_once_and_ends_with_its_last_problem(self):
        alarms = "".join(
            f"  - name: Trouble{i}\n    metric: trouble{i}\n    threshold: 10\n    period: 10s\n"
            "    statistic: Maximum\n    evaluationPeriods: 1\n"
            "    dimensions: {ServiceName: shop}\n    action: alert\n" for i in range(40))
        replace(os.path.join(self.ops, "alarms.yml"), "alarms:\n" + alarms)
        server = self.serve()

        def trouble(value):
            now = int(time.time() * 1000)
            remote_write.send(server, [({"__name__": f"trouble{i}", "ServiceName": "shop"},
                                        [(now, value)]) for i in range(40)])
        trouble(50)
        wait_until(lambda: len(server.api("now")["alarms"]) == 40 and all(
            a["state"] == "ALARM" for a in server.api("now")["alarms"]), 20, "all alarms")
        incidents = server.api("incidents?state=open")["incidents"]
        self.assertEqual(len(incidents), 4)
        storm = next(i for i in incidents if i["members"]["total"])
        self.assertEqual((storm["members"]["total"], storm["members"]["lasting"]), (37, 37))
        self.assertIn("alarm:Trouble", storm["members"]["named"][0])
        self.assertIn("most of shop", storm["title"])
        wait_until(lambda: self.told(storm["id"]), 10, "the page of the storm")
        on_call = [p for i in incidents for p in self.pages(i["id"]) if p["contact"] == "on-call"]
        self.assertEqual(len(on_call), 4)
        wait_until(lambda: (trouble(0), not server.api("incidents?state=open")["incidents"])[1], 60,
                   "all to recover")

    def test_check_names_the_minute_at_which_nobody_would_be_there(self):
        replace(os.path.join(self.ops, "routes.yml"),
                "routes:\n  alert:\n    severity: critical\n    escalation: standard\n")
        with open(os.path.join(self.ops, "contacts.yml"), encoding="utf-8") as f:
            contacts = f.read()
        hours = "{zone: Asia/Tokyo, weekdays: [mon], from: \"09:00\", to: \"18:00\"}"
        replace(os.path.join(self.ops, "contacts.yml"),
                contacts.replace("hours: 24/7", "hours: " + hours))
        # A server starts all the same: at that minute it is needed most.
        server = self.serve()
        code, out, _ = server.cli("check", self.ops)
        self.assertEqual(code, 1)
        self.assertRegex(out, r"escalation\.standard: at \d{4}-\d\d-\d\d \d\d:\d\d JST nobody could")

    def test_the_future_of_an_incident_is_told_before_it_happens(self):
        server = self.serve()
        code, out, err = server.cli("incident", "simulate", "alert", "--ops", self.ops, "--at",
                                    "2026-12-05T01:00:00Z", "--output", "json")
        self.assertEqual(code, 0, err)
        facts = [(f["after_seconds"], f["type"], f["contact"]) for f in json.loads(out)["facts"]]
        self.assertEqual(facts, [(0, "incident.opened", ""), (0, "page.queued", "on-call"),
                                 (3, "page.queued", "team-lead"), (3, "page.queued", "boss"),
                                 (3, "escalation.ended", "")])
        code, _, err = server.cli("incident", "simulate", "alrt", "--ops", self.ops)
        self.assertEqual(code, 2)
        self.assertIn("did you mean \"alert\"?", err)


if __name__ == "__main__":
    unittest.main()
