#include <gmock/gmock.h>

#include <map>

#include "base/strings.h"
#include "os/files.h"
#include "policy/policy.h"

/// ops/ holds the operations document whole: its rows are read from the
/// document itself and looked for in the loaded folder, titles verbatim.
namespace hinomi::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kOps = HN_SOURCE_DIR "/ops";

class OperationsDocumentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    LoadOptions options;
    options.environment = [](const std::string&) { return std::nullopt; };
    Result<LoadedFolder> result = LoadOpsFolder(files_, kOps, options);
    ASSERT_TRUE(result.has_value()) << result.error().message;
    loaded_ = *std::move(result);
    for (const Finding& finding : loaded_.findings) {
      if (finding.level == Finding::Level::kMistake) ADD_FAILURE() << FormatFinding(finding);
    }
    ASSERT_TRUE(loaded_.folder);
    document_ = *files_.ReadAll(HN_SOURCE_DIR "/src/policy/testdata/operations-document.ja.md");
  }
  const OpsFolder& folder() const { return *loaded_.folder; }

  /// The text from a heading up to the next heading of any level.
  std::string_view Section(std::string_view heading) const {
    const std::string_view all = document_;
    const size_t at = all.find("# " + std::string(heading) + "\n");
    EXPECT_NE(at, std::string_view::npos) << heading;
    const size_t begin = all.find('\n', at);
    const size_t end = all.find("\n##", begin);
    return all.substr(begin, end - begin);
  }
  /// Rows of the section's table without its head; cells trimmed.
  std::vector<std::vector<std::string>> Rows(std::string_view heading) const {
    std::vector<std::vector<std::string>> rows;
    for (const std::string_view line : Split(Section(heading), '\n')) {
      if (!line.starts_with("| ")) continue;
      auto& row = rows.emplace_back();
      const auto cells = Split(line, '|');
      for (size_t i = 1; i + 1 < cells.size(); ++i) row.emplace_back(Trim(cells[i]));
    }
    if (!rows.empty()) rows.erase(rows.begin());
    return rows;
  }
  std::vector<std::string> Items(std::string_view heading, std::string_view bullet) const {
    std::vector<std::string> items;
    for (const std::string_view line : Split(Section(heading), '\n')) {
      if (line.starts_with(bullet)) items.emplace_back(line.substr(bullet.size()));
    }
    return items;
  }
  std::vector<std::string> Code(std::string_view heading) const {
    std::vector<std::string> lines;
    bool inside = false;
    for (const std::string_view line : Split(Section(heading), '\n')) {
      if (line.starts_with("```")) {
        inside = !inside;
      } else if (inside) {
        lines.emplace_back(line);
      }
    }
    return lines;
  }
  const AlarmDocument& Alarm(std::string_view name) const {
    for (const AlarmDocument& alarm : folder().alarms) {
      if (alarm.name == name) return alarm;
    }
    ADD_FAILURE() << "no alarm " << name;
    return folder().alarms[0];
  }
  const RouteDocument& Route(std::string_view action) const {
    for (const RouteDocument& route : folder().routes) {
      if (route.action == action) return route;
    }
    ADD_FAILURE() << "no route " << action;
    return folder().routes[0];
  }
  const ContactDocument& Contact(std::string_view name) const {
    for (const ContactDocument& contact : folder().contacts) {
      if (contact.name == name) return contact;
    }
    ADD_FAILURE() << "no contact " << name;
    return folder().contacts[0];
  }
  std::string DefaultWhy(std::string_view path, std::string_view value) const {
    for (const FilledDefault& filled : loaded_.defaults) {
      if (filled.file == "alarms.yml" && filled.path == path && filled.value == value) {
        return filled.why;
      }
    }
    return "";
  }

  PosixFiles files_;
  LoadedFolder loaded_;
  std::string document_;
};

TEST_F(OperationsDocumentTest, OnlyTheMissingWatcherOfHinomiIsWarnedOf) {
  ASSERT_THAT(loaded_.findings, SizeIs(1));
  EXPECT_EQ(FormatFinding(loaded_.findings[0]),
            "hinomi.yml: warning: watched_by: nobody watches Hinomi: if it dies, nobody is told; "
            "set watched_by to a heartbeat URL or the name of a peer");
}

