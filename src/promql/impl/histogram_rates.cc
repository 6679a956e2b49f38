#include "promql/impl/histogram_rates.h"

#include <algorithm>

#include "metrics/native_histogram_buckets.h"
#include "metrics/native_histogram_math.h"

namespace hinomi::promql {
namespace {

using Histograms = std::span<const NativeHistogramPtr>;
using metrics::FollowsReset;
using metrics::NativeHistogramSum;
using ResetHint = NativeHistogram::ResetHint;

bool IsGauge(const NativeHistogram& histogram) {
  return histogram.reset_hint == ResetHint::kGauge;
}

/// Remarks on gauges among counters and the other way round. The ends decide
/// whether it is a gauge.
void RemarkOnHints(Histograms histograms, bool counter, SeriesRemarks& remarks) {
  if (!counter) {
    const bool gauges = IsGauge(*histograms.front()) && IsGauge(*histograms.back());
    if (!gauges) remarks.Say(Remark::kNotGauge);
    return;
  }
  const bool any = std::any_of(histograms.begin(), histograms.end(),
                               [](const NativeHistogramPtr& h) { return IsGauge(*h); });
  if (any) remarks.Say(Remark::kNotCounter);
}

bool AnyOfOtherKind(Histograms histograms, bool custom) {
  return std::any_of(histograms.begin(), histograms.end(), [custom](const NativeHistogramPtr& h) {
    return metrics::UsesCustomBuckets(*h) != custom;
  });
}

/// Last minus first, plus what counters had before each reset. Of a first histogram
/// that a reset follows nothing counts, not even its buckets' layout.
std::optional<NativeHistogramSum> Increased(Histograms histograms, bool counter,
                                            SeriesRemarks& remarks) {
  RemarkOnHints(histograms, counter, remarks);
  const bool reset_first = counter && FollowsReset(*histograms[1], *histograms[0]);
  NativeHistogram zero;
  zero.schema = histograms[1]->schema;
  zero.custom_values = histograms[1]->custom_values;
  const NativeHistogram& first = reset_first ? zero : *histograms[0];
  // Those between the ends do not enter a difference of gauges.
  const Histograms counted = counter ? histograms.subspan(1) : histograms.last(1);
  if (AnyOfOtherKind(counted, metrics::UsesCustomBuckets(first))) {
    remarks.Say(Remark::kMixedSchemas);
    return std::nullopt;
  }
  NativeHistogramSum out(*histograms.back());
  for (const NativeHistogramPtr& histogram : counted) out.ReduceTo(histogram->schema);
  if (!remarks.Note(out.Subtract(first), Remark::kReconciledDifference)) return std::nullopt;
  if (!counter) return out;
  for (size_t i = reset_first ? 2 : 1; i < histograms.size(); ++i) {
    if (!FollowsReset(*histograms[i], *histograms[i - 1])) continue;
    if (!remarks.Note(out.Add(*histograms[i - 1]), Remark::kReconciledSum)) return std::nullopt;
  }
  return out;
}

Cell AsGauge(const NativeHistogramSum& sum) {
  NativeHistogram out = sum.Result();
  out.reset_hint = ResetHint::kGauge;
  return out;
}

/// The samples that an extended window may look at, and the two at its ends.
struct Extended {
  std::span<const int64_t> at_ms;
  Histograms histograms;
  size_t first = 0, last = 0;
};

/// Nothing if no sample says anything about the window.
std::optional<Extended> ExtendedEnds(const Window& w, bool smoothed) {
  const auto& at = w.all_at_ms;
  const auto begin = std::upper_bound(at.begin(), at.end(), w.start_ms - w.lookback_ms);
  const int64_t reach = w.end_ms + (smoothed ? w.lookback_ms : 0);
  const auto end = std::upper_bound(begin, at.end(), reach);
  if (begin == end) return std::nullopt;
  const auto skipped = static_cast<size_t>(begin - at.begin());
  const auto size = static_cast<size_t>(end - begin);
  Extended out{at.subspan(skipped, size), w.all_histograms.subspan(skipped, size)};
  // The last one at or before the start, and for smoothed ones the first at or behind the end.
  const auto after_start = std::upper_bound(out.at_ms.begin(), out.at_ms.end() - 1, w.start_ms);
  if (after_start != out.at_ms.begin())
    out.first = static_cast<size_t>(after_start - out.at_ms.begin()) - 1;
  out.last = size - 1;
  if (smoothed) {
    const auto at_end = std::lower_bound(out.at_ms.begin(), out.at_ms.end() - 1, w.end_ms);
    out.last = static_cast<size_t>(at_end - out.at_ms.begin());
  }
  if (out.at_ms[out.last] <= w.start_ms) return std::nullopt;
  if (smoothed && out.at_ms[out.first] > w.end_ms) return std::nullopt;
  return out;
}

TimedHistogram Timed(const Extended& x, size_t i) {
  return {*x.histograms[i], x.at_ms[i]};
}

/// The histogram at the left (right) edge: on the line to its neighbour, or the
/// nearest sample inside.
std::optional<NativeHistogram> AtStart(const Extended& x, int64_t start_ms, bool smoothed,
                                       bool counter, SeriesRemarks& remarks) {
  if (!smoothed || x.at_ms[x.first] >= start_ms) return *x.histograms[x.first];
  return InterpolateHistograms(Timed(x, x.first), Timed(x, x.first + 1), start_ms, counter,
                               remarks);
}
std::optional<NativeHistogram> AtEnd(const Extended& x, int64_t end_ms, bool smoothed, bool counter,
                                     SeriesRemarks& remarks) {
  if (!smoothed || x.last == 0 || x.at_ms[x.last] <= end_ms) return *x.histograms[x.last];
  return InterpolateHistograms(Timed(x, x.last - 1), Timed(x, x.last), end_ms, counter, remarks);
}

/// Adds what counters had before each reset between the edges. False if that does
/// not go together.
bool CorrectForResets(const Extended& x, const NativeHistogram& left, const NativeHistogram& right,
                      int64_t start_ms, bool smoothed, NativeHistogramSum& out,
                      SeriesRemarks& remarks) {
  size_t next = x.first + 1;
  const NativeHistogram* previous = &left;
  const bool left_spans_reset = smoothed && x.at_ms[x.first] < start_ms &&
                                FollowsReset(*x.histograms[next], *x.histograms[x.first]);
  // The left edge stands behind that reset already.
  if (left_spans_reset) previous = x.histograms[next++].get();
  // Both edges were made of the same two samples: nothing lies between.
  if (next > x.last) return true;
  const auto correct = [&](const NativeHistogram& now) {
    return !FollowsReset(now, *previous) ||
           remarks.Note(out.Add(*previous), Remark::kReconciledSum);
  };
  for (; next < x.last; ++next) {
    if (!correct(*x.histograms[next])) return false;
    previous = x.histograms[next].get();
  }
  return correct(right);
}

}  // namespace

std::optional<NativeHistogram> InterpolateHistograms(const TimedHistogram& left,
                                                     const TimedHistogram& right, int64_t when_ms,
                                                     bool counter, SeriesRemarks& remarks) {
  if (metrics::UsesCustomBuckets(left.histogram) != metrics::UsesCustomBuckets(right.histogram)) {
    remarks.Say(Remark::kMixedSchemas);  // Also where it looks like a reset.
    return std::nullopt;
  }
  if (when_ms == left.at_ms) return left.histogram;
  if (when_ms == right.at_ms) return right.histogram;
  const double share =
      static_cast<double>(when_ms - left.at_ms) / static_cast<double>(right.at_ms - left.at_ms);
  NativeHistogramSum out(right.histogram);
  const bool reset = counter && FollowsReset(right.histogram, left.histogram);
  if (!reset && !remarks.Note(out.Subtract(left.histogram), Remark::kReconciledDifference))
    return std::nullopt;
  out.Scale(share);
  if (!reset && !remarks.Note(out.Add(left.histogram), Remark::kReconciledSum)) return std::nullopt;
  return out.Result();
}

std::optional<Cell> HistogramRate(const Window& window, RateKind kind, SeriesRemarks& remarks) {
  if (window.size() < 2) return std::nullopt;
  const bool counter = IsCounterRate(kind);
  auto increase = Increased(window.histograms, counter, remarks);
  if (!increase) return std::nullopt;
  // How many observations there were says how far the series may be stretched.
  const double first = window.histograms.front()->count;
  double factor = ExtrapolationFactor(window, counter, first, increase->count());
  if (kind == RateKind::kRate) factor /= window.range_seconds();
  increase->Scale(factor);
  return AsGauge(*increase);
}

std::optional<Cell> ExtendedHistogramRate(const Window& window, RangeMode mode, RateKind kind,
                                          SeriesRemarks& remarks) {
  const bool smoothed = mode == RangeMode::kSmoothed, counter = IsCounterRate(kind);
  const auto x = ExtendedEnds(window, smoothed);
  if (!x) return std::nullopt;
  const Histograms used = x->histograms.subspan(x->first, x->last - x->first + 1);
  if (AnyOfOtherKind(used, metrics::UsesCustomBuckets(*used.front()))) {
    remarks.Say(Remark::kMixedSchemas);
    return std::nullopt;
  }
  if (counter) RemarkOnHints(used, true, remarks);
  const auto left = AtStart(*x, window.start_ms, smoothed, counter, remarks);
  const auto right = AtEnd(*x, window.end_ms, smoothed, counter, remarks);
  if (!left || !right) return std::nullopt;
  if (!counter && !(IsGauge(*left) && IsGauge(*right))) remarks.Say(Remark::kNotGauge);
  NativeHistogramSum out(*right);
  if (!remarks.Note(out.Subtract(*left), Remark::kReconciledDifference)) return std::nullopt;
  const bool corrected =
      !counter || CorrectForResets(*x, *left, *right, window.start_ms, smoothed, out, remarks);
  if (!corrected) return std::nullopt;
  if (kind == RateKind::kRate) out.Divide(window.range_seconds());
  return AsGauge(out);
}

std::optional<NativeHistogram> Difference(const NativeHistogram& later,
                                          const NativeHistogram& earlier, SeriesRemarks& remarks) {
  NativeHistogramSum out(later);
  if (!remarks.Note(out.Subtract(earlier), Remark::kReconciledDifference)) return std::nullopt;
  NativeHistogram result = out.Result();
  result.reset_hint = ResetHint::kGauge;
  return result;
}

}  // namespace hinomi::promql
