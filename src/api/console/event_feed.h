#ifndef HINOMI_API_CONSOLE_EVENT_FEED_H_
#define HINOMI_API_CONSOLE_EVENT_FEED_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/server.h"
#include "ops_model/event.h"
#include "store/store.h"

namespace hinomi::api {

/// Tells pages what was committed, as server-sent events (WHATWG HTML, 9.2):
/// `id` is the sequence in the journal, so that a page that comes back misses
/// nothing. Threads: any.
class EventFeed {
 public:
  explicit EventFeed(store::Store& store) : store_(store) {}

  /// Sends what follows `after` in the journal, then all that is published.
  /// More than `kMostMissed` events back, it sends `event: reset` instead: read anew.
  void Subscribe(std::shared_ptr<http::StreamSink> sink, uint64_t after);
  void Publish(const std::vector<ops_model::Event>& events);
  /// A comment to each page, so that proxies keep the line; drops those gone.
  void KeepAlive();
  size_t subscribers() const;

  static constexpr uint64_t kMostMissed = 1000;

 private:
  void SendAll(const std::string& bytes);

  store::Store& store_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<http::StreamSink>> sinks_;
};

}  // namespace hinomi::api

#endif  // HINOMI_API_CONSOLE_EVENT_FEED_H_
