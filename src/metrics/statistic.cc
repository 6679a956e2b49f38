#include "metrics/statistic.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "base/strings.h"

namespace hinomi::metrics {
namespace {

using Kind = Statistic::Kind;

constexpr std::pair<std::string_view, Kind> kPlain[] = {{"Average", Kind::kAverage},
                                                        {"Sum", Kind::kSum},
                                                        {"Minimum", Kind::kMinimum},
                                                        {"Maximum", Kind::kMaximum},
                                                        {"SampleCount", Kind::kSampleCount}};
// With one number, the upper share: "tm90".
constexpr std::pair<std::string_view, Kind> kShort[] = {{"tm", Kind::kTrimmedMean},
                                                        {"tc", Kind::kTrimmedCount},
                                                        {"ts", Kind::kTrimmedSum},
                                                        {"wm", Kind::kWinsorizedMean}};
constexpr std::pair<std::string_view, Kind> kBounded[] = {{"TM(", Kind::kTrimmedMean},
                                                          {"TC(", Kind::kTrimmedCount},
                                                          {"TS(", Kind::kTrimmedSum},
                                                          {"WM(", Kind::kWinsorizedMean},
                                                          {"PR(", Kind::kPercentileRank}};
constexpr size_t kDecimals = 10;

/// A number as statistics have them: no exponent, at most ten decimals.
std::optional<double> Figure(std::string_view text) {
  const size_t sign = text.starts_with('-') ? 1 : 0;
  if (text.size() == sign) return std::nullopt;
  if (text.substr(sign).find_first_not_of("0123456789.") != std::string_view::npos)
    return std::nullopt;
  const size_t point = text.find('.');
  if (point != std::string_view::npos && text.size() - point - 1 > kDecimals) return std::nullopt;
  return ParseDouble(text);
}

std::optional<double> Share(std::string_view text) {
  const auto share = Figure(text);
  return share && *share >= 0 && *share <= 100 ? share : std::nullopt;
}

/// "5%:95%", "100:2000", ":300" into the statistic; false if it is nothing of the kind.
bool ReadBounds(std::string_view text, Statistic& statistic) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.size() == 1) return false;
  std::string_view sides[] = {text.substr(0, colon), text.substr(colon + 1)};
  std::optional<double>* bounds[] = {&statistic.low, &statistic.high};
  std::optional<bool> by_share;
  for (size_t i = 0; i < 2; ++i) {
    if (sides[i].empty()) continue;
    const bool share = sides[i].ends_with('%');
    if (by_share.value_or(share) != share) return false;
    by_share = share;
    *bounds[i] = share ? Share(sides[i].substr(0, sides[i].size() - 1)) : Figure(sides[i]);
    if (!*bounds[i]) return false;
  }
  statistic.by_share = by_share.value_or(false);
  if (statistic.by_share && statistic.kind == Kind::kPercentileRank) return false;
  return !statistic.low || !statistic.high || *statistic.low < *statistic.high;
}

std::optional<Statistic> Known(std::string_view name) {
  Statistic statistic;
  for (const auto& [word, kind] : kPlain) {
    statistic.kind = kind;
    if (name == word) return statistic;
  }
  if (name == "IQM") return Known("TM(25%:75%)");
  for (const auto& [word, kind] : kShort) {
    if (!name.starts_with(word)) continue;
    statistic.kind = kind;
    statistic.by_share = true;
    statistic.high = Share(name.substr(word.size()));
    if (!statistic.high || *statistic.high == 0) return std::nullopt;
    return statistic;
  }
  for (const auto& [word, kind] : kBounded) {
    if (!name.starts_with(word) || !name.ends_with(')')) continue;
    statistic.kind = kind;
    name.remove_prefix(word.size());
    name.remove_suffix(1);
    return ReadBounds(name, statistic) ? std::optional(statistic) : std::nullopt;
  }
  if (!name.starts_with('p')) return std::nullopt;
  const auto percentile = Share(name.substr(1));
  if (!percentile) return std::nullopt;
  statistic.kind = Kind::kPercentile;
  statistic.percentile = *percentile;
  return statistic;
}

double SumOf(const std::vector<double>& samples) {
  return std::accumulate(samples.begin(), samples.end(), 0.0);
}

