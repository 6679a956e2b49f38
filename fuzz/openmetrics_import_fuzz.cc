// modules: hn_metrics
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "metrics/exposition.h"
#include "metrics/openmetrics_import.h"

namespace {

using namespace hinomi;
using namespace hinomi::metrics;

class Kept : public Appender {
 public:
  std::vector<ExposedSample> samples;
  Status Append(const std::vector<WriteSeries>& batch) override {
    for (const WriteSeries& series : batch)
      for (const Sample& sample : series.samples)
        samples.push_back({series.labels, sample.value, sample.at_ms});
    return {};
  }
  void SetMetadata(const std::string&, const Metadata&) override {}
};

}  // namespace

// What is imported in pieces is what the reader of whole pages finds. The
// first byte is the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t piece = 1 + data[0] % 64;
  size_t at = 0;
  Kept kept;
  const auto source = [&]() -> Result<std::string> {
    const std::string_view next = text.substr(std::min(at, text.size()), piece);
    at += next.size();
    return std::string(next);
  };
  const auto done = ImportOpenMetrics(source, kept, {.batch_samples = 1 + size_t{data[0]} / 64});
  const auto page =
      ParseExposition(text, ExpositionFormat::kOpenMetrics, ExpositionRules::kLenient);
  if (!done) return 0;
  HN_CHECK(page.has_value());
  HN_CHECK(done->samples == page->samples.size() && done->samples == kept.samples.size());
  HN_CHECK(done->exemplars == page->exemplars.size());
  for (size_t i = 0; i < kept.samples.size(); ++i) {
    HN_CHECK(kept.samples[i].labels == page->samples[i].labels);
    HN_CHECK(kept.samples[i].at_ms == page->samples[i].at_ms);
    HN_CHECK(std::bit_cast<uint64_t>(kept.samples[i].value) ==
             std::bit_cast<uint64_t>(page->samples[i].value));
  }
  return 0;
}
