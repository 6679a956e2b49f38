#ifndef HINOMI_API_CONSOLE_EVENT_FEED_H_
#define HINOMI_API_CONSOLE_EVENT_FEED_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/server.h"
#include "ops_model/event.h"
#include "store/store.h"

namespace hinomi::api {

/// Tells pages what was committed, as server-sent events (WHATWG HTML, 9.2):
/// `id` is the sequence in the journal, so that a page that comes back misses
/// nothing and is told nothing twice. Nobody who publishes ever waits for a
/// page or for what another page reads. Threads: any for Subscribe, Beat;
/// one for Publish and CatchUp.
class EventFeed {
 public:
  explicit EventFeed(store::Store& store) : store_(store) {}

  /// Sends what follows `after` in the journal, then all that is published.
  /// More than `kMostMissed` events back, it sends `event: reset` instead: read anew.
  void Subscribe(std::shared_ptr<http::StreamSink> sink, uint64_t after);
  /// Events that were just committed here.
  void Publish(const std::vector<ops_model::Event>& events);
  /// Sends what the journal has up to `head` and was not published: what
  /// another server, or an earlier try of this one, has written.
  void CatchUp(uint64_t head);
  /// Tells each page that the server lives, and its time, so that proxies keep
  /// the line and a page notices silence; drops those gone.
  void Beat(Instant now);
  size_t subscribers() const;

  static constexpr uint64_t kMostMissed = 1000;

 private:
  struct Subscriber {
    std::shared_ptr<http::StreamSink> sink;
    uint64_t sent = 0;  ///< Sequence of the newest event that it was told.
  };
  struct Frame {
    uint64_t sequence = 0;
    std::string bytes;
  };
  static Frame MakeFrame(uint64_t sequence, std::string_view type, const std::string& subject);
  static Frame MakeReset(uint64_t sequence);
  void SendAll(const std::vector<Frame>& frames);
  /// Appends what follows `cursor` to `bytes` and moves it on.
  Status ReadPast(uint64_t& cursor, bool& fresh, std::string& bytes);

  store::Store& store_;
  mutable std::mutex mutex_;
  std::vector<Subscriber> subscribers_;
  uint64_t published_ = 0;  ///< Sequence of the newest event that was published.
};

}  // namespace hinomi::api

#endif  // HINOMI_API_CONSOLE_EVENT_FEED_H_
