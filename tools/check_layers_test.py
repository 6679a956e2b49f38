#!/usr/bin/env python3
"""Each rule of check_layers.py on a small bad tree, and a good one."""

import pathlib
import tempfile
import unittest

import check_layers

# name: (files, what the only mistake must say; None for a clean tree)
CASES = {
    "clean tree": (
        {"base/a.h": "", "os/clock.cc": '#include "base/a.h"\nclock_gettime(x);\n',
         "http/impl/asio.h": "#include <boost/asio.hpp>\n",
         "http/server.cc": '#include "http/impl/asio.h"\n// steady_clock is not read here\n',
         "alarms/a.cc": 'Log("system_clock"); x.time(0); #include "base/a.h"\n'}, None),
    "upward arrow": (
        {"base/a.cc": '#include "os/files.h"\n', "os/files.h": ""},
        "src/base/a.cc:1: includes os/files.h: the arrow goes the other way (os may include base)"),
    "sideways": (
        {"store/s.h": "", "http/h.cc": '\n#include "store/s.h"\n'},
        "src/http/h.cc:2: includes store/s.h: http may include: base, os, text"),
    "operations modules": (
        {"alarms/a.h": "", "incidents/i.h": '#include "alarms/a.h"\n'},
        "src/incidents/i.h:1: includes alarms/a.h: operations modules meet as events and never "
        "include one another"),
    "an operations module and the engine": (
        {"metrics/m.h": "", "alarms/a.cc": '#include "metrics/m.h"\n'},
        "src/alarms/a.cc:1: includes metrics/m.h: alarms may include: base, metric_math, "
        "ops_model, policy, rota, store, text"),
    "simulator in the product": (
        {"sim/s.h": "", "app/a.cc": '#include "sim/s.h"\n'},
        "src/app/a.cc:1: includes sim/s.h: app may include: "),
    "foreign impl": (
        {"store/impl/sql.h": "", "control/c.cc": '#include "store/impl/sql.h"\n'},
        "src/control/c.cc:1: includes store/impl/sql.h: impl/ is for store alone"),
    "cycle": (
        {"base/a.h": '#include "base/b.h"\n', "base/b.h": '#include "base/a.h"\n'},
        "src/base/b.h:1: includes go round: base/a.h -> base/b.h -> base/a.h"),
    "missing file": (
        {"base/a.h": '#include "base/b.h"\n'}, "src/base/a.h:1: includes base/b.h, which is not"),
    "heavy header": (
        {"http/h.h": "#include <boost/beast/core.hpp>\n"}, "src/http/h.h:1: a header includes Beast"),
    "sqlite in a header": (
        {"store/s.h": "#include <sqlite3.h>\n"}, "src/store/s.h:1: a header includes SQLite"),
    "clock": (
        {"app/a.cc": "\nauto t = std::chrono::steady_clock::now();\n"}, "src/app/a.cc:2: reads a"),
    "time(nullptr)": ({"app/a.cc": "auto t = std::time( nullptr );\n"}, "src/app/a.cc:1: reads a"),
    "randomness": ({"sim/a.cc": "std::random_device d;\n"}, "src/sim/a.cc:1: grabs randomness"),
    "unknown module": ({"misc/a.cc": ""}, "src/misc/a.cc:1: module misc has no arrows"),
}


class LayersTest(unittest.TestCase):
    def test_every_rule(self):
        for name, (files, expected) in CASES.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as root:
                for path, text in files.items():
                    file = pathlib.Path(root) / "src" / path
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text, "utf-8")
                mistakes = check_layers.Tree(root).check()
                if expected is None:
                    self.assertEqual(mistakes, [])
                else:
                    self.assertEqual(len(mistakes), 1, mistakes)
                    self.assertTrue(mistakes[0].startswith(expected), mistakes[0])

    def test_the_arrows_themselves_have_no_cycle(self):
        def below(module, seen):
            self.assertNotIn(module, seen)
            for other in check_layers.ARROWS[module]:
                if other in check_layers.ARROWS:
                    below(other, seen + (module,))
        # Leaves first would be quicker; the table is small.
        for module in ("cli", "sim"):
            below(module, ())


if __name__ == "__main__":
    unittest.main()
