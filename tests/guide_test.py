"""The guide: each command in it is run and answers as it says, each YAML file in it
is sound, each link of the served pages leads somewhere, and the reference has every
metric that a real server has."""

import glob
import os
import unittest

from tests.support.guide import Mismatch, Reader
from tests.support.server import ROOT
from tools import check_guide

LANGUAGES = check_guide.LANGUAGES


def chapter(language, name):
    with open(os.path.join(ROOT, "docs/guide", language, name), encoding="utf-8") as f:
        return check_guide.parse(f.read())


def names():
    return sorted(os.path.basename(path)
                  for path in glob.glob(os.path.join(ROOT, "docs/guide/en/*.md")))


class ChaptersTest(unittest.TestCase):
    """One test a chapter; see the end of this file."""
    maxDiff = None

    def follow(self, name):
        for language in LANGUAGES:
            page = chapter(language, name)
            if not any(block.language != "text" for block in page.blocks):
                continue
            with self.subTest(language), Reader(language) as reader:
                try:
                    reader.follow(page)
                except Mismatch as mismatch:
                    self.fail(f"docs/guide/{language}/{name}, {mismatch}")

    def test_most_commands_are_run(self):
        for language in LANGUAGES:
            blocks = [b for name in names() for b in chapter(language, name).blocks]
            commands = sum(len(b.commands()) for b in blocks
                           if b.language == "console" and "not-run" not in b.words)
            unrun = [b for b in blocks if "not-run" in b.words]
            print(f"{language}: {commands} commands are run, {len(unrun)} blocks are not")
            self.assertGreater(commands, 40)
            self.assertLessEqual(len(unrun), check_guide.MOST_NOT_RUN)


class BrokenChapterTest(unittest.TestCase):
    """A test of the test: what is wrong in a chapter is found."""

    @classmethod
    def setUpClass(cls):
        cls.reader = Reader()
        cls.addClassCleanup(cls.reader.close)

    def follow(self, text):
        return self.reader.follow(check_guide.parse(text))

    def test_what_is_right_passes(self):
        self.assertEqual(self.follow("```console\n$ echo one two\none …\n$ printf 'a\\nb\\nc\\n'\n"
                                     "a\n…\n```\n```text\n$ not a command\n```\n"), 2)
        self.follow("```console\n$ echo 'INC-1  open  2026-11-30T20:00:42.9Z  4.250'\n"
                    "INC-1     open     2025-01-01T00:00:00Z  17.125\n```\n")
        self.follow("```console exit=1\n$ echo no; false\nno\n```\n")
        self.follow("```console wait\n$ echo x >> tries; wc -l < tries\n3\n```\n")

    def test_what_is_wrong_fails(self):
        for text in ("```console\n$ hinomi stauts\n…\n```\n",        # no such command
                     "```console\n$ echo one\ntwo\n```\n",           # another answer
                     "```console\n$ echo one\n```\n",                # an answer not shown
                     "```console\n$ printf 'a\\nb\\n'\na\n```\n",    # the end is missing
                     "```console\n$ echo a  b\na b\n```\n".replace("a  b", "'a  b'", 1),
                     "```console\n$ echo 7\n8\n```\n",           # a whole number counts
                     "```console\n$ true\nsomething\n```\n",         # nothing was said
                     "```console exit=1\n$ true\n```\n",             # another exit code
                     "```console\n$ false\n$ true\n```\n",           # the first one failed
                     "```yaml file=alarms.yml\nalarms:\n  - nmae: x\n```\n"):
            with self.subTest(text), self.assertRaises(Mismatch):
                self.follow(text)


def add_chapter(name):
    def test(self):
        self.follow(name)
    setattr(ChaptersTest, "test_" + name.removesuffix(".md").replace("-", "_"), test)


for each in names():
    add_chapter(each)

if __name__ == "__main__":
    unittest.main()
