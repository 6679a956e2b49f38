#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "app/alarm_points.h"
#include "app/alert_observation.h"
#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/verb.h"
#include "os/files.h"
#include "os/system_clock.h"
#include "rule_tests/render.h"
#include "rule_tests/run.h"

// Tests of alarms and rules: everything happens in this process, no server is asked.
namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

std::string Sum(const std::vector<rule_tests::FileResult>& results) {
  const auto passed = std::ranges::count_if(results, &rule_tests::FileResult::passed);
  return std::to_string(results.size()) + (results.size() == 1 ? " file: " : " files: ") +
         std::to_string(passed) + " passed, " +
         std::to_string(static_cast<std::ptrdiff_t>(results.size()) - passed) + " failed\n";
}

int ExitOf(const std::vector<rule_tests::FileResult>& results) {
  const auto is_unreadable = [](const auto& result) { return !result.unreadable.empty(); };
  if (std::ranges::any_of(results, is_unreadable)) return kCouldNot;
  return std::ranges::all_of(results, &rule_tests::FileResult::passed) ? kDone : kAnswerIsNo;
}

int AlarmTest(const Invocation& call) {
  PosixFiles files;
  const SystemClock clock;
  rule_tests::RunOptions options;
  options.history = [](const metrics::Queryable& store, const Clock& of) {
    return app::HistoryOf(store, of, nullptr);
  };
  options.observe = app::ObservationOf;
  if (!call["run"].empty()) {
    auto wanted = rule_tests::NamesLike(call["run"]);
    if (!wanted) {
      Fail(std::move(wanted).error().WithContext("--run"));
      return kWrongUse;
    }
    options.wanted = *std::move(wanted);
  }
  rule_tests::Coverage coverage;
  std::vector<rule_tests::FileResult> results;
  for (const std::string& file : call.lists.at("FILE")) {
    results.push_back(rule_tests::RunFile(files, clock, file, options, coverage));
    if (!call.json) std::fputs(PrintableLines(rule_tests::TextOf(results.back())).c_str(), stdout);
  }
  const auto covered = coverage.Sum();
  if (call.json) {
    std::puts(rule_tests::JsonOf(results, covered).Dump().c_str());
  } else {
    std::fputs(PrintableLines(rule_tests::TextOf(covered, call.flag("coverage"))).c_str(), stdout);
    std::fputs(Sum(results).c_str(), stdout);
  }
  if (!call["junit"].empty()) {
    const Status written =
        files.WriteAtomically(call["junit"], rule_tests::JunitOf(results, clock.Now()));
    if (!written) {
      Fail(written.error());
      return kCouldNot;
    }
  }
  return ExitOf(results);
}

}  // namespace

void AddAlarmTestVerb(std::vector<Verb>& verbs) {
  Argument file{
      Kind::kPositional, "FILE", "test files, in the language of promtool test rules", true, "", {},
      Names::kFile};
  file.repeated = true;
  verbs.push_back({"alarm test",
                   "Runs tests of alarms and of rule files: series in, alerts and states out",
                   "hinomi alarm test tests/host_test.yml --coverage",
                   {file,
                    {Kind::kOption, "run",
                     "only tests in whose name this regular expression is found", false, ""},
                    {Kind::kFlag, "coverage", "also list the rules that no test covers", false, ""},
                    {Kind::kOption,
                     "junit",
                     "also write the results as JUnit XML to this file",
                     false,
                     "",
                     {},
                     Names::kFile}},
                   AlarmTest});
}

}  // namespace hinomi::cli
