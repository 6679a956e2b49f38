#include "base/clock.h"
#include "base/json.h"
#include "cli/completion.h"
#include "cli/remote.h"

namespace hinomi::cli {
namespace {

/// The person waits with a finger on the key.
constexpr Duration kPatience = Duration::Seconds(1);

void Add(const Json& items, const std::string& word, const std::string& help,
         std::vector<Candidate>& names) {
  for (const Json& item : items.as_array())
    names.push_back({item[word].as_string(), item[help].as_string()});
}

/// One question about all of one kind; no answer is no names.
Json Ask(const Remote& remote, const std::string& path) {
  return remote.Get(path).value_or(Json());
}

}  // namespace

std::vector<Candidate> AskServer(const NameQuestion& question) {
  const auto data = question.values.find("data");
  auto remote = Remote::Find(data == question.values.end() ? "" : data->second);
  if (!remote) return {};
  remote->set_timeout(kPatience);
  const Names names = question.names;
  std::vector<Candidate> found;
  if (names == Names::kIncident || names == Names::kExplainable)
    Add(Ask(*remote, "incidents")["incidents"], "id", "title", found);
  if (names == Names::kService || names == Names::kExplainable)
    Add(Ask(*remote, "services")["services"], "name", "state", found);
  if (names == Names::kAlarm || names == Names::kExplainable)
    Add(Ask(*remote, "alarms?limit=1000&match=" + UrlEncode(question.begun))["alarms"], "name",
        "state", found);
  if (names == Names::kChannel) Add(Ask(*remote, "now")["channels"], "name", "type", found);
  if (names == Names::kToken) Add(Ask(*remote, "tokens")["tokens"], "id", "user", found);
  return found;
}

}  // namespace hinomi::cli
