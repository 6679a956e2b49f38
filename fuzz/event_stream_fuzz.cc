// modules: hn_http
// Server-sent events: the same in one piece as byte by byte.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "http/event_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  EventStreamReader whole, pieces;
  const std::vector<StreamEvent> events = whole.Feed(bytes);
  std::vector<StreamEvent> one_by_one;
  for (size_t i = 0; i < size; ++i)
    for (const StreamEvent& event : pieces.Feed(bytes.substr(i, 1))) one_by_one.push_back(event);
  HN_CHECK(events == one_by_one && whole.last_id() == pieces.last_id());
  return 0;
}
