"""A hundred node_exporters, each scraped once a second: processor time a sample.

The targets tell recorded pages, gzipped if asked; what was stored is compared with what
was served."""

import json
import re
import time
import urllib.request

from bench.tsdb import check, load, process, recording

VARIANT = "100 targets x 1 s"
COMPARED = ("node_load1", "node_intr_total", "node_memory_MemFree_bytes")
PAGES = 60        # That the targets tell, over and over; of serve.cc, as is the stride.
PAGES_APART = 7


def run(bench, report):
    for kind in bench.servers:
        with load.Targets(bench.recording) as targets, \
                kind(bench.work, scrape=targets.port) as server:
            _await_all_known(targets)
            before, cpu, begun = _stats(targets), process.cpu_seconds(server.pid), time.monotonic()
            time.sleep(bench.size.scrape_s)
            after, used = _stats(targets), process.cpu_seconds(server.pid) - cpu
            seconds = time.monotonic() - begun
            pages = sum(after["served"]) - sum(before["served"])
            samples = pages * after["samples_a_page"]
            figures = {"cpu_s_per_M": used / samples * 1e6, "scrapes_per_s": pages / seconds}
            held = _stats(targets, "/hold")
            time.sleep(1)  # What was served last is stored by now.
            report.add(kind.name, VARIANT, figures, _verify(server, bench.recording, held))


def _await_all_known(targets):
    """Until each target was scraped twice: the first time finds all its series new, and
    Prometheus looks for five seconds before it begins."""
    end = time.monotonic() + 60
    while min(_stats(targets)["served"]) < 2:
        if time.monotonic() > end:
            raise RuntimeError(f"not every target was scraped: {_stats(targets)['served']}")
        time.sleep(0.1)


def _stats(targets, path="/stats"):
    with urllib.request.urlopen(f"http://127.0.0.1:{targets.port}{path}", timeout=10) as answer:
        return json.load(answer)


def _verify(server, recorded, held):
    server.make_visible()
    findings = check.Findings(sent=sum(held["served"]) * held["samples_a_page"])
    now = time.time()
    # By name, as what scrapers add of their own is not on the page.
    for name in sorted(_names(recorded.pages[0][1])):
        result = server.query(
            f'sum(count_over_time({{__name__="{name}",job=~"node.*"}}[15m]))', now)
        findings.found += int(float(result[0]["value"][1])) if result else 0
    for metric in COMPARED:
        pages = [_value(page, metric) for _, page in recorded.pages[:PAGES]]
        for target in range(0, len(held["served"]), 10):
            served = [pages[(target * PAGES_APART + n) % len(pages)]
                      for n in range(held["served"][target])]
            result = server.query(f'{metric}{{instance="host{target}"}}[15m]', now)
            stored = [check.bits(value) for one in result for _, value in one["values"]]
            findings.values += len(served)
            findings.missing += max(0, len(served) - len(stored))
            findings.changed += sum(a != b for a, b in zip(stored, served))
    return findings


def _names(page):
    return {re.match(r"[^{ ]+", line).group() for line in page.split("\n")
            if recording.is_sample(line)}


def _value(page, metric):
    """Of a metric without labels."""
    for line in page.split("\n"):
        if recording.is_sample(line) and line.startswith(metric + " "):
            return check.bits(line.rsplit(" ", 1)[1])
    raise KeyError(f"{metric} is not on a page of the recording")
