// modules: hn_metrics
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/strings.h"
#include "metrics/remote_read.h"

// An even first byte: the rest is a compressed body as it comes over the wire.
// Odd: it is the message itself, so that the fuzzer need not write snappy.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::metrics;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  RemoteReadLimits limits;
  limits.max_queries = 20;
  limits.max_matchers = 20;
  const auto request =
      data[0] % 2 == 0 ? DecodeRemoteRead(bytes, limits) : DecodeReadRequest(bytes, limits);
  if (!request) return 0;
  HN_CHECK(request->queries.size() <= limits.max_queries);
  for (const RemoteReadQuery& query : request->queries) {
    HN_CHECK(query.matchers.size() <= limits.max_matchers);
    for (const Matcher& matcher : query.matchers)
      HN_CHECK(!matcher.label.empty() && hinomi::IsValidUtf8(matcher.label) &&
               hinomi::IsValidUtf8(matcher.value));
  }
  return 0;
}
