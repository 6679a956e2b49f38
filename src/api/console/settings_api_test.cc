// What the settings show of the folder, and what they never show.
#include <gtest/gtest.h>

#include "api/console/impl/document_changes.h"
#include "api/console/impl/masking.h"
#include "api/console/impl/render.h"
#include "api/console/impl/render_document.h"

namespace hinomi::api::impl {
namespace {

policy::OpsFolder FolderWithSecrets() {
  policy::OpsFolder folder;
  folder.server.database = "host=db password=hunter2";
  folder.server.watched_by = "https://beats.example.com/ping/hunter2";
  folder.server.external_url = "https://u:hunter2@ops.example.com";
  folder.channels.push_back(
      {"mail",
       "smtp",
       {{"server", "mail.example.com:587"}, {"username", "hunter2"}, {"password", "hunter2"}}});
  folder.channels.push_back(
      {"chat", "slack", {{"url", "https://hooks.slack.com/services/hunter2"}}});
  folder.channels.push_back({"pager", "pagerduty", {{"routing_key", "${env:PAGER_KEY}"}}});
  policy::ProbeDocument probe;
  probe.name = "shop";
  probe.type = "http";
  probe.target = "https://u:hunter2@shop.example.com/a";
  probe.password = "hunter2";
  folder.targets.probes.push_back(probe);
  policy::ServiceDocument service;
  service.name = "app";
  service.environment = {{"DB_PASSWORD", "hunter2"}};
  service.command = {"app", "--key=hunter2"};
  folder.targets.services.push_back(service);
  return folder;
}

TEST(SettingsApi, TheDocumentShowsReferencesAndNeverASecret) {
  const std::string shown = RenderDocument(FolderWithSecrets()).Dump();
  EXPECT_EQ(shown.find("hunter2"), std::string::npos) << shown;
  for (const char* part : {"${env:PAGER_KEY}", "mail.example.com:587", "https://hooks.slack.com/…",
                           "https://shop.example.com/a", "https://beats.example.com/…"})
    EXPECT_NE(shown.find(part), std::string::npos) << part << "\n" << shown;
}

TEST(SettingsApi, AFindingsLineIsLeftOutWhereASecretMayStand) {
  policy::Finding finding;
  finding.excerpt = "    password: hunter2\n              ^";
  EXPECT_EQ(RenderFindings({finding}, text::Language::kEnglish).Dump().find("hunter2"),
            std::string::npos);
  finding.excerpt = "    treshold: 10\n    ^";
  EXPECT_EQ(
      RenderFindings({finding}, text::Language::kEnglish).as_array()[0]["excerpt"].as_string(),
      finding.excerpt);
}

TEST(SettingsApi, WhatEverybodyIsToldFromTheFirstMinuteIsInTheirLanguage) {
  policy::OpsFolder folder;
  folder.channels.push_back({.name = "slack", .missing_variable = "SLACK_WEBHOOK_URL"});
  EXPECT_EQ(RenderChannels(folder, text::Language::kJapanese).as_array()[0]["reason"].as_string(),
            "環境変数 SLACK_WEBHOOK_URL がありません");
  policy::Finding finding;
  finding.level = policy::Finding::Level::kWarning;
  finding.file = "hinomi.yml";
  finding.path = "watched_by";
  const auto said = [&](text::Language language) {
    return RenderFindings({finding}, language).as_array()[0]["message"].as_string();
  };
  EXPECT_TRUE(said(text::Language::kJapanese).starts_with("Hinomi 自身を誰も見張っていません。"));
  EXPECT_TRUE(said(text::Language::kEnglish).starts_with("Nobody watches Hinomi itself"));
}

TEST(SettingsApi, ChangesAreNamedByFileAndByThing) {
  policy::OpsFolder before, after;
  before.alarms = {{.name = "HighLoad", .threshold_text = "80"}, {.name = "Gone"}};
  after.alarms = {{.name = "HighLoad", .threshold_text = "90"}, {.name = "New"}};
  after.digest = "other";
  const auto line = [](const Json& change, const char* what) {
    return change[what].as_string() + " " + change["change"].as_string();
  };
  const Json changes = DocumentChanges(RenderDocument(before), RenderDocument(after));
  ASSERT_EQ(changes.as_array().size(), 3u) << changes.Dump();
  EXPECT_EQ(line(changes.as_array()[0], "name"), "HighLoad changed");
  EXPECT_EQ(line(changes.as_array()[1], "name"), "New added");
  EXPECT_EQ(line(changes.as_array()[2], "name"), "Gone removed");
  EXPECT_EQ(changes.as_array()[0]["section"].as_string(), "alarms");
  const Json files = FileChanges({{"a.yml", "1", 1}, {"b.yml", "2", 1}},
                                 {{"a.yml", "1", 1}, {"b.yml", "3", 1}, {"c.yml", "4", 1}});
  ASSERT_EQ(files.as_array().size(), 2u);
  EXPECT_EQ(line(files.as_array()[0], "file"), "b.yml changed");
  EXPECT_EQ(line(files.as_array()[1], "file"), "c.yml added");
}

}  // namespace
}  // namespace hinomi::api::impl
