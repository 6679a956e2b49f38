// modules: hn_metrics
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "metrics/protobuf_exposition.h"
#include "metrics/scrape_page.h"

// The first byte chooses the form of histograms, the rest is a page. What was read must be
// what a store takes; the reader of pages must take it twice.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::metrics;
  if (size == 0) return 0;
  const std::string_view page(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool native = data[0] % 2 == 0;
  const auto read = ParseProtobufExposition(
      page, native ? HistogramForm::kNative : HistogramForm::kClassic, 10'000);
  if (!read) return 0;
  for (const ExposedSample& sample : read->samples) HN_CHECK(!sample.labels.name().empty());
  for (const ExposedHistogram& sample : read->histograms)
    HN_CHECK(native && CheckHistogram(*sample.histogram).has_value());
  for (const Exemplar& exemplar : read->exemplars) HN_CHECK(exemplar.sample < read->samples.size());
  for (const Exemplar& exemplar : read->histogram_exemplars)
    HN_CHECK(exemplar.sample < read->histograms.size());
  PageOptions options;
  options.native_histograms = native;
  PageReader reader(options);
  for (int64_t at_ms = 1; at_ms <= 2; ++at_ms) {
    const auto samples =
        reader.Read(page, ExpositionFormat::kProtobuf, hinomi::Instant::FromMillis(at_ms));
    HN_CHECK(samples.has_value());
    HN_CHECK(samples->batch.histograms.size() <= read->histograms.size());
    reader.Stored();
  }
  return 0;
}
