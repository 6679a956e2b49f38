#include "metrics/tsdb/histogram_join.h"

#include <algorithm>
#include <map>
#include <utility>

#include "metrics/matcher.h"
#include "metrics/tsdb/histogram_columns.h"

namespace hinomi::metrics {
namespace {

using Kind = HistogramColumn::Kind;

/// A column that is read from its beginning to its end.
struct JoinedColumn {
  HistogramColumn what;
  SeriesColumns data;
  size_t next = 0;

  /// The value at a time not before the last one asked for; null without one.
  const double* At(int64_t at_ms) {
    while (next < data.at_ms.size() && data.at_ms[next] < at_ms) ++next;
    if (next == data.at_ms.size() || data.at_ms[next] != at_ms) return nullptr;
    const double& value = data.values[next];
    // A mark: a later write had no such column. A sum may be one itself.
    return IsStaleMarker(value) && what.kind != Kind::kSum ? nullptr : &value;
  }
};

/// All that the store has of one base.
struct JoinedBase {
  std::optional<SeriesColumns> floats;
  std::vector<JoinedColumn> columns;
};

size_t ColumnBytes(const std::vector<JoinedColumn>& columns) {
  size_t bytes = 0;
  for (const JoinedColumn& column : columns) bytes += SelectedBytes(column.data.at_ms.size());
  return bytes;
}

size_t HistogramBytes(const NativeHistogram& histogram) {
  constexpr size_t kSharedBytes = 32;  // What a shared pointer's block and the heap add.
  return sizeof(NativeHistogram) + kSharedBytes + sizeof(NativeHistogramPtr) +
         (histogram.positive.size() + histogram.negative.size()) * sizeof(NativeHistogram::Bucket) +
         histogram.custom_values.size() * sizeof(double);
}

/// Null if the sample is not whole.
NativeHistogramPtr HistogramAt(std::vector<JoinedColumn>& columns, int64_t at_ms) {
  auto histogram = std::make_shared<NativeHistogram>();
  std::optional<HistogramMeta> meta;
  uint32_t found = 0;
  for (JoinedColumn& column : columns) {
    const double* value = column.At(at_ms);
    if (value == nullptr) continue;
    if (column.what.kind == Kind::kMeta)
      meta = HistogramMeta::FromValue(*value);
    else
      ++found;
    JoinColumn(column.what, *value, *histogram);
  }
  if (!meta || meta->columns != found) return nullptr;
  return histogram;
}

/// The histograms of a base as a series whose values repeat their sums, so that whoever
/// looks at values only finds the ends of the series.
Result<SeriesColumns> HistogramsOf(std::vector<JoinedColumn>& columns, const SelectLimits& limits) {
  SeriesColumns joined;
  std::sort(columns.begin(), columns.end(),
            [](const JoinedColumn& a, const JoinedColumn& b) { return a.what < b.what; });
  if (columns.front().what.kind != Kind::kMeta) return joined;
  const std::vector<int64_t>& times = columns.front().data.at_ms;
  size_t bytes = 0;
  for (const int64_t at_ms : times) {
    NativeHistogramPtr histogram = HistogramAt(columns, at_ms);
    if (histogram == nullptr) continue;
    bytes += HistogramBytes(*histogram);
    joined.at_ms.push_back(at_ms);
    joined.values.push_back(histogram->sum);
    joined.histograms.push_back(std::move(histogram));
    constexpr size_t kTakenAtOnce = 1u << 20;
    if (limits.memory == nullptr || bytes < kTakenAtOnce) continue;
    HN_TRY_VOID(limits.memory->Take(std::exchange(bytes, 0)));
  }
  if (limits.memory != nullptr) HN_TRY_VOID(limits.memory->Take(bytes));
  return joined;
}

/// Both ascending; where both have a sample `histograms` counts.
SeriesColumns Mix(SeriesColumns floats, SeriesColumns histograms) {
  if (floats.at_ms.empty()) return histograms;
  if (histograms.at_ms.empty()) return floats;
  SeriesColumns mixed;
  size_t f = 0;
  const auto take_floats_before = [&](const int64_t* end_ms) {
    for (; f < floats.at_ms.size() && (end_ms == nullptr || floats.at_ms[f] < *end_ms); ++f) {
      mixed.at_ms.push_back(floats.at_ms[f]);
      mixed.values.push_back(floats.values[f]);
      mixed.histograms.push_back(nullptr);
    }
  };
  for (size_t h = 0; h < histograms.at_ms.size(); ++h) {
    take_floats_before(&histograms.at_ms[h]);
    if (f < floats.at_ms.size() && floats.at_ms[f] == histograms.at_ms[h]) ++f;
    mixed.at_ms.push_back(histograms.at_ms[h]);
    mixed.values.push_back(histograms.values[h]);
    mixed.histograms.push_back(std::move(histograms.histograms[h]));
  }
  take_floats_before(nullptr);
  return mixed;
}

/// By base. Columns of a name that is not known are dropped.
std::map<Labels, JoinedBase> GatherBases(std::vector<SeriesColumns> series) {
  std::map<Labels, JoinedBase> bases;
  for (SeriesColumns& one : series) {
    const auto column = HistogramColumn::Parse(one.labels.Get(kHistogramLabel));
    const bool is_column = !one.labels.Get(kHistogramLabel).empty();
    if (is_column && !column) continue;
    Labels base = std::move(one.labels);
    base.Set(kHistogramLabel, "");
    JoinedBase& gathered = bases[std::move(base)];
    if (is_column)
      gathered.columns.push_back({*column, std::move(one), 0});
    else
      gathered.floats = std::move(one);
  }
  return bases;
}

}  // namespace

bool HasHistogramColumns(const std::vector<SeriesColumns>& series) {
  return std::any_of(series.begin(), series.end(), [](const SeriesColumns& one) {
    return !one.labels.Get(kHistogramLabel).empty();
  });
}

Result<std::vector<SeriesColumns>> JoinHistograms(std::vector<SeriesColumns> series,
                                                  const SelectLimits& limits) {
  std::vector<SeriesColumns> joined;
  std::map<Labels, JoinedBase> bases = GatherBases(std::move(series));
  for (auto base = bases.begin(); base != bases.end(); base = bases.erase(base)) {
    SeriesColumns one;
    if (std::vector<JoinedColumn>& columns = base->second.columns; !columns.empty()) {
      HN_TRY(one, HistogramsOf(columns, limits));
      if (limits.memory != nullptr) limits.memory->GiveBack(ColumnBytes(columns));
    }
    if (base->second.floats) one = Mix(*std::move(base->second.floats), std::move(one));
    if (one.at_ms.empty()) continue;
    one.labels = base->first;
    joined.push_back(std::move(one));
  }
  return joined;
}

bool NamesHistogramLabel(const std::vector<Matcher>& matchers) {
  return std::ranges::any_of(matchers,
                             [](const auto& matcher) { return matcher.label == kHistogramLabel; });
}

Result<std::optional<std::vector<Matcher>>> WithoutHistogramLabel(
    const std::vector<Matcher>& matchers) {
  std::vector<Matcher> others;
  for (const Matcher& matcher : matchers) {
    if (matcher.label != kHistogramLabel) {
      others.push_back(matcher);
      continue;
    }
    HN_TRY(const CompiledMatcher compiled, CompiledMatcher::Compile(matcher));
    if (!compiled.Matches("")) return std::optional<std::vector<Matcher>>();
  }
  return std::optional(std::move(others));
}

void StripHistogramLabel(std::vector<Labels>& labels) {
  bool stripped = false;
  for (Labels& one : labels) {
    if (one.Get(kHistogramLabel).empty()) continue;
    one.Set(kHistogramLabel, "");
    stripped = true;
  }
  if (!stripped) return;
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
}

}  // namespace hinomi::metrics
