// Range functions over series that hold native histograms, alone or among numbers.
#include "promql/impl/range_histograms.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "metrics/native_histogram_math.h"
#include "promql/impl/histogram_rates.h"

namespace hinomi::promql {
namespace {

using MixedResult = std::optional<Cell>;
using ResetHint = NativeHistogram::ResetHint;

/// The numbers' function where there are no histograms to speak of.
MixedResult NumbersOnly(std::string_view name, const MixedWindow& w) {
  const WindowFunction apply = w.mode == RangeMode::kPlain ? FindRangeFunction(name)->apply
                                                           : FindExtendedFunction(name, w.mode);
  if (w.numbers.size() == 0 && w.mode == RangeMode::kPlain) return std::nullopt;
  const std::optional<double> value = apply(w.numbers, {});
  if (!value) return std::nullopt;
  return Cell(*value);
}

MixedResult RateOf(std::string_view name, RateKind kind, const MixedWindow& w,
                   SeriesRemarks& remarks) {
  if (!SeesAny(w.histograms, w.mode)) return NumbersOnly(name, w);
  if (SeesAny(w.numbers, w.mode)) {
    remarks.Say(Remark::kMixedSamples);
    return std::nullopt;
  }
  return w.mode == RangeMode::kPlain ? HistogramRate(w.histograms, kind, remarks)
                                     : ExtendedHistogramRate(w.histograms, w.mode, kind, remarks);
}
MixedResult MixedRate(const MixedWindow& w, SeriesRemarks& remarks) {
  return RateOf("rate", RateKind::kRate, w, remarks);
}
MixedResult MixedIncrease(const MixedWindow& w, SeriesRemarks& remarks) {
  return RateOf("increase", RateKind::kIncrease, w, remarks);
}
MixedResult MixedDelta(const MixedWindow& w, SeriesRemarks& remarks) {
  return RateOf("delta", RateKind::kDelta, w, remarks);
}

/// irate and idelta: the last two points, whatever they are.
MixedResult LastTwo(std::string_view name, bool rate, const MixedWindow& w,
                    SeriesRemarks& remarks) {
  const size_t n = w.all.size();
  if (n < 2) return std::nullopt;
  const NativeHistogramPtr &before = w.all.histograms[n - 2], &last = w.all.histograms[n - 1];
  if (!before && !last) return NumbersOnly(name, w);
  if (!before || !last) {
    remarks.Say(Remark::kMixedSamples);
    return std::nullopt;
  }
  const auto is_gauge = [](const NativeHistogramPtr& h) {
    return h->reset_hint == ResetHint::kGauge;
  };
  if (rate && (is_gauge(before) || is_gauge(last))) remarks.Say(Remark::kNotCounter);
  if (!rate && !(is_gauge(before) && is_gauge(last))) remarks.Say(Remark::kNotGauge);
  std::optional<NativeHistogram> difference = *last;
  difference->reset_hint = ResetHint::kGauge;
  const bool reset = rate && metrics::FollowsReset(*last, *before);
  if (!reset) difference = Difference(*last, *before, remarks);
  if (!difference) return std::nullopt;
  if (!rate) return Cell(*std::move(difference));
  const auto seconds = static_cast<double>(w.all.at_ms[n - 1] - w.all.at_ms[n - 2]) / 1000;
  return Cell(metrics::Divided(*difference, seconds));
}
MixedResult MixedIrate(const MixedWindow& w, SeriesRemarks& remarks) {
  return LastTwo("irate", true, w, remarks);
}
MixedResult MixedIdelta(const MixedWindow& w, SeriesRemarks& remarks) {
  return LastTwo("idelta", false, w, remarks);
}

/// Adds up the histograms of a window by a sum or a mean.
template <typename Total>
MixedResult TotalOf(std::string_view name, const MixedWindow& w, SeriesRemarks& remarks) {
  if (w.histograms.size() == 0) return NumbersOnly(name, w);
  if (w.numbers.size() > 0) {
    remarks.Say(Remark::kMixedSamples);
    return std::nullopt;
  }
  Total total(*w.histograms.histograms.front());
  bool after_reset = false, without_reset = false;
  for (size_t i = 0; i < w.histograms.size(); ++i) {
    const NativeHistogram& histogram = *w.histograms.histograms[i];
    after_reset |= histogram.reset_hint == ResetHint::kReset;
    without_reset |= histogram.reset_hint == ResetHint::kNoReset;
    if (i > 0 && !remarks.Note(total.Add(histogram), Remark::kReconciledGroup)) return std::nullopt;
  }
  if (after_reset && without_reset) remarks.Say(Remark::kResetCollision);
  return Cell(total.Result());
}
MixedResult MixedSum(const MixedWindow& w, SeriesRemarks& remarks) {
  return TotalOf<metrics::NativeHistogramSum>("sum_over_time", w, remarks);
}
MixedResult MixedAvg(const MixedWindow& w, SeriesRemarks& remarks) {
  return TotalOf<metrics::NativeHistogramMean>("avg_over_time", w, remarks);
}

Cell PointAt(const Window& w, size_t i) {
  if (w.histograms[i]) return w.histograms[i];
  return w.values[i];
}
MixedResult MixedFirst(const MixedWindow& w, SeriesRemarks&) {
  return PointAt(w.all, 0);
}
MixedResult MixedLast(const MixedWindow& w, SeriesRemarks&) {
  return PointAt(w.all, w.all.size() - 1);
}
MixedResult MixedCount(const MixedWindow& w, SeriesRemarks&) {
  return static_cast<double>(w.all.size());
}
MixedResult MixedPresent(const MixedWindow&, SeriesRemarks&) {
  return 1.0;
}
MixedResult MixedTsOfFirst(const MixedWindow& w, SeriesRemarks&) {
  return static_cast<double>(w.all.at_ms.front()) / 1000;
}
MixedResult MixedTsOfLast(const MixedWindow& w, SeriesRemarks&) {
  return static_cast<double>(w.all.at_ms.back()) / 1000;
}

/// Counts the neighbours in a window of which `differ` holds; a number beside a
/// histogram always counts. Anchored windows begin with the last point before them.
template <typename NumbersDiffer, typename HistogramsDiffer>
MixedResult CountPairs(const MixedWindow& w, NumbersDiffer numbers_differ,
                       HistogramsDiffer histograms_differ) {
  if (w.all.size() == 0) return std::nullopt;
  size_t first = w.all.first;
  const bool anchored = w.mode == RangeMode::kAnchored && first > 0 &&
                        w.all.all_at_ms[first - 1] > w.all.start_ms - w.all.lookback_ms;
  if (anchored) --first;
  double count = 0;
  for (size_t i = first + 1; i < w.all.last; ++i) {
    const NativeHistogramPtr &before = w.all.all_histograms[i - 1], &now = w.all.all_histograms[i];
    bool differ = true;
    if (before && now) {
      differ = histograms_differ(*before, *now);
    } else if (!before && !now) {
      differ = numbers_differ(w.all.all_values[i - 1], w.all.all_values[i]);
    }
    count += differ ? 1 : 0;
  }
  return count;
}
MixedResult MixedResets(const MixedWindow& w, SeriesRemarks&) {
  return CountPairs(
      w, [](double before, double now) { return now < before; },
      [](const NativeHistogram& before, const NativeHistogram& now) {
        return metrics::FollowsReset(now, before);
      });
}
MixedResult MixedChanges(const MixedWindow& w, SeriesRemarks&) {
  return CountPairs(
      w,
      [](double before, double now) {
        return now != before && !(std::isnan(now) && std::isnan(before));
      },
      [](const NativeHistogram& before, const NativeHistogram& now) {
        return !metrics::SameData(now, before);
      });
}

}  // namespace

bool SeesAny(const Window& w, RangeMode mode) {
  if (w.size() > 0) return true;
  if (mode == RangeMode::kPlain) return false;
  if (w.first > 0 && w.all_at_ms[w.first - 1] > w.start_ms - w.lookback_ms) return true;
  return mode == RangeMode::kSmoothed && w.last < w.all_at_ms.size() &&
         w.all_at_ms[w.last] <= w.end_ms + w.lookback_ms;
}

MixedFunction FindMixedFunction(std::string_view name) {
  static const std::map<std::string_view, MixedFunction> table = {
      {"rate", MixedRate},
      {"increase", MixedIncrease},
      {"delta", MixedDelta},
      {"irate", MixedIrate},
      {"idelta", MixedIdelta},
      {"sum_over_time", MixedSum},
      {"avg_over_time", MixedAvg},
      {"first_over_time", MixedFirst},
      {"last_over_time", MixedLast},
      {"count_over_time", MixedCount},
      {"present_over_time", MixedPresent},
      {"ts_of_first_over_time", MixedTsOfFirst},
      {"ts_of_last_over_time", MixedTsOfLast},
      {"resets", MixedResets},
      {"changes", MixedChanges},
  };
  const auto it = table.find(name);
  return it == table.end() ? nullptr : it->second;
}

}  // namespace hinomi::promql