TEST_F(OperationsDocumentTest, TheThreeAlarmsStandWithTheirOwnKeys) {
  // name: 'X', … of the TypeScript list, against the lines of alarms.yml.
  const std::string yaml = *files_.ReadAll(kOps + "/alarms.yml");
  std::string expected;
  std::vector<std::string> blocks;
  for (const std::string& line : Code("CloudWatch Alarms")) {
    std::string text(Trim(line));
    if (text == "{") expected = "  - ";
    if (text.find(": ") != std::string::npos && !expected.empty()) {
      if (expected != "  - ") expected += "    ";
      std::erase(text, '\'');
      std::erase(text, ',');
      expected += text + "\n";
    }
    if (text.starts_with("}") && !expected.empty()) {
      blocks.push_back(expected);
      expected.clear();
    }
  }
  ASSERT_THAT(blocks, SizeIs(3));
  for (const std::string& block : blocks) {
    EXPECT_THAT(yaml, HasSubstr(block + "\n")) << "verbatim, and nothing more";
  }
}

TEST_F(OperationsDocumentTest, TheFiveMetricsHaveTheirThresholdsAndActions) {
  struct Expected {
    const char* alarm;
    const char* threshold;  ///< The document's cell.
    double value;
    Comparison comparison;
    const char* statistic;
  };
  const std::map<std::string, Expected> by_metric = {
      {"CPU使用率", {"HighCPUUtilization", "80%", 80, Comparison::kGreaterThanOrEqual, "Average"}},
      {"エラー率", {"HighErrorRate", "10件/分", 10, Comparison::kGreaterThanOrEqual, "Sum"}},
      {"ヘルシーホスト数", {"LowHealthyHosts", "< 1", 1, Comparison::kLessThan, "Minimum"}},
      {"レスポンスタイム",
       {"HighResponseTime", "> 1000ms", 1, Comparison::kGreaterThan, "Average"}},
      {"メモリ使用率",
       {"HighMemoryUtilization", "85%", 85, Comparison::kGreaterThanOrEqual, "Average"}}};
  const auto rows = Rows("主要メトリクス");
  ASSERT_THAT(rows, SizeIs(5));
  ASSERT_THAT(folder().alarms, SizeIs(5));
  for (const auto& row : rows) {
    ASSERT_TRUE(by_metric.contains(row[0])) << row[0];
    const Expected& expected = by_metric.at(row[0]);
    const AlarmDocument& alarm = Alarm(expected.alarm);
    EXPECT_EQ(row[1], expected.threshold);
    EXPECT_EQ(alarm.threshold, expected.value) << alarm.name;
    EXPECT_EQ(alarm.comparison, expected.comparison) << alarm.name;
    EXPECT_EQ(alarm.statistic, expected.statistic) << alarm.name;
    EXPECT_EQ(alarm.period, Duration::Seconds(60)) << alarm.name;
    EXPECT_EQ(alarm.dimensions.at("ServiceName"), "app") << alarm.name;
    EXPECT_EQ(Route(alarm.action).description, row[2]) << alarm.name;
  }
  EXPECT_EQ(Alarm("HighCPUUtilization").evaluation_periods, 2);
  EXPECT_EQ(Alarm("HighCPUUtilization").datapoints_to_alarm, 2);
  EXPECT_EQ(Alarm("HighErrorRate").evaluation_periods, 1);
  EXPECT_EQ(Route("scale-up").scale, "up");
  EXPECT_EQ(Route("critical-alert").severity, "critical");
  EXPECT_EQ(Route("alert").severity, "error");
  EXPECT_EQ(Route("warning").escalation, "");
}

