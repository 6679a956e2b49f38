"""SIGKILL at random moments under load: nothing that was promised is lost, nothing doubled.

HN_SEED picks the moments and the receiver's moods; HN_KILLS the number of kills
(10, with HN_SOAK=1 200). A failure prints the seed.
"""

import collections
import http.client
import json
import os
import random
import tempfile
import threading
import time
import unittest
import urllib.parse

from tests.support import remote_write
from tests.support.ops import write_ops
from tests.support.receivers import WebhookReceiver
from tests.support.server import HttpAnswer, Server, wait_until

SEED = int(os.environ.get("HN_SEED", "1"))
KILLS = int(os.environ.get("HN_KILLS", "200" if os.environ.get("HN_SOAK") else "10"))
GRID_MS = 50  # every sample lies on this grid, so that query_range meets it exactly
WRITERS = 3
SERIES = 5  # of each writer
ALARMS = 4

EXTRA_ALARM = ("  - name: Trouble{n}\n    metric: trouble{n}\n    threshold: 10\n"
               "    period: 10s\n    statistic: Maximum\n    evaluationPeriods: 1\n"
               "    dimensions: {{ServiceName: shop}}\n    action: alert\n")

# What a client sees of a server that is killed or not there yet.
GONE = (OSError, http.client.HTTPException)


