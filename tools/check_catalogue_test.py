#!/usr/bin/env python3
"""Shows that check_catalogue.py can fail, once for each rule."""
import json
import pathlib
import tempfile
import unittest

from check_catalogue import check

GOOD = {"now.calm": {"ja": "すべて正常です", "en": "All is well"},
        "bar.n": {"ja": "{n} 件", "en": {"one": "{n} incident", "other": "{n} incidents"}}}
PAGE = "<p>{t('now.calm')} {t('bar.n', {n: 1})}</p>"


class CheckCatalogue(unittest.TestCase):
    def problems(self, catalogue=None, page=PAGE, code=""):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "src/text").mkdir(parents=True)
            (root / "web/src").mkdir(parents=True)
            text = catalogue if isinstance(catalogue, str) else json.dumps(catalogue or GOOD)
            (root / "src/text/catalogue.json").write_text(text, encoding="utf-8")
            (root / "src/a.cc").write_text('#include "text/catalogue.h"\n' + code)
            (root / "web/src/A.svelte").write_text(page, encoding="utf-8")
            return check(root)

    def test_a_good_tree_passes(self):
        self.assertEqual(self.problems(), [])

    def test_a_missing_language_is_found(self):
        bad = {**GOOD, "now.calm": {"ja": "すべて正常です"}}
        self.assertIn("now.calm: no text in en", self.problems(bad))

    def test_different_placeholders_are_found(self):
        bad = {**GOOD, "now.calm": {"ja": "{x}", "en": "All is well"}}
        self.assertIn("differ in their placeholders", self.problems(bad)[0])

    def test_an_unused_key_is_found(self):
        found = self.problems({**GOOD, "now.left": {"ja": "残り", "en": "left"}})
        self.assertEqual(found, ["now.left: nothing uses this text; remove it"])

    def test_a_key_in_a_table_counts_as_used(self):
        more = {**GOOD, "now.left": {"ja": "残り", "en": "left"}}
        self.assertEqual(self.problems(more, page=PAGE + "{x = 'now.left'}"), [])

    def test_an_unknown_key_of_the_page_is_found(self):
        self.assertIn('web/src/A.svelte:1: no text for the key "now.clam"',
                      self.problems(page=PAGE + "{t('now.clam')}"))

    def test_an_unknown_key_of_the_code_is_found(self):
        self.assertIn('src/a.cc:2: no text for the key "now.clam"',
                      self.problems(code='text::Format(language, "now.clam");'))

    def test_a_key_written_twice_is_found(self):
        twice = '{"now.calm": {"ja": "a", "en": "b"}, "now.calm": {"ja": "a", "en": "b"}}'
        self.assertIn("written twice: now.calm", self.problems(twice)[0])


if __name__ == "__main__":
    unittest.main()
