// modules: hn_metrics
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "metrics/exposition.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::metrics;
  const std::string_view page(reinterpret_cast<const char*>(data), size);
  (void)ParseExposition(page, ExpositionFormat::kText, ExpositionRules::kLenient);
  (void)ParseExposition(page, ExpositionFormat::kOpenMetrics, ExpositionRules::kLenient);
  const auto strict =
      ParseExposition(page, ExpositionFormat::kOpenMetrics, ExpositionRules::kStrict);
  if (strict)
    for (const ExposedSample& sample : strict->samples) HN_CHECK(!sample.labels.name().empty());
  return 0;
}
