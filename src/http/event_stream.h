#ifndef HINOMI_HTTP_EVENT_STREAM_H_
#define HINOMI_HTTP_EVENT_STREAM_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hinomi::http {

/// One server-sent event.
struct StreamEvent {
  std::string type;  ///< "message" if the sender named none.
  std::string data;
  bool operator==(const StreamEvent&) const = default;
};

/// Reads an event stream (WHATWG HTML, 9.2.6) as it comes, in pieces of any
/// size. A line or an event of more than 1 MiB is left out.
class EventStreamReader {
 public:
  /// The events that `bytes` completes.
  std::vector<StreamEvent> Feed(std::string_view bytes);
  /// Where to go on after a break: of the newest whole event.
  const std::string& last_id() const { return last_id_; }
  /// A connection begins anew: what was half read is forgotten, the id is kept.
  void Restart();

  static constexpr size_t kMost = 1u << 20;

 private:
  void TakeLine(std::vector<StreamEvent>& events);

  std::string line_;
  StreamEvent event_;
  std::string id_;       ///< Of the event at hand.
  std::string last_id_;  ///< Of the newest whole one.
  bool after_cr_ = false;
  bool too_long_ = false;
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_EVENT_STREAM_H_
