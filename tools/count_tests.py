#!/usr/bin/env python3
"""Counts what the stages of `make test` ran: the last line is `N passed, N failed`.

tools/count_tests.py DIR...: each DIR holds ctest.xml (ctest --output-junit) and,
from GoogleTest programs, NAME_test.xml (GTEST_OUTPUT=xml:DIR/). A CTest whose
cases GoogleTest listed counts as those cases; any other counts as one. A program
that died before it could list its cases is one failure. What failed side by side
and passed when it ran alone (DIR/alone.xml) has passed, and is named. Exits with 1
where nothing ran.
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def count_gtest(file):
    root = ElementTree.parse(file).getroot()
    total, failed = int(root.get("tests", 0)), int(root.get("failures", 0))
    skipped = int(root.get("skipped", 0)) + int(root.get("disabled", 0))
    return total - failed - skipped, failed, skipped


def is_bad(case):
    return case.get("status") == "fail" or case.find("failure") is not None


def passed_alone(directory):
    """The names of the tests that passed at their second try."""
    report = pathlib.Path(directory) / "alone.xml"
    if not report.is_file():
        return set()
    return {c.get("name") for c in ElementTree.parse(report).getroot().iter("testcase") if not is_bad(c)}


def count(directory):
    directory = pathlib.Path(directory)
    passed = failed = skipped = 0
    report = directory / "ctest.xml"
    if not report.is_file():
        return 0, 0, 0
    unsteady = passed_alone(directory)
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        bad = is_bad(case) and case.get("name") not in unsteady
        gtest = directory / (case.get("name") + "_test.xml")
        if gtest.is_file():
            p, f, s = count_gtest(gtest)
            passed, skipped = passed + p, skipped + s
            # It may have failed after its last case: a leak, a crash at exit.
            failed += max(f, 1) if bad else f
        elif bad:
            failed += 1
        elif case.get("status") in ("disabled", "notrun") or case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main(directories):
    totals = [sum(column) for column in zip((0, 0, 0), *(count(d) for d in directories))]
    unsteady = sorted(name for d in directories for name in passed_alone(d))
    if unsteady:
        print(f"unsteady, passed only when alone: {', '.join(unsteady)}")
    if totals[2]:
        print(f"{totals[2]} skipped")
    print(f"{totals[0]} passed, {totals[1]} failed")
    return 0 if totals[0] + totals[1] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
