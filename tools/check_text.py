#!/usr/bin/env python3
"""Small mistakes in tracked text: trailing blanks, tabs, CR, conflict marks, no
last newline, names of somebody's home or machine. (Columns are clang-format's.)

Exit code 0: clean; 1: mistakes, one a line as file:line: what.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Bytes that are what they are: inputs, answers of others, built or taken over as a whole.
LEFT_OUT = re.compile(r"(^|/)(corpus|testdata|golden|node_modules|dist)/|package-lock\.json$|"
                      r"\.(png|woff2|ico|zst|gz|svg|patch)$|^LICENSE$")
TEXT = re.compile(r"\.(cc|h|py|sh|cmake|txt|json|ya?ml|md|ts|js|css|html|svelte)$|(^|/)(Makefile|run)$")
# Where people and build machines keep checkouts; the parts are joined so that
# this line is none.
MACHINE = re.compile("|".join("/" + top + "/[a-z]" for top in ("home", "root", "work")))


def mistakes_in(path, text):
    if "\r" in text:
        yield 1, "carriage return"
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no newline at the end of the file"
    if text.endswith("\n\n"):
        yield text.count("\n"), "blank lines at the end of the file"
    tabs_belong = path.endswith("Makefile")
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip() and not path.endswith(".md"):
            yield number, "blanks at the end of the line"
        if "\t" in line and not tabs_belong:
            yield number, "tab"
        if re.match(r"(<{7}|>{7}) |={7}$", line):
            yield number, "conflict mark"
        if MACHINE.search(line):
            yield number, "path of somebody's machine"


def main():
    listed = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached",
                             "--others", "--exclude-standard"],
                            cwd=ROOT, capture_output=True, check=True).stdout
    failed = False
    for name in listed.decode().split("\0"):
        file = ROOT / name
        if not name or LEFT_OUT.search(name) or not TEXT.search(name) or not file.is_file():
            continue
        try:
            text = file.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            print(f"{name}:1: not UTF-8")
            failed = True
            continue
        for number, what in mistakes_in(name, text):
            print(f"{name}:{number}: {what}")
            failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
