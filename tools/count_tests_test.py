#!/usr/bin/env python3
"""What count_tests.py makes of reports."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import count_tests

CTEST = """<testsuite tests="4">
  <testcase name="base" status="run"/>
  <testcase name="os" status="fail"><failure message=""/></testcase>
  <testcase name="crashed" status="fail"><failure message=""/></testcase>
  <testcase name="layers" status="run"/>
  <testcase name="postgres" status="notrun"><skipped message=""/></testcase>
</testsuite>"""


class CountTest(unittest.TestCase):
    def test_cases_of_googletest_count_one_by_one(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory)
            (path / "ctest.xml").write_text(CTEST)
            (path / "base_test.xml").write_text('<testsuites tests="7" failures="0" skipped="1"/>')
            (path / "os_test.xml").write_text('<testsuites tests="5" failures="2"/>')
            # base 6, os 3, layers 1; os 2, crashed 1; one case of base and postgres.
            self.assertEqual(count_tests.count(directory), (10, 3, 2))

    def test_a_program_that_fails_after_its_last_case_is_a_failure(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory)
            (path / "ctest.xml").write_text(
                '<testsuite><testcase name="os" status="fail"><failure/></testcase></testsuite>')
            (path / "os_test.xml").write_text('<testsuites tests="5" failures="0"/>')
            self.assertEqual(count_tests.count(directory), (5, 1, 0))

    def test_what_passes_alone_has_passed_and_is_named(self):
        with tempfile.TemporaryDirectory() as directory, contextlib.redirect_stdout(
                io.StringIO()) as printed:
            path = pathlib.Path(directory)
            (path / "ctest.xml").write_text(CTEST)
            (path / "alone.xml").write_text(
                '<testsuite><testcase name="os" status="run"/>'
                '<testcase name="crashed" status="fail"><failure/></testcase></testsuite>')
            count_tests.main([directory])
            self.assertEqual(printed.getvalue().splitlines(), [
                "unsteady, passed only when alone: os", "1 skipped", "3 passed, 1 failed"])

    def test_nothing_ran(self):
        with tempfile.TemporaryDirectory() as directory:
            self.assertEqual(count_tests.count(directory), (0, 0, 0))

    def test_nothing_ran_is_a_failure_and_still_counted(self):
        with tempfile.TemporaryDirectory() as directory, contextlib.redirect_stdout(
                io.StringIO()) as printed:
            self.assertEqual(count_tests.main([directory]), 1)
            self.assertEqual(printed.getvalue().splitlines()[-1], "0 passed, 0 failed")
            (pathlib.Path(directory) / "ctest.xml").write_text(CTEST)
            self.assertEqual(count_tests.main([directory]), 0)


if __name__ == "__main__":
    unittest.main()