TEST_F(OperationsDocumentTest, WhatTheAlarmsLeaveOutIsFilledInWithReasons) {
  EXPECT_EQ(DefaultWhy("alarms[0].period", "60s"), "one minute, as the metrics are published");
  EXPECT_EQ(DefaultWhy("alarms[0].statistic", "Average"), "a level, not a count of events");
  EXPECT_EQ(DefaultWhy("alarms[0].comparisonOperator", "GreaterThanOrEqualToThreshold"),
            "≥: reaching the threshold is enough");
  EXPECT_EQ(DefaultWhy("alarms[1].statistic", "Sum"),
            "a counter of events: the threshold is a number of events a period");
  EXPECT_EQ(DefaultWhy("alarms[1].comparisonOperator", "GreaterThanOrEqualToThreshold"),
            "≥: reaching the threshold is enough");
  EXPECT_EQ(DefaultWhy("alarms[2].treatMissingData", "breaching"),
            "no report about hosts is no reason to believe that one is healthy");
  EXPECT_EQ(DefaultWhy("alarms[2].comparisonOperator", "LessThanThreshold"), "");
  EXPECT_EQ(DefaultWhy("alarms[3].threshold", "1"),
            "1000ms in seconds, the unit of TargetResponseTime");
  EXPECT_EQ(Alarm("LowHealthyHosts").treat_missing_data, MissingData::kBreaching);
  EXPECT_EQ(Alarm("HighErrorRate").treat_missing_data, MissingData::kMissing);
}

TEST_F(OperationsDocumentTest, AllSixteenChecklistItemsStandInTheirPhases) {
  std::vector<std::string> titles[3];
  for (const ChecklistItem& item : folder().checklist) {
    const size_t phase = item.phase == "pre" ? 0 : item.phase == "during" ? 1 : 2;
    titles[phase].push_back(item.title);
  }
  EXPECT_EQ(titles[0], Items("Pre-Deployment", "- [ ] "));
  EXPECT_EQ(titles[1], Items("During Deployment", "- [ ] "));
  EXPECT_EQ(titles[2], Items("Post-Deployment", "- [ ] "));
  EXPECT_THAT(titles[0], SizeIs(6));
  EXPECT_THAT(titles[1], SizeIs(4));
  EXPECT_THAT(titles[2], SizeIs(6));
}

TEST_F(OperationsDocumentTest, TheBackupPolicyIsTheDocumentsUnchanged) {
  std::string expected;
  for (const std::string& line : Code("バックアップ戦略")) expected += line + "\n";
  EXPECT_EQ(*files_.ReadAll(kOps + "/backup-policy.yml"), expected);
  const auto& policy = folder().backup_policy;
  ASSERT_THAT(policy, SizeIs(3));
  EXPECT_EQ(policy[0].what, "database");
  EXPECT_EQ(policy[0].frequency, "daily");
  EXPECT_EQ(policy[0].retention, Duration::Days(30));
  EXPECT_TRUE(policy[0].point_in_time_recovery);
  EXPECT_EQ(policy[1].what, "application_data");
  EXPECT_EQ(policy[1].frequency, "hourly");
  EXPECT_EQ(policy[1].retention, Duration::Days(7));
  EXPECT_FALSE(policy[1].point_in_time_recovery);
  EXPECT_EQ(policy[2].what, "configurations");
  EXPECT_EQ(policy[2].frequency, "on_change");
  EXPECT_EQ(policy[2].retention, Duration::Days(90));
}

/// Comments ("# 1. …" names a step) and commands of a code block, in order.
std::vector<std::pair<std::string, std::string>> Steps(const std::vector<std::string>& code) {
  std::vector<std::pair<std::string, std::string>> steps;
  for (const std::string& line : code) {
    if (line.starts_with("# ") && line.size() > 4 && line[3] == '.') {
      steps.emplace_back(line.substr(5), "");
    } else if (!steps.empty() && !line.empty()) {
      steps.back().second += line + "\n";
    }
  }
  return steps;
}

