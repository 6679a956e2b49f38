#!/usr/bin/env python3
"""Holds the metrics that code counts to the table that says what they mean:
check_metrics.py [ROOT].

Fails on a name of Counter("…") or Gauge("…") in src/ that src/base/metric_table.cc
lacks or calls otherwise, and on a row of the table that nothing counts. Exit code
0: clean; 1: mistakes, one a line.
"""

import pathlib
import re
import sys

USE = re.compile(r'\b(Counter|Gauge)\(\s*"(hinomi_[a-z0-9_]*)"')
ROW = re.compile(r'^ +\{"(hinomi_[a-z0-9_]*)",\s*k(Counter|Gauge),', re.M)
TABLE = "src/base/metric_table.cc"


def check(root):
    rows = dict(ROW.findall((root / TABLE).read_text(encoding="utf-8")))
    used = set()
    for path in sorted((root / "src").rglob("*.cc")):
        if path.name.endswith(("_test.cc", "testing.cc")):
            continue
        text = path.read_text(encoding="utf-8")
        for match in USE.finditer(text):
            kind, name = match.groups()
            used.add(name)
            line = text.count("\n", 0, match.start()) + 1
            if rows.get(name) != kind:
                yield (f"{path.relative_to(root)}:{line}: {kind} {name}: {TABLE} has "
                       f"{'no such row' if name not in rows else 'it as ' + rows[name]}")
            if (kind == "Counter") != name.endswith("_total"):
                yield (f"{path.relative_to(root)}:{line}: {name}: a counter's name ends in _total, "
                       "and no other's")
    for name in sorted(set(rows) - used):
        yield f"{TABLE}: {name}: nothing counts this; remove the row"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__ + "/../..").resolve()
    mistakes = list(check(root))
    for mistake in mistakes:
        print(mistake)
    sys.exit(1 if mistakes else 0)


if __name__ == "__main__":
    main()
