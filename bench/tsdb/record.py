#!/usr/bin/env python3
"""Records pages of an exporter for the benchmark.

    bench/tsdb/record.py http://127.0.0.1:9100/metrics FILE [--seconds 2400] [--interval 1]

Labels are recorded as they are: look at host names and paths before you share the file."""

import argparse
import pathlib
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from bench.tsdb import recording  # pylint: disable=wrong-import-position


def record(url, seconds, interval):
    pages = []
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        at = int(time.time() * 1000)
        with urllib.request.urlopen(url, timeout=10) as answer:
            pages.append((at, answer.read().decode()))
        due = begun + len(pages) * interval
        time.sleep(max(0, due - time.monotonic()))
    return pages


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("file")
    parser.add_argument("--seconds", type=float, default=2400)
    parser.add_argument("--interval", type=float, default=1)
    options = parser.parse_args()
    pages = record(options.url, options.seconds, options.interval)
    recording.pack(pages, options.file)
    print(f"{len(pages)} pages of {len(pages[0][1])} bytes")


if __name__ == "__main__":
    main()