TEST_F(OperationsDocumentTest, TheRecoveryProcedureHasTheDocumentsFourSteps) {
  const auto steps = Steps(Code("復旧手順"));
  ASSERT_THAT(steps, SizeIs(4));
  ASSERT_THAT(folder().recovery, SizeIs(1));
  EXPECT_EQ(folder().recovery[0].title, "復旧手順");
  ASSERT_THAT(folder().recovery[0].steps, SizeIs(4));
  for (size_t i = 0; i < steps.size(); ++i) {
    const RecoveryStep& step = folder().recovery[0].steps[i];
    EXPECT_EQ(step.title, steps[i].first);
    EXPECT_EQ(step.run, steps[i].second);
    EXPECT_EQ(step.once, i != 0) << step.id;
  }
  EXPECT_THAT(folder().dns_failover, HasSubstr("UPSERT"));
}

TEST_F(OperationsDocumentTest, EveryTroubleIsARunbookWithTheDocumentsCommands) {
  const auto troubles = Steps(Code("トラブルシューティング"));
  ASSERT_THAT(troubles, SizeIs(5));
  ASSERT_THAT(folder().runbooks, SizeIs(5));
  for (const auto& [title, commands] : troubles) {
    std::string found;
    for (const RunbookDocument& runbook : folder().runbooks) {
      if (runbook.title != title) continue;
      for (const RunbookStep& step : runbook.steps) {
        found += step.run + (step.run.ends_with('\n') ? "" : "\n");
      }
    }
    EXPECT_EQ(found, commands) << title;
  }
}

TEST_F(OperationsDocumentTest, TheMaintenanceTableStandsRowByRow) {
  const std::map<std::string, std::string> frequency = {
      {"月次", "monthly"}, {"3ヶ月", "every_3_months"}, {"週次", "weekly"}};
  const auto rows = Rows("定期メンテナンス");
  ASSERT_THAT(rows, SizeIs(4));
  ASSERT_THAT(folder().maintenance, SizeIs(4));
  for (size_t i = 0; i < rows.size(); ++i) {
    const MaintenanceTask& task = folder().maintenance[i];
    EXPECT_EQ(task.title, rows[i][0]);
    EXPECT_EQ(task.frequency, frequency.at(rows[i][1]));
    EXPECT_EQ(task.procedure, rows[i][2] == "自動" ? "automatic" : rows[i][2]);
    EXPECT_EQ(task.owner, rows[i][3] == "-" ? "" : "devops-team");
  }
}

TEST_F(OperationsDocumentTest, TheFourLevelsEscalateAtTheDocumentsTimes) {
  ASSERT_THAT(folder().escalations, SizeIs(1));
  const auto& steps = folder().escalations[0].steps;
  ASSERT_THAT(steps, SizeIs(4));
  for (size_t i = 0; i < 4; ++i) {
    const std::string number = std::to_string(i + 1);
    const auto lines = Items("エスカレーションフロー", number + ". **Level " + number + "**: ");
    EXPECT_THAT(lines, ElementsAre(steps[i].title));
    EXPECT_EQ(steps[i].level, "L" + number);
    EXPECT_FALSE(steps[i].until_acknowledged);
  }
  EXPECT_EQ(steps[0].after, Duration());
  EXPECT_EQ(steps[1].after, Duration::Minutes(30));
  EXPECT_EQ(steps[2].after, Duration::Hours(1));
  EXPECT_THAT(steps[3].at_once_for, ElementsAre("critical"));
  EXPECT_THAT(steps[3].severities, ElementsAre("critical"));
  EXPECT_THAT(steps[3].contacts, ElementsAre("cto", "management"));
  EXPECT_EQ(steps[3].after, Duration());
}