double MeanOf(const std::vector<double>& samples) {
  return SumOf(samples) / static_cast<double>(samples.size());
}

double PercentileOf(const std::vector<double>& sorted, double percentile) {
  const double rank = percentile / 100 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(rank);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  // Equal neighbours first: two infinities have no difference.
  if (sorted[below] == sorted[above]) return sorted[below];
  return sorted[below] + (rank - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// What the bounds leave.
struct Kept {
  double count = 0;
  double sum = 0;
};

/// Where the bounds lie among the sorted samples, each of which takes up a length of one.
std::pair<double, double> Places(const Statistic& statistic, size_t count) {
  const auto all = static_cast<double>(count);
  return {statistic.low.value_or(0) / 100 * all, statistic.high.value_or(100) / 100 * all};
}

Kept KeptByShare(const Statistic& statistic, const std::vector<double>& sorted) {
  const auto [from, to] = Places(statistic, sorted.size());
  Kept kept;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const double begin = std::max(from, static_cast<double>(i));
    const double part = std::min(to, static_cast<double>(i + 1)) - begin;
    if (part <= 0) continue;
    kept.count += part;
    kept.sum += part * sorted[i];
  }
  return kept;
}

bool IsInside(const Statistic& statistic, double sample) {
  return !(statistic.low && sample <= *statistic.low) &&
         !(statistic.high && sample > *statistic.high);
}

Kept KeptByValue(const Statistic& statistic, const std::vector<double>& samples) {
  Kept kept;
  for (const double sample : samples) {
    if (!IsInside(statistic, sample)) continue;
    kept.count += 1;
    kept.sum += sample;
  }
  return kept;
}

/// What is cut off counts as the nearest that is kept, or as the bound.
double WinsorizedMean(const Statistic& statistic, std::vector<double>& samples) {
  double low = statistic.low.value_or(-HUGE_VAL), high = statistic.high.value_or(HUGE_VAL);
  if (statistic.by_share) {
    std::sort(samples.begin(), samples.end());
    const auto [from, to] = Places(statistic, samples.size());
    low = samples[std::min(static_cast<size_t>(from), samples.size() - 1)];
    high = samples[std::max<size_t>(static_cast<size_t>(std::ceil(to)), 1) - 1];
  }
  double sum = 0;
  for (const double sample : samples) sum += std::clamp(sample, low, std::max(low, high));
  return sum / static_cast<double>(samples.size());
}

}  // namespace

Result<Statistic> Statistic::Parse(std::string_view name) {
  if (const auto known = Known(name)) return *known;
  return InvalidArgument(
      "unknown statistic \"" + std::string(name) +
      "\"; known are Average, Sum, Minimum, Maximum, SampleCount, percentiles such as p95, IQM, "
      "tm90 tc90 ts90 wm90, and with bounds TM(10%:90%) TC(…) TS(…) WM(…), TM(0.1:2) …, PR(:300)");
}

std::optional<double> Statistic::Of(std::vector<double>& samples) const {
  switch (kind) {
    case Kind::kAverage:
      return MeanOf(samples);
    case Kind::kSum:
      return SumOf(samples);
    case Kind::kMinimum:
      return *std::min_element(samples.begin(), samples.end());
    case Kind::kMaximum:
      return *std::max_element(samples.begin(), samples.end());
    case Kind::kSampleCount:
      return static_cast<double>(samples.size());
    case Kind::kPercentile:
      std::sort(samples.begin(), samples.end());
      return PercentileOf(samples, percentile);
    case Kind::kWinsorizedMean:
      return WinsorizedMean(*this, samples);
    case Kind::kPercentileRank:
      return 100 * KeptByValue(*this, samples).count / static_cast<double>(samples.size());
    default:
      break;
  }
  if (by_share) std::sort(samples.begin(), samples.end());
  const Kept kept = by_share ? KeptByShare(*this, samples) : KeptByValue(*this, samples);
  if (kind == Kind::kTrimmedCount) return kept.count;
  if (kind == Kind::kTrimmedSum) return kept.sum;
  if (kept.count == 0) return std::nullopt;
  return kept.sum / kept.count;
}

}  // namespace hinomi::metrics
