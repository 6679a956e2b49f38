#include "http/event_stream.h"

#include <utility>

namespace hinomi::http {

void EventStreamReader::Restart() {
  line_.clear();
  event_ = {};
  id_ = last_id_;
  after_cr_ = too_long_ = false;
}

std::vector<StreamEvent> EventStreamReader::Feed(std::string_view bytes) {
  std::vector<StreamEvent> events;
  for (const char c : bytes) {
    const bool second_of_crlf = c == '\n' && std::exchange(after_cr_, false);
    if (second_of_crlf) continue;
    after_cr_ = c == '\r';
    if (c == '\n' || c == '\r') {
      TakeLine(events);
      line_.clear();
    } else if (line_.size() + event_.data.size() < kMost) {
      line_ += c;
    } else {
      too_long_ = true;
    }
  }
  return events;
}

void EventStreamReader::TakeLine(std::vector<StreamEvent>& events) {
  if (line_.empty()) {
    last_id_ = id_;
    StreamEvent whole = std::exchange(event_, {});
    const bool skip = std::exchange(too_long_, false) || whole.data.empty();
    if (skip) return;
    whole.data.pop_back();  // Each line of data brought a line break.
    if (whole.type.empty()) whole.type = "message";
    events.push_back(std::move(whole));
    return;
  }
  const size_t colon = line_.find(':');
  const std::string_view field = std::string_view(line_).substr(0, colon);
  std::string_view value;
  if (colon != std::string::npos) value = std::string_view(line_).substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    event_.data += std::string(value) + '\n';
  } else if (field == "event") {
    event_.type = value;
  } else if (field == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  }
}

}  // namespace hinomi::http