TEST_F(OperationsDocumentTest, TheEmergencyContactsAreReachedAsTheTableSays) {
  const std::map<std::string, std::string> names = {{"オンコール", "on-call"},
                                                    {"DevOps Team", "devops-team"},
                                                    {"Security Team", "security-team"},
                                                    {"Management", "management"}};
  const auto rows = Rows("緊急連絡先");
  ASSERT_THAT(rows, SizeIs(4));
  for (const auto& row : rows) {
    const ContactDocument& contact = Contact(names.at(row[0]));
    EXPECT_EQ(contact.title, row[0]);
    EXPECT_EQ(contact.hours.always, row[2] == "24/7") << row[0];
    ASSERT_FALSE(contact.methods.empty());
    const ContactMethod& first = contact.methods[0];
    const std::string how = first.list.empty() ? first.channel + " " + first.address : first.list;
    const std::map<std::string, std::string> ways = {
        {"PagerDuty", "pagerduty "},
        {"Slack #incidents", "slack #incidents"},
        {"<security@example.com>", "mail security@example.com"},
        {"emergency-contact-list", "emergency-contact-list"}};
    EXPECT_EQ(how, ways.at(row[1]));
  }
  const HoursDocument& hours = Contact("management").hours;
  EXPECT_EQ(hours.time_zone, "Asia/Tokyo");
  EXPECT_THAT(hours.weekdays, ElementsAre("mon", "tue", "wed", "thu", "fri"));
  EXPECT_EQ(hours.from_minute, 9 * 60);
  EXPECT_EQ(hours.to_minute, 18 * 60);
  EXPECT_EQ(Contact("management").methods[0].address, "management@example.com");
}

TEST_F(OperationsDocumentTest, ChannelsWithoutCredentialsAreUnconfiguredNotMistaken) {
  std::map<std::string, std::string> reasons;
  for (const ChannelDocument& channel : folder().channels) {
    EXPECT_EQ(channel.configured, channel.type == "outbox") << channel.name;
    reasons[channel.type] = channel.unconfigured_reason;
  }
  EXPECT_THAT(reasons, SizeIs(5));
  EXPECT_EQ(reasons["pagerduty"],
            "routing_key: the environment variable PAGERDUTY_ROUTING_KEY is not set");
  EXPECT_EQ(reasons["outbox"], "");
}

TEST_F(OperationsDocumentTest, TheFiveKpisHaveTheirTargets) {
  struct Expected {
    const char* cell;
    const char* comparison;
    double value;
    const char* unit;
  };
  const Expected expected[] = {{"99.9%", ">=", 99.9, "%"},
                               {"< 30分", "<", 30 * 60, "s"},
                               {"> 720時間", ">", 720 * 3600, "s"},
                               {"週2回以上", ">=", 2, "/week"},
                               {"> 95%", ">", 95, "%"}};
  const auto rows = Rows("目標値");
  ASSERT_THAT(rows, SizeIs(5));
  ASSERT_THAT(folder().kpis, SizeIs(5));
  for (size_t i = 0; i < 5; ++i) {
    const KpiDocument& kpi = folder().kpis[i];
    EXPECT_EQ(kpi.title, rows[i][0]);
    EXPECT_EQ(kpi.method, rows[i][2]);
    EXPECT_EQ(rows[i][1], expected[i].cell);
    EXPECT_EQ(kpi.comparison, expected[i].comparison) << kpi.name;
    EXPECT_EQ(kpi.target_value, expected[i].value) << kpi.name;
    EXPECT_EQ(kpi.target_unit, expected[i].unit) << kpi.name;
  }
}

TEST_F(OperationsDocumentTest, TheFourReportsHaveTheirSections) {
  std::vector<std::string> lines;
  for (const ReportDocument& report : folder().reports) {
    std::vector<std::string> titles;
    for (const ReportSection& part : report.parts) titles.push_back(part.title);
    lines.push_back("**" + report.title + "**: " + Join(titles, "、"));
    EXPECT_EQ(report.sections.size(), report.parts.size());
  }
  EXPECT_EQ(lines, Items("レポーティング", "- "));
  EXPECT_THAT(lines, SizeIs(4));
}

TEST_F(OperationsDocumentTest, TheDocumentsOwnNamesExist) {
  ASSERT_THAT(folder().targets.services, SizeIs(1));
  EXPECT_EQ(folder().targets.services[0].name, "app");
  EXPECT_EQ(folder().targets.services[0].cluster, "production");
  std::vector<std::string> resources;
  for (const ResourceDocument& r : folder().targets.resources) {
    resources.push_back(r.kind + " " + r.name);
  }
  EXPECT_THAT(resources,
              ElementsAre("database production-db", "zone Z123456", "log_group /ecs/app"));
  EXPECT_TRUE(folder().targets.host_collector);
}

}  // namespace
}  // namespace hinomi::policy
