#include "api/console/event_feed.h"

#include <algorithm>

#include "base/json.h"

namespace hinomi::api {
namespace {

std::string Frame(uint64_t sequence, std::string_view type, const std::string& subject) {
  const Json data =
      Json::MakeObject().Set("sequence", sequence).Set("type", type).Set("subject", subject);
  return "id: " + std::to_string(sequence) + "\nevent: change\ndata: " + data.Dump() + "\n\n";
}

}  // namespace

void EventFeed::Subscribe(std::shared_ptr<http::StreamSink> sink, uint64_t after) {
  // Under the lock, so that nothing is published between the past and the present.
  const std::lock_guard lock(mutex_);
  const auto head = store_.JournalHead();
  if (!head) {
    sink->Close();
    return;
  }
  std::string past = "retry: 2000\n\n";
  if (after == 0 || after > head->sequence || head->sequence - after > kMostMissed) {
    past += "id: " + std::to_string(head->sequence) + "\nevent: reset\ndata: {}\n\n";
  } else {
    const auto entries = store_.ReadJournal(after, kMostMissed);
    if (!entries) {
      sink->Close();
      return;
    }
    for (const store::JournalEntry& entry : *entries)
      past += Frame(entry.sequence, entry.event.type, entry.event.subject);
  }
  if (sink->Send(std::move(past))) sinks_.push_back(std::move(sink));
}

void EventFeed::Publish(const std::vector<ops_model::Event>& events) {
  std::string bytes;
  for (const ops_model::Event& event : events)
    bytes += Frame(event.sequence, ops_model::EventType(event.body),
                   ops_model::EventSubject(event.body));
  if (!bytes.empty()) SendAll(bytes);
}

void EventFeed::KeepAlive() {
  SendAll(": keep-alive\n\n");
}

void EventFeed::SendAll(const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  std::erase_if(sinks_, [&](const auto& sink) { return !sink->Send(bytes); });
}

size_t EventFeed::subscribers() const {
  const std::lock_guard lock(mutex_);
  return sinks_.size();
}

}  // namespace hinomi::api
