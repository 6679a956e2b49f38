"""Alarms on anomaly bands with the real binary: two weeks of a daily pattern come by remote write, a
value that leaves its band goes to ALARM and opens an incident, and everything that shows the alarm
shows the band."""
import json
import math
import os
import tempfile
import time
import unittest

from tests.support import remote_write
from tests.support.ops import replace, write_ops
from tests.support.server import Server, wait_until

ALARM = """  - name: UnusualLoad
    metrics:
      - {id: m1, metric: load, dimensions: {Queue: app}, returnData: true}
      - {id: band, expression: "ANOMALY_DETECTION_BAND(m1, 3)"}
    thresholdMetricId: band
    treatMissingData: notBreaching
    action: alert
"""
MINUTE = 60
DAY = 86_400


def usual(at):
    """By the hour of the day, with some noise that is no pattern."""
    return 100 + 50 * math.sin(at / DAY * 2 * math.pi) + (at // MINUTE * 7919 % 13 - 6) / 2


class BandsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="hinomi-bands-")
        self.addCleanup(self.folder.cleanup)
        self.ops = write_ops(os.path.join(self.folder.name, "ops"), extra_alarms=ALARM)
        self.data = os.path.join(self.folder.name, "data")
        self.server = Server(ops=self.ops, data=self.data)
        self.addCleanup(self.server.close)

    def send(self, samples):
        remote_write.send(self.server, [({"__name__": "load", "Queue": "app"},
                                         [(int(at * 1000), value) for at, value in samples])])

    def send_history(self, seconds):
        """A sample a minute, up to a minute ago."""
        end = int(time.time()) // MINUTE * MINUTE - MINUTE
        self.send([(at, usual(at)) for at in range(end - seconds, end, MINUTE)])

    def alarm(self):
        return self.server.api("alarms/UnusualLoad?lang=en")

    def send_now(self, factor):
        now = time.time()
        self.send([(now, factor * usual(int(now)))])

    def await_state(self, state, factor):
        def reached():
            # A period is a minute that ends with each look: what came before wears off.
            self.send_now(factor)
            time.sleep(1)
            return self.alarm()["state"] == state
        return wait_until(reached, 150, "the alarm to be " + state)

    def test_a_value_out_of_its_band_opens_an_incident(self):
        self.server.start()
        self.send_history(14 * DAY)
        self.await_state("OK", 1)
        shown = self.alarm()
        self.assertIsNone(shown["threshold"])
        self.assertEqual(shown["threshold_text"], "ANOMALY_DETECTION_BAND(m1, 3)")
        band, model = shown["band"], shown["model"]
        self.assertEqual((band["of"], band["spreads"], band["zone"]), ("m1", 3, "Asia/Tokyo"))
        self.assertAlmostEqual(band["expected"], usual(time.time()), delta=12)
        self.assertLess(band["lower"], band["expected"])
        self.assertLess(band["upper"] - band["lower"], 60)
        self.assertEqual((model["season"], model["no_band"]), ("hour_of_week", ""))
        self.assertGreater(model["points"], 14 * 1440 - 70)
        self.assertGreater(model["inside"], 0.9)

        self.await_state("ALARM", 3)
        shown = self.alarm()
        self.assertEqual(shown["reason_code"], "threshold_crossed")
        self.assertRegex(shown["reason"],
                         r"^Thresholds Crossed: 1 datapoint \[.*\] was less than the lower "
                         r"thresholds \[.*\] or greater than the upper thresholds \[.*\]\.$")
        self.assertIn("Usual at this time is", shown["sentence"])
        incident, = wait_until(lambda: self.server.api("incidents?state=open")["incidents"], 20,
                               "the incident")
        self.assertEqual(incident["alarm"], "UnusualLoad")

        explained = self.server.api("explain/UnusualLoad?lang=en")
        self.assertIn("(usual: ", explained["sentence"])
        self.assertIn("by hour of the week", explained["sentence"])
        self.assertIn("曜日と時刻ごと", self.server.api("explain/UnusualLoad?lang=ja")["sentence"])
        point = next(one for one in explained["datapoints"] if one["value"] is not None)
        self.assertGreater(point["value"], point["upper"])
        code, out, _ = self.server.cli("alarm", "list")
        self.assertEqual(code, 1, out)
        self.assertIn("usual: ", out)
        code, out, _ = self.server.cli("alarm", "show", "UnusualLoad")
        self.assertEqual(code, 0, out)
        self.assertRegex(out, r"learnt +What is usual was learnt from \d+ points")
        code, out, _ = self.server.cli("explain", "UnusualLoad")
        self.assertEqual(code, 0, out)
        self.assertIn("EXPECTED", out)

        series = self.server.api("alarms/UnusualLoad/series?step_seconds=300")
        self.assertIsNone(series["threshold"])
        self.assertGreater(len(series["bands"]), 30)

        # A restart has the same band and nothing new to say; a backtest finds what happened.
        before = self.alarm()["model"]
        self.server.stop()
        self.server.start()
        after = self.alarm()
        self.assertEqual((after["state"], after["since"]), (shown["state"], shown["since"]))
        if after["model"]["until"] == before["until"]:  # Else an hour has begun in between.
            self.assertEqual(after["model"], before)
        code, out, error = self.server.cli("alarm", "backtest", "--alarm", "UnusualLoad", "--from",
                                           "5m", "--output", "json")
        self.assertEqual(code, 0, error)
        moves = json.loads(out)["transitions"]
        self.assertIn("ALARM", [move["to"] for move in moves], out)
        moved = next(move for move in moves if move["to"] == "ALARM")
        self.assertIn("upper thresholds", moved["reason"])

    def test_without_enough_history_it_says_so_and_pages_nobody(self):
        self.server.start()
        self.send_history(30 * MINUTE)
        self.send_now(9)
        wait_until(lambda: self.alarm()["value"] is not None, 20, "the value")
        time.sleep(3)
        shown = self.alarm()
        self.assertEqual(shown["state"], "INSUFFICIENT_DATA")
        self.assertIsNone(shown["band"]["upper"])
        self.assertIn("too little data", shown["model"]["no_band"])
        self.assertIn("not known yet", shown["sentence"])
        self.assertIn("too little data",
                      self.server.api("explain/UnusualLoad?lang=en")["sentence"])
        self.assertIn("いつもの範囲はまだありません",
                      self.server.api("explain/UnusualLoad?lang=ja")["sentence"])
        self.assertFalse(self.server.api("incidents?state=open")["incidents"])
        # What is imported counts at the next look.
        self.send_history(3 * DAY)
        self.await_state("OK", 1)
        self.assertEqual(self.alarm()["model"]["season"], "hour_of_day")

    def test_a_folder_with_a_mistake_is_refused_with_place_and_remedy(self):
        self.server.start()
        alarms = os.path.join(self.ops, "alarms.yml")
        with open(alarms, encoding="utf-8") as file:
            text = file.read()
        replace(alarms, text.replace("    thresholdMetricId: band\n", ""))
        code, out, error = self.server.cli("check", self.ops)
        self.assertEqual(code, 1, out + error)
        self.assertIn("alarms.yml:13:33: alarms[1].metrics[1].expression: ANOMALY_DETECTION_BAND is "
                      "only what an alarm is held against; name it: thresholdMetricId: band",
                      out + error)


if __name__ == "__main__":
    unittest.main()
