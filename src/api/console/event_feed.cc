#include "api/console/event_feed.h"

#include <algorithm>

#include "base/json.h"

namespace hinomi::api {

EventFeed::Frame EventFeed::MakeFrame(uint64_t sequence, std::string_view type,
                                      const std::string& subject) {
  const Json data =
      Json::MakeObject().Set("sequence", sequence).Set("type", type).Set("subject", subject);
  return {sequence,
          "id: " + std::to_string(sequence) + "\nevent: change\ndata: " + data.Dump() + "\n\n"};
}

EventFeed::Frame EventFeed::MakeReset(uint64_t sequence) {
  return {sequence, "id: " + std::to_string(sequence) + "\nevent: reset\ndata: {}\n\n"};
}

Status EventFeed::ReadPast(uint64_t& cursor, bool& fresh, std::string& bytes) {
  HN_TRY(const store::Head head, store_.JournalHead());
  if (fresh || cursor > head.sequence || head.sequence - cursor > kMostMissed) {
    cursor = head.sequence;
    bytes += MakeReset(cursor).bytes;
    fresh = false;
    return {};
  }
  HN_TRY(const auto entries, store_.ReadJournal(cursor, kMostMissed));
  for (const store::JournalEntry& entry : entries) {
    bytes += MakeFrame(entry.sequence, entry.event.type, entry.event.subject).bytes;
    cursor = entry.sequence;
  }
  return {};
}

void EventFeed::Subscribe(std::shared_ptr<http::StreamSink> sink, uint64_t after) {
  std::string past = "retry: 2000\n\n";
  bool fresh = after == 0;
  // The journal is read outside the lock; whatever was published meanwhile is
  // read as well, until nothing lies between the past and the present.
  constexpr int kTries = 20;
  for (int i = 0; i < kTries; ++i) {
    if (!ReadPast(after, fresh, past)) break;
    const std::lock_guard lock(mutex_);
    if (published_ > after) continue;
    if (sink->Send(std::move(past))) subscribers_.push_back({std::move(sink), after});
    return;
  }
  // It comes again, and asks for the same.
  sink->Close();
}

void EventFeed::Publish(const std::vector<ops_model::Event>& events) {
  if (events.empty()) return;
  CatchUp(events.front().sequence - 1);
  std::vector<Frame> frames;
  for (const ops_model::Event& event : events)
    frames.push_back(MakeFrame(event.sequence, ops_model::EventType(event.body),
                               ops_model::EventSubject(event.body)));
  SendAll(frames);
}

void EventFeed::CatchUp(uint64_t head) {
  uint64_t after = 0;
  {
    const std::lock_guard lock(mutex_);
    if (head <= published_) return;
    after = published_;
    if (subscribers_.empty()) {
      published_ = head;
      return;
    }
  }
  std::vector<Frame> frames;
  if (head - after > kMostMissed) {
    frames.push_back(MakeReset(head));
  } else {
    const auto entries = store_.ReadJournal(after, head - after);
    if (!entries) return;  // The next call sends it.
    for (const store::JournalEntry& entry : *entries)
      frames.push_back(MakeFrame(entry.sequence, entry.event.type, entry.event.subject));
  }
  SendAll(frames);
}

void EventFeed::SendAll(const std::vector<Frame>& frames) {
  if (frames.empty()) return;
  std::string all;
  for (const Frame& frame : frames) all += frame.bytes;
  const uint64_t newest = frames.back().sequence;
  const std::lock_guard lock(mutex_);
  published_ = std::max(published_, newest);
  std::erase_if(subscribers_, [&](Subscriber& subscriber) {
    if (subscriber.sent >= newest) return false;
    std::string bytes;
    if (subscriber.sent < frames.front().sequence) {
      bytes = all;
    } else {
      for (const Frame& frame : frames)
        if (frame.sequence > subscriber.sent) bytes += frame.bytes;
    }
    subscriber.sent = newest;
    return !subscriber.sink->Send(std::move(bytes));
  });
}

void EventFeed::Beat(Instant now) {
  const std::string bytes =
      "event: beat\ndata: " + Json::MakeObject().Set("now", FormatRfc3339(now)).Dump() + "\n\n";
  const std::lock_guard lock(mutex_);
  std::erase_if(subscribers_,
                [&bytes](const Subscriber& subscriber) { return !subscriber.sink->Send(bytes); });
}

size_t EventFeed::subscribers() const {
  const std::lock_guard lock(mutex_);
  return subscribers_.size();
}

}  // namespace hinomi::api
