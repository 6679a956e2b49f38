// modules: hn_metrics
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "metrics/remote_write.h"

// An even first byte: the rest is a compressed body as it comes over the wire.
// Odd: it is the message itself, so that the fuzzer need not write snappy. With the bit
// above that it is one of version 2.0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::metrics;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  RemoteWriteLimits limits;
  limits.max_decompressed_bytes = 1u << 20;
  const auto version = (data[0] & 2) == 0 ? RemoteWriteVersion::k1 : RemoteWriteVersion::k2;
  const auto batch = data[0] % 2 == 0
                         ? DecodeRemoteWrite(bytes, limits, nullptr, version)
                         : DecodeWriteRequest(std::string(bytes), limits, nullptr, version);
  if (!batch) return 0;
  const auto series = Expand(batch->raw);
  if (series)
    for (const WriteSeries& one : *series) {
      HN_CHECK(!one.labels.name().empty());
      for (const WriteSeries::HistogramSample& sample : one.histograms)
        HN_CHECK(CheckHistogram(*sample.histogram).has_value());
    }
  return 0;
}
