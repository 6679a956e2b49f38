#include "rule_tests/rule_set.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/strings.h"
#include "policy/alert_rules.h"
#include "policy/binder.h"
#include "policy/rule_files.h"

namespace hinomi::rule_tests {
namespace {

using policy::Finding;
using policy::RuleGroupDocument;

Finding FindingAt(const std::string& file, policy::Mark place, Finding::Level level,
                  std::string message) {
  Finding finding;
  finding.level = level;
  finding.file = file;
  finding.line = place.line;
  finding.column = place.column;
  finding.message = std::move(message);
  return finding;
}

/// Takes in the rules and findings of files that are named from `base`.
class Collector {
 public:
  Collector(Files& files, const std::string& test_file, RuleSet& rules)
      : files_(files), test_file_(test_file), base_(ParentDirectory(test_file)), rules_(rules) {}

  void AddRuleFiles(const policy::RuleTestFile& tests) {
    policy::LoadedRuleFiles loaded = policy::LoadRuleFiles(files_, base_, tests.rule_files);
    // A group whose rules cannot be parsed is none.
    if (loaded.sound()) AddGroups(base_, std::move(loaded.groups));
    AddFindings(base_, std::move(loaded.findings));
  }

  void AddFolder(const policy::RuleTestFile& tests, const policy::LoadOptions& options) {
    if (tests.ops_folder.empty()) return;
    const std::string directory = PathFrom(base_, tests.ops_folder);
    auto loaded = policy::LoadOpsFolder(files_, directory, options);
    if (!loaded) {
      FolderMistake(tests, loaded.error().message);
      return;
    }
    std::erase_if(loaded->findings,
                  [](const Finding& finding) { return finding.level != Finding::Level::kMistake; });
    if (loaded->folder == nullptr) {
      const size_t mistakes = loaded->findings.size();
      FolderMistake(tests, "the folder has " + std::to_string(mistakes) +
                               (mistakes == 1 ? " mistake" : " mistakes") + "; hinomi check " +
                               directory + " shows them all");
    } else {
      AddGroups(directory, policy::AlarmRuleGroups(*loaded->folder));
      AddGroups(directory, loaded->folder->rule_groups);
    }
    rules_.folder = loaded->folder;
    rules_.folder_path = directory;
    AddFindings(directory, std::move(loaded->findings));
  }

 private:
  void FolderMistake(const policy::RuleTestFile& tests, std::string message) {
    rules_.findings.push_back(FindingAt(test_file_, tests.ops_folder_place,
                                        Finding::Level::kMistake,
                                        "ops_folder: " + std::move(message)));
  }

  void AddFindings(const std::string& base, std::vector<Finding> findings) {
    for (Finding& finding : findings) {
      finding.file = PathFrom(base, finding.file);
      rules_.findings.push_back(std::move(finding));
    }
  }

  void AddGroups(const std::string& base, std::vector<RuleGroupDocument> groups) {
    for (RuleGroupDocument& group : groups) {
      group.file = PathFrom(base, group.file);
      // The rule files of the folder may also be named one by one.
      if (!keys_.insert(group.Key()).second) continue;
      rules_.groups.push_back(std::make_shared<const rules::Group>(std::move(group)));
    }
  }

  Files& files_;
  const std::string& test_file_;
  const std::string base_;
  RuleSet& rules_;
  std::set<std::string> keys_;
};

/// As promtool: those that are not named go with the first.
void Order(std::vector<GroupPtr>& groups, const std::vector<std::string>& names) {
  std::map<std::string, size_t> places;
  for (const std::string& name : names) places.emplace(name, places.size());
  const auto place_of = [&](const GroupPtr& group) {
    const auto found = places.find(group->document().name);
    return found == places.end() ? 0 : found->second;
  };
  std::ranges::stable_sort(groups, {}, place_of);
}

std::vector<std::string> AlertNames(const std::vector<GroupPtr>& groups) {
  std::set<std::string> names;
  for (const GroupPtr& group : groups)
    for (const rules::Rule& rule : group->rules())
      if (!rule.records()) names.insert(rule.document.alert);
  return {names.begin(), names.end()};
}

bool HasNoAlerts(const RuleSet& rules, const std::string& name) {
  return rules.folder != nullptr &&
         std::ranges::any_of(rules.folder->alarms, [&](const policy::AlarmDocument& alarm) {
           return alarm.name == name && !alarm.is_promql();
         });
}

/// A name that no rule has is hardly meant; a test that expects no such alert passes all the same.
void CheckAlertNames(const std::string& test_file, const policy::RuleTestFile& tests,
                     RuleSet& rules) {
  const std::vector<std::string> names = AlertNames(rules.groups);
  for (const policy::RuleTest& test : tests.tests) {
    for (const policy::AlertTest& alert : test.alerts) {
      if (std::ranges::binary_search(names, alert.alert)) continue;
      if (HasNoAlerts(rules, alert.alert)) {
        rules.findings.push_back(
            FindingAt(test_file, alert.place, Finding::Level::kMistake,
                      "the alarm \"" + alert.alert +
                          "\" has no expression in PromQL, and so no alerts; alarm_state_test "
                          "tells in which state it should be"));
        continue;
      }
      rules.findings.push_back(FindingAt(test_file, alert.place, Finding::Level::kWarning,
                                         "no rule has the alert \"" + alert.alert +
                                             "\", so none of it ever fires" +
                                             policy::Suggest(alert.alert, names)));
    }
  }
}

void CheckStateTests(const std::string& test_file, const policy::RuleTestFile& tests,
                     RuleSet& rules) {
  std::vector<std::string> names;
  if (rules.folder != nullptr)
    for (const policy::AlarmDocument& alarm : rules.folder->alarms) names.push_back(alarm.name);
  const auto check = [&](const policy::AlarmStateTest& state) {
    if (std::ranges::find(names, state.alarm) != names.end()) return;
    const std::string message =
        rules.folder == nullptr ? "alarm_state_test is of alarms of an ops folder; name it with "
                                  "ops_folder, at the top of the file"
                                : "the ops folder has no alarm \"" + state.alarm + "\"" +
                                      policy::Suggest(state.alarm, names);
    rules.findings.push_back(FindingAt(test_file, state.place, Finding::Level::kMistake, message));
  };
  for (const policy::RuleTest& test : tests.tests) std::ranges::for_each(test.states, check);
}

}  // namespace

std::string PathFrom(const std::string& base, const std::string& name) {
  const bool is_absolute = name.starts_with('/') || base.starts_with('/');
  const std::string path = name.starts_with('/') ? name : base + "/" + name;
  std::vector<std::string> parts;
  for (const std::string_view part : Split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else {
      parts.emplace_back(part);
    }
  }
  return (is_absolute ? "/" : "") + Join(parts, "/");
}

RuleSet LoadRules(Files& files, const std::string& test_file, const policy::RuleTestFile& tests,
                  const policy::LoadOptions& options) {
  RuleSet rules;
  Collector collector(files, test_file, rules);
  collector.AddRuleFiles(tests);
  collector.AddFolder(tests, options);
  Order(rules.groups, tests.group_eval_order);
  CheckAlertNames(test_file, tests, rules);
  // A folder with mistakes has been told of; what is missing in it would say nothing more.
  if (rules.folder != nullptr || tests.ops_folder.empty()) CheckStateTests(test_file, tests, rules);
  return rules;
}

}  // namespace hinomi::rule_tests
