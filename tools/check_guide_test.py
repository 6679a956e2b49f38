#!/usr/bin/env python3
"""Tests of check_guide.py: each rule finds its mistake, and a sound guide has none."""

import pathlib
import tempfile
import unittest

import check_guide

FIRST = "# Guide\n\n[One](one.md)\n"
CHAPTER = """# One

```console
$ hinomi status
All is well.
```

## Missing data, `x`

```yaml file=alarms.yml
alarms: []  # none
```

Next: [the list](README.md), [here](#missing-data-x).
"""


class CheckGuideTest(unittest.TestCase):
    def mistakes(self, changes=()):
        """Of a sound guide in which (language, from, to) were replaced in one.md."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for language in check_guide.LANGUAGES:
                (root / "docs/guide" / language).mkdir(parents=True)
                text = CHAPTER
                for where, old, new in changes:
                    if where == language:
                        self.assertIn(old, text)
                        text = text.replace(old, new)
                (root / "docs/guide" / language / "README.md").write_text(FIRST, encoding="utf-8")
                (root / "docs/guide" / language / "one.md").write_text(text, encoding="utf-8")
            paths = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*.md"))]
            return check_guide.Guide(root).check(paths)

    def finds(self, expected, *changes):
        found = self.mistakes(changes)
        self.assertTrue(any(expected in one for one in found), found)

    def both(self, expected, old, new):
        self.finds(expected, ("en", old, new), ("ja", old, new))

    def test_a_sound_guide(self):
        self.assertEqual(self.mistakes(), [])

    def test_output_and_comments_may_be_in_another_language(self):
        self.assertEqual(self.mistakes([("ja", "All is well.", "異常なし。"),
                                        ("ja", "# none", "# なし")]), [])

    def test_languages_that_differ(self):
        self.finds("headings", ("ja", "## Missing", "### Missing"))
        self.finds("block differs", ("ja", "hinomi status", "hinomi top"))
        self.finds("block differs", ("ja", "alarms: []", "alarms: {}"))
        self.finds("block differs", ("ja", "```console", "```console wait"))

    def test_dead_links(self):
        self.both("leads nowhere", "README.md", "gone.md")
        self.both("leads to no heading", "#missing-data-x", "#missing")

    def test_blocks_that_no_test_would_run(self):
        self.both("a block is one of", "```console", "```sh")
        self.both("unknown word", "```console", "```console untested")
        self.both("says why", "```console", "```console not-run=no")
        self.both("which file", " file=alarms.yml", "")
        self.both("begins with", "$ hinomi status", "hinomi status")

    def test_a_chapter_that_ends_nowhere(self):
        self.both("what comes next", "Next: [the list](README.md), [here](#missing-data-x).", "End.")

    def test_raw_html(self):
        self.both("raw HTML", "Next:", "<b>Next</b>:")

    def test_anchors_are_those_of_a_forge(self):
        page = check_guide.parse("# A b, `c_d`!\n\n## A b, c_d\n\n## 欠測の扱い、期間・統計\n")
        self.assertEqual(check_guide.anchors(page), {"a-b-c_d", "a-b-c_d-1", "欠測の扱い期間統計"})

    def test_a_command_over_two_lines(self):
        block = check_guide.parse("```console\n$ a \\\n  b\nout\n$ c\n```\n").blocks[0]
        self.assertEqual(block.commands(), [("a \\\n  b", ["out"]), ("c", [])])


if __name__ == "__main__":
    unittest.main()
