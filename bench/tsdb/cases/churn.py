"""A day in fast motion, in which every series is replaced ten times an hour.

Timestamps run, not the clock. Steps are a minute, as with sparse scrapes: a series lives
for six samples, which is what makes it hard. A server is ended when it takes more than half
of the machine's memory or too long."""

import subprocess
import threading
import time

from bench.tsdb import check, load, process
from bench.tsdb.sizes import thousands

STEP_S = 60
LIFETIME_ROUNDS = 6


def run(bench, report):
    series, hours = bench.size.churn
    data = load.devops(bench.work, series, hours * 3600 // STEP_S, STEP_S, LIFETIME_ROUNDS)
    expected = data.expect(wanted_series=200)
    # Series that come and go in millions are counted by the metrics that have few.
    few = min(expected["counts"].values())
    variant = f"{thousands(series)}, 10 x an hour, {hours} h"
    for kind in bench.servers:
        with kind(bench.work) as server:
            with Watch(server, bench.size.churn_limit_s) as watch:
                try:
                    told = data.replay(server)
                except subprocess.CalledProcessError:
                    told = None
            peak = {"peak_MiB": watch.peak / 2**20}
            if told is None:
                report.add(kind.name, variant, peak, None,
                           f"ENDED {watch.reason or 'by itself'} after {watch.seconds:.0f} s")
                continue
            server.await_idle(bench.size.calm_s)
            figures = {
                "cpu_s_per_M": process.cpu_seconds(server.pid) / data.samples * 1e6, **peak,
                "p99_ms": told["p99_ms"], "longest_ms": told["longest_ms"],
                "disk_B_per_sample": server.disk_bytes() / data.samples}
            findings = check.verify(server, data, expected, at_most_of_a_name=few)
            report.add(kind.name, variant, figures, findings, bench.refusals(told))
    data.remove()


class Watch:
    """Looks at a server's memory while it is loaded, and ends it at the limits."""

    def __init__(self, server, limit_s):
        self.server = server
        self.limit_s = limit_s
        self.limit_bytes = process.available_bytes() // 2
        self.peak = 0
        self.reason = None
        self.begun = time.monotonic()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    @property
    def seconds(self):
        return time.monotonic() - self.begun

    def _look(self):
        while not self.over.wait(0.2):
            try:
                self._measure()
            except (FileNotFoundError, ProcessLookupError):
                return  # It has ended; the load notices.
            if self.peak > self.limit_bytes:
                self.reason = f"at {self.limit_bytes >> 20} MiB"
            elif self.seconds > self.limit_s:
                self.reason = "by the clock"
            if self.reason:
                self.server.process.kill()
                return

    def _measure(self):
        self.peak = max(self.peak, process.memory_bytes(self.server.pid))

    def __enter__(self):
        self._measure()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
