#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/strings.h"
#include "control/machines.h"
#include "ops_model/event.h"
#include "ops_model/testing.h"
#include "os/files.h"
#include "sim/sim.h"

// testdata/journals/RELEASE.jsonl is a journal that a release wrote, one entry a
// line; RELEASE.state.json what its machines had folded it to. Both stay for
// ever: whatever is changed, an old journal must fold to the same.
namespace hinomi {
namespace {

const std::string kFolder = std::string(HN_SOURCE_DIR) + "/testdata/journals";

ops_model::Event ReadLine(const std::string& line) {
  const Json entry = *Json::Parse(line);
  auto body =
      ops_model::DecodeEvent(entry["type"].as_string(), static_cast<int>(entry["version"].as_int()),
                             entry["body"].as_string());
  EXPECT_TRUE(body) << line;
  return {static_cast<uint64_t>(entry["sequence"].as_int()), *ParseRfc3339(entry["at"].as_string()),
          entry["actor"].as_string(), *std::move(body)};
}

Json Fold(const std::string& journal) {
  control::Machines made = control::MakeMachines();
  uint64_t sequence = 0;
  for (const std::string_view line : Split(journal, '\n')) {
    if (line.empty()) continue;
    const ops_model::Event event = ReadLine(std::string(line));
    EXPECT_EQ(event.sequence, ++sequence) << "the journal is dense";
    for (const auto& machine : made.machines) machine->Apply(event);
  }
  Json state = Json::MakeObject();
  for (const auto& machine : made.machines) state.Set(machine->name(), machine->Save());
  return state;
}

// A night of the simulator, then one event of every type.
std::string NewJournal() {
  sim::Options options;
  options.seed = 5;
  options.length = Duration::Hours(2);
  options.keep_journal = true;
  const sim::Outcome outcome = sim::Run(options);
  EXPECT_TRUE(outcome.held());
  std::string journal;
  for (const std::string& line : outcome.journal) journal += line + "\n";
  uint64_t sequence = outcome.journal.size();
  Instant at = ReadLine(outcome.journal.back()).at;
  for (const ops_model::EventBody& body : ops_model::ExampleBodies()) {
    at = at + Duration::Seconds(1);
    journal += Json::MakeObject()
                   .Set("sequence", ++sequence)
                   .Set("at", FormatRfc3339(at))
                   .Set("type", ops_model::EventType(body))
                   .Set("version", ops_model::EventVersion(body))
                   .Set("subject", ops_model::EventSubject(body))
                   .Set("actor", "hinomi")
                   .Set("body", ops_model::EncodeEvent(body))
                   .Dump() +
               "\n";
  }
  return journal;
}

/// True if all that the state was then stands in what it is now; machines and members that came
/// later have nothing to be like.
bool Holds(const Json& now, const Json& then) {
  if (then.is_object()) {
    for (const auto& [name, value] : then.as_object())
      if (!now.is_object() || !now.contains(name) || !Holds(now[name], value)) return false;
    return true;
  }
  if (!then.is_array()) return now == then;
  if (!now.is_array() || now.as_array().size() != then.as_array().size()) return false;
  for (size_t i = 0; i < then.as_array().size(); ++i)
    if (!Holds(now.as_array()[i], then.as_array()[i])) return false;
  return true;
}

TEST(JournalsTest, ThoseOfAllReleasesFoldToWhatTheyDidThen) {
  PosixFiles files;
  // Once a release: HN_WRITE_JOURNAL=0.1.0 sim_test --gtest_filter='Journals*'
  if (const char* release = std::getenv("HN_WRITE_JOURNAL")) {
    const std::string journal = NewJournal();
    ASSERT_TRUE(files.MakeDirectories(kFolder));
    ASSERT_TRUE(files.WriteAtomically(kFolder + "/" + release + ".jsonl", journal));
    ASSERT_TRUE(files.WriteAtomically(kFolder + "/" + release + ".state.json",
                                      Fold(journal).Dump() + "\n"));
  }
  int releases = 0;
  const auto names = files.List(kFolder);
  ASSERT_TRUE(names) << names.error().message;
  for (const std::string& name : *names) {
    if (!name.ends_with(".jsonl")) continue;
    ++releases;
    const std::string stem = kFolder + "/" + name.substr(0, name.size() - 6);
    const Json then = *Json::Parse(*files.ReadAll(stem + ".state.json"));
    const Json now = Fold(*files.ReadAll(kFolder + "/" + name));
    for (const auto& [machine, state] : then.as_object())
      EXPECT_TRUE(Holds(now[machine], state)) << name << ": " << machine << "\n"
                                              << now[machine].Dump() << "\n"
                                              << state.Dump();
  }
  EXPECT_GE(releases, 1);
}

}  // namespace
}  // namespace hinomi
