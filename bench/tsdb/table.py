#!/usr/bin/env python3
"""The table of bench/README.md, out of the reports of the last run.

    bench/tsdb/table.py >table.md"""

import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from bench.tsdb import report, servers  # pylint: disable=wrong-import-position

# (what, case, variant, figure)
ROWS = (
    ("ingest, 100k series, CPU s per million samples", "ingest", "synthetic 100k x 40",
     "cpu_s_per_M"),
    ("the same, 4 connections", "ingest", "synthetic 100k x 40, 4 connections", "cpu_s_per_M"),
    ("the same, recorded pages of 197 hosts", "ingest", "recorded 197 hosts x 40", "cpu_s_per_M"),
    ("a request of 2,000 samples, ms, median", "ingest", "synthetic 100k x 40", "p50_ms"),
    ("… 99 %", "ingest", "synthetic 100k x 40", "p99_ms"),
    ("ingest, 500k series: times the CPU of 10k", "ingest", "synthetic 500k x 12", "growth"),
    ("a new series, CPU µs", "ingest", "synthetic 100k x 40", "new_series_us"),
    ("memory, B per series, 500k after 12 rounds", "ingest", "synthetic 500k x 12",
     "memory_B_per_series"),
    ("memory, B per series, 100k after 480 rounds", "ingest", "synthetic 100k x 480",
     "memory_B_per_series"),
    ("written to disk, B per sample over 12 h", "disk", "synthetic 12 h x 10k",
     "written_B_per_sample"),
    ("disk, synthetic, B per sample", "disk", "synthetic 12 h x 10k", "disk_B_per_sample"),
    ("disk, recorded, B per sample", "disk", "recorded", "disk_B_per_sample"),
    ("kill -9 at 500k series: s from exec to the right answer", "restart", "synthetic 500k x 12",
     "right_answer_s"),
    ("… acknowledged samples lost, of 6 million", "restart", "synthetic 500k x 12", "lost"),
    ("scrape, CPU s per million samples", "scrape", "100 targets x 1 s", "cpu_s_per_M"),
    ("10k recording rules that give nothing, CPU ms a round", "rules", "10k recording rules",
     "cpu_ms_per_round"),
    ("10k alerting rules that do not fire, CPU ms a round", "rules", "10k alerting rules",
     "cpu_ms_per_round"),
    ("24 h of churn: MiB of memory at most", "churn", "100k, 10 x an hour, 24 h", "peak_MiB"),
    ("… longest request, ms", "churn", "100k, 10 x an hour, 24 h", "longest_ms"),
)


def results(folder):
    """{(case, variant, server): result} of all reports, and the last report's head."""
    found, head = {}, None
    for path in sorted(folder.glob("tsdb-*.json")):
        head = json.loads(path.read_text(encoding="utf-8"))
        if head["size"] != "full":
            sys.exit(f"{path} is of a run with --size {head['size']}; the table is of full runs")
        for result in head["results"]:
            found[head["case"], result["variant"], result["server"]] = result
    return found, head


def cell(found, case, variant, figure, server):
    result = found.get((case, variant, server))
    if result is None:
        return "–"
    value = result["figures"].get(figure)
    return result.get("note", "–") if value is None else report.FIGURES[figure][0].format(value)


def main():
    found, head = results(pathlib.Path(os.environ.get("HINOMI_BENCH_REPORTS", report.FOLDER)))
    if head:
        versions = ", ".join(f"{name} {version}" for name, version in head["versions"].items())
        print(f"{head['machine']}; {versions}\n")
    print("| what | " + " | ".join(servers.ALL) + " | Hinomi must reach |")
    print("|---|" + "---|" * (len(servers.ALL) + 1))
    for what, case, variant, figure in ROWS:
        cells = [cell(found, case, variant, figure, server) for server in servers.ALL]
        bound = report.BOUNDS.get((case, variant, figure))
        bound = "0" if figure == "lost" else "" if bound is None else f"≤ {bound:,}"
        print(f"| {what} | " + " | ".join(cells) + f" | {bound} |")


if __name__ == "__main__":
    main()
