// modules: hn_metrics
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "metrics/tsdb/exemplar_log.h"

// A payload that is read is written again as it was; labels of senders become valid
// ones or are refused.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::metrics;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto exemplars = ReadExemplarPayload(bytes)) {
    std::string again;
    for (const LoggedExemplar& exemplar : *exemplars) AppendExemplarPayload(exemplar, again);
    // Lengths may have been written with more bytes than they need.
    HN_CHECK(again.size() <= bytes.size());
    HN_CHECK(ReadExemplarPayload(again)->size() == exemplars->size());
  }
  if (const auto labels = CanonicalExemplarLabels(bytes))
    HN_CHECK(*CanonicalExemplarLabels(*labels) == *labels);
  return 0;
}
