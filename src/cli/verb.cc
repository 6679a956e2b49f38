#include "cli/verb.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace hinomi::cli {
namespace {

constexpr std::pair<std::string_view, std::string_view> kGroups[] = {
    {"alarm", "The alarms: their state, definition and history"},
    {"target", "What is watched from outside"},
    {"service", "Services that Hinomi runs: their replicas and what those write"},
    {"incident", "Incidents: take them, note what happens, end them"},
    {"channel", "The ways to people: which are configured, a test page by one"},
    {"journal", "What happened, and the proof that nobody changed it"},
    {"token", "Who may use this server"},
    {"tsdb", "The metrics of a data directory: size, proof, copies, text in and out"},
};

}  // namespace

const std::string& Invocation::operator[](const std::string& name) const {
  static const std::string kNothing;
  const auto it = values.find(name);
  return it == values.end() ? kNothing : it->second;
}

std::vector<Verb> AllVerbs() {
  std::vector<Verb> verbs;
  AddServerVerbs(verbs);
  AddFolderVerbs(verbs);
  AddTopVerb(verbs);
  AddWatchVerbs(verbs);
  AddAlarmVerbs(verbs);
  AddAlarmTestVerb(verbs);
  AddQueryVerb(verbs);
  AddServiceVerbs(verbs);
  AddIncidentVerbs(verbs);
  AddSimulateVerb(verbs);
  AddChannelVerbs(verbs);
  AddJournalVerbs(verbs);
  AddScaleVerbs(verbs);
  AddExplainVerbs(verbs);
  AddTokenVerbs(verbs);
  AddTsdbVerbs(verbs);
  AddManualVerbs(verbs);
  return verbs;
}

std::vector<std::string> NextWords(const std::vector<Verb>& verbs, const std::string& path) {
  const std::string prefix = path.empty() ? "" : path + " ";
  std::vector<std::string> words;
  for (const Verb& verb : verbs) {
    if (!verb.path.starts_with(prefix)) continue;
    std::string word = verb.path.substr(prefix.size());
    word = word.substr(0, word.find(' '));
    if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end())
      words.push_back(std::move(word));
  }
  return words;
}

std::string GroupSummary(const std::string& group) {
  for (const auto& [name, what] : kGroups)
    if (name == group) return std::string(what);
  return group + " commands";
}

Argument OutputArgument() {
  return {Argument::Kind::kOption, "output", "table, or json for programs", false, "table",
          {"table", "json"}};
}

}  // namespace hinomi::cli
