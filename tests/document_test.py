"""`hinomi status --document` shows the operations document whole."""

import json
import os
import re
import unittest

from tests.support.server import ROOT, Server


class DocumentTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(os.path.join(ROOT, "ops")).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def show(self, *arguments):
        return self.server.cli("status", "--document", *arguments, check=0)[1]

    def test_every_checklist_item_and_table_row_is_there(self):
        with open(os.path.join(ROOT, "src/policy/testdata/operations-document.ja.md"),
                  encoding="utf-8") as f:
            document = f.read()
        shown = self.show()
        items = re.findall(r"^- \[ \] (.+)$", document, re.M)
        self.assertEqual(len(items), 16)
        for item in items:
            self.assertIn(item, shown)
        for name in re.findall(r"name: '(\w+)'", document):
            self.assertIn(name, shown)
        for row in re.findall(r"^\| (セキュリティパッチ|証明書更新|ログローテーション|バックアップ検証|"
                              r"システム稼働率|MTTR[^|]*|MTBF[^|]*|デプロイ頻度|デプロイ成功率) ?\|",
                              document, re.M):
            self.assertIn(row.strip(), shown)

    def test_json_has_the_same(self):
        document = json.loads(self.show("--output", "json"))
        counts = {key: len(document[key]) for key in
                  ("alarms", "checklist", "backup_policy", "maintenance", "kpis", "reports")}
        self.assertEqual(counts, {"alarms": 5, "checklist": 16, "backup_policy": 3,
                                  "maintenance": 4, "kpis": 5, "reports": 4})
        self.assertEqual([s["level"] for s in document["escalations"][0]["steps"]],
                         ["L1", "L2", "L3", "L4"])

    def test_the_command_line_speaks_one_language_with_a_japanese_server(self):
        for verb in (("status",), ("channel", "list")):
            shown = self.server.cli(*verb, check=0)[1]
            self.assertIn("PAGERDUTY_ROUTING_KEY is not set", shown)
            self.assertNotRegex(shown, "[ぁ-んァ-ヶ一-龠]")


if __name__ == "__main__":
    unittest.main()
