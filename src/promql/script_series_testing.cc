#include "promql/script_series_testing.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <map>
#include <string>

#include "base/check.h"
#include "base/strings.h"
#include "metrics/native_histogram_buckets.h"
#include "promql/impl/parse_numbers.h"

namespace hinomi::promql {
namespace {

using metrics::NativeHistogram;
using metrics::NativeHistogramPtr;
using Kind = SequenceValue::Kind;

bool SameBuckets(const std::vector<NativeHistogram::Bucket>& a,
                 const std::vector<NativeHistogram::Bucket>& b) {
  std::map<int32_t, double> counts;
  for (const auto& bucket : a) {
    if (bucket.count != 0) counts[bucket.index] = bucket.count;
  }
  for (const auto& bucket : b) {
    if (bucket.count == 0) continue;
    const auto it = counts.find(bucket.index);
    if (it == counts.end() || !AlmostEqual(it->second, bucket.count)) return false;
    counts.erase(it);
  }
  return counts.empty();
}

bool SameHistogram(const NativeHistogram& a, const NativeHistogram& b, bool hints) {
  return a.schema == b.schema && AlmostEqual(a.count, b.count) && AlmostEqual(a.sum, b.sum) &&
         a.custom_values == b.custom_values && a.zero_threshold == b.zero_threshold &&
         AlmostEqual(a.zero_count, b.zero_count) && SameBuckets(a.positive, b.positive) &&
         SameBuckets(a.negative, b.negative) && (!hints || a.reset_hint == b.reset_hint);
}

/// A classic histogram at one time.
struct Classic {
  std::map<double, double> cumulative;  ///< By le.
  std::optional<double> count;
  double sum = 0;

  SequenceValue Convert() const {
    auto out = std::make_shared<NativeHistogram>();
    out->schema = metrics::kCustomBucketsSchema;
    out->sum = sum;
    std::map<double, double> buckets = cumulative;
    const double last = buckets.empty() ? 0 : buckets.rbegin()->second;
    out->count = count.value_or(last);
    buckets.try_emplace(std::numeric_limits<double>::infinity(), out->count);
    double before = 0;
    for (const auto& [le, total] : buckets) {
      out->positive.push_back({static_cast<int32_t>(out->positive.size()), total - before});
      before = total;
      if (!std::isinf(le)) out->custom_values.push_back(le);
    }
    std::erase_if(out->positive, [](const auto& bucket) { return bucket.count == 0; });
    return {Kind::kHistogram, 0, std::move(out), false};
  }
};

}  // namespace

double ScriptNumber(std::string_view text) {
  double sign = 1;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  return sign * ParseNumber(text).value_or(std::numeric_limits<double>::quiet_NaN());
}

bool IsScriptNumber(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  return !text.empty() && ParseNumber(text).has_value() && text.find(' ') == std::string_view::npos;
}

ScriptSeries ParseScriptSeries(std::string_view line) {
  ScriptSeries series;
  series.start_times = line.find("@st") != std::string_view::npos;
  if (series.start_times) return series;
  auto parsed = ParseSeriesDescription(line);
  if (!parsed) std::cerr << line << ": " << parsed.error().message << "\n";
  HN_CHECK(parsed.has_value());
  static_cast<SeriesDescription&>(series) = *std::move(parsed);
  return series;
}

bool AlmostEqual(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  if (std::isinf(a) || std::isinf(b)) return false;
  const double sum = std::abs(a) + std::abs(b), difference = std::abs(a - b);
  if (a == 0 || b == 0 || sum < std::numeric_limits<double>::min())
    return difference < 1e-6 * std::numeric_limits<double>::min();
  return difference / std::min(sum, std::numeric_limits<double>::max()) < 1e-6;
}

bool AsExpected(const SequenceValue& expected, double value, const NativeHistogramPtr& histogram) {
  if (expected.kind == Kind::kHistogram)
    return histogram && SameHistogram(*expected.histogram, *histogram, expected.hint_set);
  return expected.kind == Kind::kFloat && !histogram && AlmostEqual(expected.value, value);
}

std::vector<ScriptSeries> ConvertClassic(const std::vector<ScriptSeries>& loaded) {
  std::map<metrics::Labels, std::map<size_t, Classic>> histograms;
  for (const ScriptSeries& series : loaded) {
    const std::string name(series.labels.name());
    const size_t suffix = name.rfind('_');
    if (suffix == std::string::npos) continue;
    const std::string kind = name.substr(suffix);
    const auto le = ParseDouble(series.labels.Get("le"));
    const bool part =
        (kind == "_bucket" && le && !std::isnan(*le)) || kind == "_count" || kind == "_sum";
    if (!part) continue;
    metrics::Labels labels = series.labels;
    labels.Set("__name__", name.substr(0, suffix));
    labels.Set("le", "");
    for (size_t i = 0; i < series.values.size(); ++i) {
      const SequenceValue& value = series.values[i];
      if (value.kind != Kind::kFloat || metrics::IsStaleMarker(value.value)) continue;
      Classic& classic = histograms[labels][i];
      if (kind == "_bucket") classic.cumulative[*le] = value.value;
      if (kind == "_count") classic.count = value.value;
      if (kind == "_sum") classic.sum = value.value;
    }
  }
  std::vector<ScriptSeries> out;
  for (const auto& [labels, times] : histograms) {
    ScriptSeries series;
    series.labels = labels;
    series.values.resize(times.rbegin()->first + 1);
    for (const auto& [i, classic] : times) series.values[i] = classic.Convert();
    out.push_back(std::move(series));
  }
  return out;
}

}  // namespace hinomi::promql