class Load:
    """Clients that know what they were promised. Each method runs on a thread of its own."""

    def __init__(self, server, webhook):
        self.server = server
        self.webhook = webhook
        self.stopping = threading.Event()
        self.failures = []
        self.answered = [[] for _ in range(WRITERS)]  # grid times in ms, answered 2xx
        self.sent = [set() for _ in range(WRITERS)]
        self.opened = {}  # key → incident, answered 2xx
        self.acknowledged = set()
        self.checkpoints = []
        self.threads = [threading.Thread(target=self.guard, args=(work, *rest), daemon=True)
                        for work, *rest in [(self.write, n) for n in range(WRITERS)] +
                        [(self.alarm, n) for n in range(ALARMS)] +
                        [(self.people, 0), (self.people, 1), (self.keep_checkpoints,)]]
        for thread in self.threads:
            thread.start()

    def guard(self, work, *arguments):
        try:
            work(*arguments)
        except Exception as error:  # pylint: disable=broad-except
            self.failures.append(f"{work.__name__}{arguments}: {error!r}")

    def until_answered(self, call):
        """Asks again as often as the server dies over it; None when the load ends."""
        while not self.stopping.is_set():
            try:
                return call()
            except HttpAnswer as answer:
                if answer.status not in (503, 504):
                    raise
            except GONE:
                pass
            self.stopping.wait(0.02)
        return None

    def write(self, writer):
        """Batches whose values can be told apart, as a remote_write queue sends them."""
        at = int(time.time() * 1000) // GRID_MS * GRID_MS
        while not self.stopping.is_set():
            at = max(at + GRID_MS, int(time.time() * 1000) // GRID_MS * GRID_MS)
            batch = [({"__name__": "crash_load", "writer": str(writer), "series": str(n)},
                      [(at, value(writer, n, at))]) for n in range(SERIES)]
            self.sent[writer].add(at)

            def send(batch=batch):
                remote_write.send(self.server, batch)
                return True

            if self.until_answered(send):
                self.answered[writer].append(at)
            self.stopping.wait(max(0.0, at / 1000 - time.time()))

    def alarm(self, number):
        """Goes wrong for 12 s and well for 25 s, each alarm at another time."""
        name = "trouble" if number == 0 else f"trouble{number}"
        begun = time.monotonic() - 9 * number
        while not self.stopping.is_set():
            bad = (time.monotonic() - begun) % 37 < 12
            self.until_answered(lambda bad=bad: remote_write.send(
                self.server, [({"__name__": name, "ServiceName": "shop"},
                               [(int(time.time() * 1000), 50.0 if bad else 0.0)])]) or True)
            self.stopping.wait(0.4)

    def people(self, person):
        """Open incidents by hand, each with one key however often they must ask,
        and take what has paged them."""
        number = 0
        while not self.stopping.is_set():
            number += 1
            key = f"person-{person}-{number}"
            answer = self.until_answered(lambda key=key: self.server.post(
                "/api/hinomi/v1/incidents", {"title": key}, headers={"Idempotency-Key": key}))
            if answer:
                self.opened[key] = answer["incident"]["id"]
                self.acknowledge(self.opened[key])
            self.stopping.wait(0.3)

    def acknowledge(self, incident):
        def paged():
            return self.stopping.is_set() or any(
                page["incident"] == incident for page in pages(self.webhook))

        while not paged():
            self.stopping.wait(0.05)
        answer = self.until_answered(lambda: self.server.post(
            f"/api/hinomi/v1/incidents/{incident}/acknowledge",
            headers={"Idempotency-Key": "ack-" + incident}))
        if answer:
            self.acknowledged.add(incident)

    def keep_checkpoints(self):
        """Keeps checkpoints off the server, as an auditor would."""
        while not self.stopping.is_set():
            def fetch():
                try:
                    return self.server.api("journal/checkpoint")["checkpoint"]
                except HttpAnswer as answer:
                    if answer.status == 404:
                        return None
                    raise

            checkpoint = self.until_answered(fetch)
            if checkpoint and checkpoint not in self.checkpoints:
                self.checkpoints.append(checkpoint)
            self.stopping.wait(0.5)

    def end(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(40)
            assert not thread.is_alive(), "a client hangs"


def value(writer, series, at_ms):
    """A number that no other sample has, exact in a double."""
    return float((at_ms // GRID_MS * WRITERS + writer) * SERIES + series)


def pages(webhook):
    return [a["json"]["data"] for a in webhook.accepted() if a["json"]["data"]["kind"] == "page"]


class CrashTest(unittest.TestCase):
    def setUp(self):
        print(f"HN_SEED={SEED}, {KILLS} kills", flush=True)
        self.random = random.Random(SEED)
        self.webhook = WebhookReceiver()
        self.addCleanup(self.webhook.close)
        moods = random.Random(SEED + 1)
        self.webhook.choose = lambda: moods.choices(
            [200, 503, "close", "lose", "hang"], [80, 6, 6, 6, 2])[0]
        folder = tempfile.TemporaryDirectory(prefix="hinomi-crash-")
        self.addCleanup(folder.cleanup)
        ops = write_ops(os.path.join(folder.name, "ops"), webhook=self.webhook.url,
                        extra_alarms="".join(EXTRA_ALARM.format(n=n) for n in range(1, ALARMS)))
        self.server = Server(ops, os.path.join(folder.name, "data"))
        self.addCleanup(self.server.close)

    def test_nothing_promised_is_lost_and_nothing_is_doubled(self):
        self.server.start()
        load = Load(self.server, self.webhook)
        self.addCleanup(load.stopping.set)
        for _ in range(KILLS):
            # Now and then during the start itself, mostly under full load.
            early = self.random.random() < 0.2
            load.stopping.wait(self.random.uniform(0, 0.4) if early
                               else self.random.uniform(0.3, 4.5))
            self.server.kill()
            self.assertEqual(load.failures, [])
            self.server.start(wait=False)
            if self.random.random() < 0.8:
                self.server.wait_ready()
        self.server.wait_ready()
        wait_until(lambda: load.failures or any(
            i["resolution_code"] == "source_recovered"
            for i in self.server.api("incidents?state=resolved")["incidents"]),
                   60, "an alarm to recover under all this")
        load.end()
        self.assertEqual(load.failures, [])
        self.check_samples(load)
        journal = self.read_journal()
        self.check_pages(journal)
        self.check_commands(load, journal)
        self.check_proofs(load)
        print(f"{sum(map(len, load.answered))} batches, {len(load.opened)} incidents by hand, "
              f"{len(load.acknowledged)} acknowledgements, {len(load.checkpoints)} checkpoints, "
              f"{len(journal)} events", flush=True)

    def check_samples(self, load):
        """Every sample answered 2xx is there; none that was never sent."""
        for writer in range(WRITERS):
            answered = load.answered[writer]
            self.assertGreater(len(answered), KILLS, "the load was a load")
            found = [self.read_back(writer, n, min(answered), max(load.sent[writer]))
                     for n in range(SERIES)]
            for series in range(SERIES):
                lost = [at for at in answered
                        if found[series].get(at) != value(writer, series, at)]
                self.assertEqual(lost, [], f"lost of writer {writer}, series {series}")
                raw = self.raw(load, writer, series)
                self.assertEqual(len(raw), len(set(raw)), "no sample stands twice")
                self.assertLessEqual(set(raw), load.sent[writer], "no sample from nowhere")
            batches = [frozenset(self.raw(load, writer, n)) for n in range(SERIES)]
            self.assertEqual(len(set(batches)), 1, "a batch is there whole or not at all")

    def read_back(self, writer, series, start_ms, end_ms):
        found = {}
        for first in range(start_ms, end_ms + 1, GRID_MS * 5000):
            last = min(end_ms, first + GRID_MS * 4999)
            query = urllib.parse.urlencode({
                "query": f'crash_load{{writer="{writer}",series="{series}"}}',
                "start": first / 1000, "end": last / 1000, "step": GRID_MS / 1000})
            for one in self.server.get("/api/v1/query_range?" + query)["data"]["result"]:
                found.update((round(at * 1000), float(v)) for at, v in one["values"])
        return found

    def raw(self, load, writer, series):
        # As of the last sample: it lies up to a grid step ahead of the present.
        query = urllib.parse.urlencode(
            {"query": f'crash_load{{writer="{writer}",series="{series}"}}[1d]',
             "time": max(load.sent[writer]) / 1000})
        result = self.server.get("/api/v1/query?" + query)["data"]["result"]
        return [round(at * 1000) for one in result for at, _ in one["values"]]

    def read_journal(self):
        """All of it, oldest first, and dense."""
        entries, before = [], 0
        while not entries or entries[-1]["sequence"] > 1:
            part = self.server.api(f"journal?limit=500&before={before}")["entries"]
            self.assertTrue(part)
            entries += part
            before = part[-1]["sequence"]
        entries.reverse()
        self.assertEqual([e["sequence"] for e in entries], list(range(1, len(entries) + 1)))
        return entries

    def check_pages(self, journal):
        """Each opened incident paged its first level, counted at the receiver, as one page."""
        opened = [e["subject"].removeprefix("incident:") for e in journal
                  if e["type"] == "incident.opened"]
        self.assertEqual(len(opened), len(set(opened)))
        self.assertGreater(sum(e["type"] == "alarm.transitioned" for e in journal), 2)

        def waiting():
            return set(opened) - {page["incident"] for page in pages(self.webhook)}

        wait_until(lambda: not waiting(), 150, "the pages of all incidents")
        ids = collections.defaultdict(set)
        for message in self.webhook.accepted():
            data = message["json"]["data"]
            ids[data["incident"], data["kind"], data.get("level"), data["contact"]].add(
                message["id"])
        doubled = {about: found for about, found in ids.items() if len(found) > 1}
        self.assertEqual(doubled, {}, "the same page under two ids: the receiver cannot drop it")
        self.assertLessEqual({about[0] for about in ids}, set(opened), "no page from nowhere")

    def check_commands(self, load, journal):
        self.assertGreater(len(load.opened), 3)
        self.assertEqual(len(set(load.opened.values())), len(load.opened), "one key, one incident")
        about = collections.Counter((e["type"], e["subject"].removeprefix("incident:"))
                                    for e in journal)
        for incident in load.opened.values():
            self.assertEqual(about["incident.opened", incident], 1)
        for incident in load.acknowledged:
            self.assertEqual(about["incident.acknowledged", incident], 1, incident)

    def check_proofs(self, load):
        code, out, err = self.server.cli("journal", "verify")
        self.assertEqual(code, 0, out + err)
        self.assertTrue(load.checkpoints)
        for checkpoint in load.checkpoints:
            answer = self.server.post("/api/hinomi/v1/journal/verify", {"checkpoint": checkpoint})
            self.assertTrue(answer["ok"] and answer["anchored"], json.dumps(answer))
        self.assertEqual(self.server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
