#!/usr/bin/env python3
"""The time-series engine against VictoriaMetrics and Prometheus, on the same bytes.

    bench/tsdb/run.py [--quick] [case …]

A line a server and variant goes to standard output, the whole to
build/reports/bench/tsdb-CASE.json. Exit code 1 if Hinomi falls short of a bound or does not
have what it acknowledged. bench/README.md says what the cases are and what they need."""

import argparse
import importlib
import os
import pathlib
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from bench.tsdb import load, servers, sizes  # pylint: disable=wrong-import-position
from bench.tsdb.report import Report  # pylint: disable=wrong-import-position

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ("ingest", "disk", "restart", "scrape", "durability", "churn", "queries",
         "rules")


class Bench:
    """What a case is given: its size, the servers in order, a folder, a recording."""

    def __init__(self, size, kinds, work, pages):
        self.size = size
        self.servers = kinds
        self.work = work
        self._pages = pages
        self._recording = None

    @property
    def recording(self):
        if self._recording is None:
            self._recording = load.Recording(self.work, self._pages)
        return self._recording

    @staticmethod
    def refusals(*replays):
        """A note if a server did not take all; None otherwise."""
        rejected = sum(replay["rejected"] for replay in replays)
        retries = sum(replay["retries"] for replay in replays)
        parts = [f"{rejected} requests REFUSED"] if rejected else []
        parts += [f"{retries} answered with 'later'"] if retries else []
        return ", ".join(parts) or None


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", nargs="*", metavar="case", help=", ".join(CASES))
    parser.add_argument("--quick", dest="size", action="store_const", const="quick",
                        help="a few minutes, for a look; no bounds")
    parser.add_argument("--size", choices=sizes.ALL)
    parser.set_defaults(size="full")
    parser.add_argument("--servers", default=",".join(servers.ALL),
                        help="comma-separated; default: %(default)s")
    parser.add_argument("--pages", help="a recording of record.py; default: bench/tsdb/testdata")
    parser.add_argument("--work", default=str(ROOT / "build" / "bench"),
                        help="a folder on a real disk, with 10 GB free for a full run")
    options = parser.parse_args()
    for name in options.case:
        if name not in CASES:
            parser.error(f"no case {name!r}; there are {', '.join(CASES)}")
    for name in options.servers.split(","):
        if name not in servers.ALL:
            parser.error(f"no server {name!r}; there are {', '.join(servers.ALL)}")
    return options


def main():
    options = arguments()
    # Ended from outside, it still ends its servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    size = sizes.ALL[options.size]
    kinds = [kind for name, kind in servers.ALL.items() if name in options.servers.split(",")]
    versions = {kind.name: kind.version() for kind in kinds}
    print("servers: " + ", ".join(f"{name} ({version})" for name, version in versions.items()))
    os.makedirs(options.work, exist_ok=True)
    short = []
    with tempfile.TemporaryDirectory(prefix="tsdb-", dir=options.work) as work:
        bench = Bench(size, kinds, work, options.pages)
        for name in options.case or CASES:
            report = Report(name, size.name, versions)
            importlib.import_module(f"bench.tsdb.cases.{name}").run(bench, report)
            short += [f"{name}: {what}" for what in report.short]
    for what in short:
        print(f"short: {what}", file=sys.stderr)
    return 1 if short else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(f"bench/tsdb: {error}")
