#include "ops_model/snapshot.h"

#include <utility>

#include "notify/notify.h"

namespace hinomi::notify {

using ops_model::BodyFromJson;
using ops_model::BodyToJson;
using ops_model::InstantFromJson;

namespace {

Json SaveTopic(const Topic& topic) {
  Json json = Json::MakeObject();
  json.Set("opened", BodyToJson(topic.opened));
  json.Set("opened_at_ns", topic.opened_at.nanos());
  json.Set("reason", topic.reason);
  json.Set("acknowledged", BodyToJson(topic.acknowledged));
  json.Set("acknowledged_at_ns", topic.acknowledged_at.nanos());
  json.Set("resolved", BodyToJson(topic.resolved));
  json.Set("resolved_at_ns", topic.resolved_at.nanos());
  json.Set("merged_into", topic.merged_into);
  json.Set("until_acknowledged", ops_model::StringsToJson({topic.until_acknowledged.begin(),
                                                           topic.until_acknowledged.end()}));
  return json;
}

Topic LoadTopic(const Json& json) {
  Topic topic;
  topic.opened = BodyFromJson<ops_model::IncidentOpened>(json["opened"]);
  topic.opened_at = InstantFromJson(json["opened_at_ns"]);
  topic.reason = json["reason"].as_string();
  topic.acknowledged = BodyFromJson<ops_model::IncidentAcknowledged>(json["acknowledged"]);
  topic.acknowledged_at = InstantFromJson(json["acknowledged_at_ns"]);
  topic.resolved = BodyFromJson<ops_model::IncidentResolved>(json["resolved"]);
  topic.resolved_at = InstantFromJson(json["resolved_at_ns"]);
  topic.merged_into = json["merged_into"].as_string();
  for (std::string& level : ops_model::StringsFromJson(json["until_acknowledged"]))
    topic.until_acknowledged.insert(std::move(level));
  return topic;
}

Json SavePage(const Page& page) {
  Json json = Json::MakeObject();
  json.Set("queued", BodyToJson(page.queued));
  json.Set("queued_at_ns", page.queued_at.nanos());
  json.Set("state", static_cast<int>(page.state));
  json.Set("attempts", page.attempts);
  json.Set("next_attempt_ns", page.next_attempt.nanos());
  json.Set("last_outcome", page.last_outcome);
  json.Set("replaced", page.replaced);
  return json;
}

Page LoadPage(const Json& json) {
  Page page;
  page.queued = BodyFromJson<ops_model::PageQueued>(json["queued"]);
  page.queued_at = InstantFromJson(json["queued_at_ns"]);
  const int64_t state = json["state"].as_int();
  if (state >= 0 && state <= static_cast<int>(PageState::kCancelled))
    page.state = static_cast<PageState>(state);
  page.attempts = static_cast<int>(json["attempts"].as_int());
  page.next_attempt = InstantFromJson(json["next_attempt_ns"]);
  page.last_outcome = json["last_outcome"].as_string();
  page.replaced = json["replaced"].as_bool();
  return page;
}

}  // namespace

Json Save(const State& state) {
  Json topics = Json::MakeArray();
  for (const auto& [name, topic] : state.topics) topics.Append(SaveTopic(topic));
  Json pages = Json::MakeArray();
  for (const auto& [name, page] : state.pages) pages.Append(SavePage(page));
  Json reasons = Json::MakeObject();
  for (const auto& [alarm, reason] : state.reasons) reasons.Set(alarm, reason);
  Json saved = Json::MakeObject();
  saved.Set("last_page", state.last_page)
      .Set("topics", std::move(topics))
      .Set("resolved", ops_model::StringsToJson({state.resolved.begin(), state.resolved.end()}))
      .Set("pages", std::move(pages))
      .Set("reasons", std::move(reasons));
  return saved;
}

State Load(const Json& saved) {
  State state;
  state.last_page = static_cast<uint64_t>(saved["last_page"].as_int());
  for (const Json& item : saved["topics"].as_array()) {
    Topic topic = LoadTopic(item);
    std::string name = topic.opened.incident;
    state.topics.insert_or_assign(std::move(name), std::move(topic));
  }
  for (std::string& name : ops_model::StringsFromJson(saved["resolved"]))
    state.resolved.push_back(std::move(name));
  for (const Json& item : saved["pages"].as_array()) {
    Page page = LoadPage(item);
    std::string name = page.queued.page;
    state.pages.insert_or_assign(std::move(name), std::move(page));
  }
  for (const auto& [alarm, reason] : saved["reasons"].as_object())
    state.reasons[alarm] = reason.as_string();
  return state;
}

}  // namespace hinomi::notify
