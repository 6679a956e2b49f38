#include "promql/impl/selector_columns.h"

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/wide.h"
#include "metrics/native_histogram_math.h"
#include "promql/impl/histogram_rates.h"

namespace hinomi::promql {
namespace {

using ResetHint = NativeHistogram::ResetHint;

/// Whether a range of samples holds numbers and histograms.
bool IsMixed(const metrics::SeriesColumns& columns, size_t begin, size_t end) {
  bool numbers = false, histograms = false;
  for (size_t i = begin; i < end; ++i) {
    (metrics::IsHistogram(columns, i) ? histograms : numbers) = true;
  }
  return numbers && histograms;
}

Cell CellAt(const metrics::SeriesColumns& columns, size_t i) {
  if (metrics::IsHistogram(columns, i)) return columns.histograms[i];
  return columns.values[i];
}

/// The most have none, which is seen side by side: a number less itself is 0, a marker less
/// itself is none, as any other NaN and infinity.
HN_ALSO_FOR_AVX2 bool HasMarkers(std::span<const double> values) {
  constexpr size_t kLanes = 8;
  double sums[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += values[i + lane] - values[i + lane];
  for (size_t lane = 0; i < values.size(); ++i, ++lane) sums[lane] += values[i] - values[i];
  const bool numbers = std::all_of(sums, sums + kLanes, [](double sum) { return sum == 0; });
  return !numbers && std::any_of(values.begin(), values.end(), metrics::IsStaleMarker);
}

}  // namespace

void DropStale(metrics::SeriesColumns& columns) {
  if (!HasMarkers(columns.values)) return;
  size_t kept = 0;
  while (kept < columns.values.size() && !IsStale(columns, kept)) ++kept;
  for (size_t i = kept; i < columns.values.size(); ++i) {
    if (IsStale(columns, i)) continue;
    columns.at_ms[kept] = columns.at_ms[i];
    columns.values[kept] = columns.values[i];
    if (!columns.histograms.empty()) columns.histograms[kept] = std::move(columns.histograms[i]);
    ++kept;
  }
  columns.at_ms.resize(kept);
  columns.values.resize(kept);
  if (!columns.histograms.empty()) columns.histograms.resize(kept);
}

void KeepStatistics(metrics::SeriesColumns& columns) {
  NativeHistogramPtr previous;
  for (NativeHistogramPtr& histogram : columns.histograms) {
    if (!histogram) continue;
    auto statistics = std::make_shared<NativeHistogram>();
    statistics->reset_hint = histogram->reset_hint;
    statistics->schema = histogram->schema;
    statistics->count = histogram->count;
    statistics->sum = histogram->sum;
    if (histogram->reset_hint == ResetHint::kUnknown && previous) {
      statistics->reset_hint =
          metrics::FollowsReset(*histogram, *previous) ? ResetHint::kReset : ResetHint::kNoReset;
    }
    previous = std::exchange(histogram, std::move(statistics));
  }
}

std::optional<Cell> SmoothedAt(const metrics::SeriesColumns& columns, size_t after, int64_t when_ms,
                               int64_t lookback_ms, SeriesRemarks& remarks) {
  const std::vector<int64_t>& at = columns.at_ms;
  if (!columns.histograms.empty()) {
    const auto begin = std::upper_bound(at.begin(), at.end(), when_ms - lookback_ms);
    const auto end = std::upper_bound(at.begin(), at.end(), when_ms + lookback_ms);
    if (IsMixed(columns, static_cast<size_t>(begin - at.begin()),
                static_cast<size_t>(end - at.begin()))) {
      remarks.Say(Remark::kMixedSamples);
      return std::nullopt;
    }
  }
  const bool left = after > 0 && at[after - 1] > when_ms - lookback_ms;
  if (!left) return std::nullopt;
  const size_t before = after - 1;
  const bool right = after < at.size() && at[after] <= when_ms + lookback_ms;
  if (at[before] == when_ms) return CellAt(columns, before);
  if (!metrics::IsHistogram(columns, before)) {
    const double from = columns.values[before];
    if (!right) return from;
    const double share =
        static_cast<double>(when_ms - at[before]) / static_cast<double>(at[after] - at[before]);
    return from + (columns.values[after] - from) * share;
  }
  const NativeHistogram& a = *columns.histograms[before];
  if (!right) {
    NativeHistogram carried = a;
    carried.reset_hint = ResetHint::kUnknown;  // It is no sample of its own.
    return Cell(std::move(carried));
  }
  const NativeHistogram& b = *columns.histograms[after];
  const bool gauge = a.reset_hint == ResetHint::kGauge && b.reset_hint == ResetHint::kGauge;
  auto between = InterpolateHistograms({a, at[before]}, {b, at[after]}, when_ms, !gauge, remarks);
  if (!between) return std::nullopt;
  return Cell(*std::move(between));
}

NativeHistogramPtr WithoutResetHint(NativeHistogramPtr histogram) {
  const bool says = histogram && (histogram->reset_hint == ResetHint::kReset ||
                                  histogram->reset_hint == ResetHint::kNoReset);
  if (!says) return histogram;
  auto copy = std::make_shared<NativeHistogram>(*histogram);
  copy->reset_hint = ResetHint::kUnknown;
  return copy;
}

}  // namespace hinomi::promql
