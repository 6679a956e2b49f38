#!/usr/bin/env python3
"""Reads the include graph of src/ and names what the design forbids.

Checked (DESIGN: modules; decided by `ARROWS` below):
  * a module includes only those below it; operations modules never one another;
  * no file includes itself over others;
  * MODULE/impl/ is for MODULE alone;
  * public headers stay light: no Asio, Beast, Boost.JSON, libpq, SQLite;
  * clocks and randomness are read in src/os only.

Exit code 0: clean; 1: mistakes, one a line as file:line: what, why.
"""

import argparse
import pathlib
import re
import sys

OPERATIONS = frozenset(
    "alarms incidents escalation schedules notify services deploy recovery "
    "maintenance runbooks kpi reports".split())
# Values, text, files: what everybody above may use.
_GROUND = {"base", "text"}
_MIDDLE = _GROUND | {"os", "store", "policy", "http"}
_ENGINES = {"metrics", "promql", "logs", "metric_math", "rota"}
_BELOW_EDGE = _MIDDLE | {"ops_model", "identity", "control", "rules", "data_check"} | OPERATIONS | _ENGINES

# Module -> what it may include besides itself.
ARROWS = {
    "base": set(),
    "text": {"base"},
    # Texts with actions, as alerts of rule files have them: values in, a text out.
    "templates": {"base"},
    "os": _GROUND,
    "store": _GROUND | {"os"},
    # Selectors in documents are checked by the language they are written in.
    "policy": _GROUND | {"templates", "os", "metrics", "promql", "metric_math", "rota"},
    "http": _GROUND | {"os"},
    "identity": _GROUND | {"os", "store", "http"},
    "ops_model": _GROUND | {"store", "policy"},
    "metrics": _GROUND | {"os", "http"},
    "promql": _GROUND | {"os", "metrics"},
    # CloudWatch's expressions over points that are given: pure.
    "metric_math": _GROUND,
    # Who is on call: turns, calendars and iCalendar over values: pure.
    "rota": {"base"},
    "logs": _GROUND | {"os", "http"},
    # Prometheus' rule files over the engines: it gets a query function, and has no thread.
    "rules": _GROUND | {"templates", "os", "policy", "metrics", "promql"},
    # Tests of such files: the same evaluation over a store in memory.
    "rule_tests": _GROUND | {"os", "policy", "metrics", "promql", "rules", "ops_model", "alarms", "control"},
    # Pure: they get a query function, not the engines, and no door but the store's values.
    **{module: _GROUND | {"ops_model", "store", "policy", "metric_math", "rota"}
       for module in OPERATIONS},
    "control": _MIDDLE | {"ops_model"} | OPERATIONS,
    # Whether alarms fit what is stored: reads the engines, and runs backtests.
    "data_check": _MIDDLE | {"ops_model", "alarms", "control"} | _ENGINES,
    "drivers": _BELOW_EDGE,
    # Chapters, and the reference out of the tables of those below.
    "guide": _GROUND | {"policy", "metrics"},
    "api": _BELOW_EDGE | {"guide"},
    "sim": _BELOW_EDGE | {"drivers"},
    "app": _BELOW_EDGE | {"drivers", "guide", "api"},
    "cli": _BELOW_EDGE | {"drivers", "guide", "api", "app", "rule_tests"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')
HEAVY = [
    (re.compile(r"^boost/asio|^asio"), "Asio"),
    (re.compile(r"^boost/beast"), "Beast"),
    (re.compile(r"^boost/json"), "Boost.JSON"),
    (re.compile(r"^(postgresql/)?libpq"), "libpq"),
    (re.compile(r"^sqlite3"), "SQLite"),
]
DOORS = [
    (re.compile(r"\b(clock_gettime|gettimeofday|system_clock|steady_clock|high_resolution_clock)\b"
                r"|(?<![\w.>])time\s*\(\s*(nullptr|NULL|0)\s*\)"),
     "reads a clock: take a Clock& or an Instant (os/system_clock.h is the only reader)"),
    (re.compile(r"\brandom_device\b|(?<![\w.>:])s?rand\s*\("),
     "grabs randomness: take a Random& (base/random.h), or os/entropy.h for secrets"),
]


def code_lines(text):
    """The lines without comments and string contents, so that prose cannot offend."""
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text)
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
    return [line.split("//")[0] for line in text.split("\n")]


class Tree:
    def __init__(self, root):
        self.src = pathlib.Path(root) / "src"
        self.mistakes = []
        self.includes = {}  # path in src -> [(line, path in src)]

    def say(self, path, line, what):
        self.mistakes.append(f"src/{path}:{line}: {what}")

    def check(self):
        for file in sorted(self.src.rglob("*")):
            if file.suffix in (".h", ".cc") and file.is_file():
                self.check_file(file.relative_to(self.src).as_posix(), file.read_text("utf-8"))
        self.check_cycles()
        return self.mistakes

    def check_file(self, path, text):
        module = path.split("/")[0]
        if module not in ARROWS:
            self.say(path, 1, f"module {module} has no arrows: give it its place in "
                              "tools/check_layers.py")
            return
        edges = self.includes.setdefault(path, [])
        private = path.startswith(module + "/") and "/impl/" in path
        for number, line in enumerate(text.split("\n"), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = match.group(1) or match.group(2)
            if path.endswith(".h") and not private:
                for pattern, name in HEAVY:
                    if pattern.search(target):
                        self.say(path, number, f"a header includes {name}: keep it in the .cc file "
                                               f"or in {module}/impl/")
            if match.group(1):
                self.check_include(path, module, number, target)
                edges.append((number, target))
        if module != "os":
            for number, line in enumerate(code_lines(text), 1):
                for pattern, why in DOORS:
                    if not INCLUDE.match(line) and pattern.search(line):
                        self.say(path, number, why)

    def check_include(self, path, module, number, target):
        other = target.split("/")[0]
        if not (self.src / target).is_file():
            if other in ARROWS:
                self.say(path, number, f"includes {target}, which is not in src/")
            return
        if other == module:
            return
        if other not in ARROWS[module]:
            if other in OPERATIONS and module in OPERATIONS:
                why = "operations modules meet as events and never include one another"
            elif module in ARROWS.get(other, ()):
                why = f"the arrow goes the other way ({other} may include {module})"
            else:
                why = f"{module} may include: {', '.join(sorted(ARROWS[module])) or 'nothing'}"
            self.say(path, number, f"includes {target}: {why}")
        elif "/impl/" in target:
            self.say(path, number, f"includes {target}: impl/ is for {other} alone")

    def check_cycles(self):
        done, stack = set(), []

        def visit(path):
            if path in stack:
                ring = stack[stack.index(path):] + [path]
                line = next(n for n, t in self.includes[stack[-1]] if t == path)
                self.say(stack[-1], line, "includes go round: " + " -> ".join(ring))
                return
            if path in done or path not in self.includes:
                return
            stack.append(path)
            for _, target in self.includes[path]:
                visit(target)
            stack.pop()
            done.add(path)

        for path in sorted(self.includes):
            visit(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parent.parent,
                        help="the checkout (default: this one)")
    mistakes = Tree(parser.parse_args().root).check()
    for mistake in mistakes:
        print(mistake)
    sys.exit(1 if mistakes else 0)


if __name__ == "__main__":
    main()
