#include <algorithm>

#include "metrics/tsdb/histogram_join.h"
#include "metrics/tsdb/tsdb.h"

namespace hinomi::metrics {

Result<std::optional<SelectEstimate>> Tsdb::Estimate(const std::vector<Matcher>& matchers,
                                                     int64_t from_ms, int64_t to_ms,
                                                     int64_t window_ms) const {
  HN_TRY(const auto asked, WithoutHistogramLabel(matchers));
  if (!asked) return std::optional(SelectEstimate());
  HN_TRY(const auto compiled, CompileAll(*asked));
  HN_TRY(const bool histograms, MatchHistograms(*asked, from_ms, to_ms));
  // Heads first, as a selection does: what they give to a block meanwhile is counted twice. So
  // the least there is is not that of both.
  const int64_t first_ms = from_ms < INT64_MIN + window_ms ? from_ms : from_ms - window_ms;
  std::vector<SelectEstimate> parts;
  for (const auto& head : Heads()) parts.push_back(head->Estimate(compiled, first_ms, to_ms));
  SelectEstimate estimate = blocks_->Estimate(compiled, first_ms, to_ms);
  for (const SelectEstimate& fresh : parts) {
    estimate.series += fresh.series;
    estimate.samples += fresh.samples;
    estimate.least_series = std::max(estimate.least_series, fresh.least_series);
    estimate.least_samples = std::max(estimate.least_samples, fresh.least_samples);
  }
  if (const DownsampledBlocks* level = LevelOf(window_ms); level != nullptr) {
    const SelectEstimate made = level->Estimate(compiled, from_ms, to_ms);
    estimate.series += made.series;
    estimate.samples += made.samples;
    estimate.least_series = estimate.least_samples = 0;
  }
  // Columns of native histograms: how many series they become is not told by their number.
  if (histograms) estimate.least_series = estimate.least_samples = 0;
  return std::optional(estimate);
}

size_t Tsdb::GuessSamples(const std::vector<Matcher>& matchers, int64_t from_ms,
                          int64_t to_ms) const {
  size_t samples = 0;
  for (const auto& head : Heads()) samples += head->GuessSamples(matchers, from_ms, to_ms);
  return samples + blocks_->GuessSamples(matchers, from_ms, to_ms);
}

}  // namespace hinomi::metrics
