"""The quick demo: each of the document's five rules fires for real, and all comes as told."""

import os
import subprocess
import sys
import unittest

from tests.support.server import BINARY, ROOT


class DemoTest(unittest.TestCase):
    def test_the_document_at_work(self):
        done = subprocess.run(
            [sys.executable, "-B", "-m", "demo", "--quick", "--listen", "127.0.0.1:0"], cwd=ROOT,
            env=dict(os.environ, HINOMI_BINARY=os.path.abspath(BINARY)), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
