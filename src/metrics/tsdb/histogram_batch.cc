#include "metrics/tsdb/histogram_batch.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "metrics/tsdb/histogram_columns.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

Result<std::string> BaseLabels(const RawBatch& batch, std::string_view label_bytes) {
  std::string base(label_bytes);
  if (batch.canonical) {
    HN_TRY(base, batch.canonical(label_bytes));
  }
  HN_TRY(const Labels labels, ParseLabelBytes(base));
  if (!labels.Get(kHistogramLabel).empty()) return ReservedLabel(labels);
  return base;
}

Error Refused(const std::string& base, const Error& why) {
  const auto labels = ParseLabelBytes(base);
  return {why.code, "cannot store a native histogram of " +
                        (labels ? labels->ToString() : std::string("(unreadable)")) + ": " +
                        why.message};
}

}  // namespace

void HistogramSeries::Split() {
  for (const auto& [at_ms, histogram] : samples_)
    SplitHistogram(*histogram, [&](const HistogramColumn& column, double value) {
      columns_[column.Name()].push_back({at_ms, value});
    });
}

void HistogramSeries::Supersede(std::string_view column, const SeriesColumns& there) {
  const auto mine = columns_.find(column);
  std::vector<Sample> marks;
  for (size_t i = 0; i < there.at_ms.size(); ++i) {
    const int64_t at_ms = there.at_ms[i];
    if (IsStaleMarker(there.values[i]) || !samples_.contains(at_ms)) continue;
    const bool has =
        mine != columns_.end() &&
        std::binary_search(mine->second.begin(), mine->second.end(), Sample{at_ms, 0},
                           [](const Sample& a, const Sample& b) { return a.at_ms < b.at_ms; });
    if (!has) marks.push_back({at_ms, StaleMarker()});
  }
  if (marks.empty()) return;
  std::vector<Sample>& samples =
      mine != columns_.end() ? mine->second : columns_[std::string(column)];
  samples.insert(samples.end(), marks.begin(), marks.end());
}

Result<HistogramBatch> HistogramBatch::Of(const RawBatch& batch) {
  HistogramBatch histograms;
  std::unordered_map<std::string, size_t> places;
  for (const RawBatch::Histogram& raw : batch.histograms) {
    HN_TRY(std::string base, BaseLabels(batch, raw.label_bytes));
    if (const Status sound = CheckHistogram(*raw.histogram); !sound)
      return Refused(base, sound.error());
    const auto [place, is_new] = places.emplace(base, histograms.series_.size());
    if (is_new) histograms.series_.emplace_back(std::move(base));
    histograms.series_[place->second].Add(raw.at_ms, raw.histogram);
  }
  for (HistogramSeries& series : histograms.series_) series.Split();
  return histograms;
}

RawBatch HistogramBatch::Columns() {
  RawBatch columns;
  label_bytes_.clear();
  for (const HistogramSeries& series : series_) {
    const ColumnLabels labels(series.label_bytes());
    for (const auto& [name, samples] : series.columns()) {
      columns.series.push_back({label_bytes_.emplace_back(labels.Of(name)),
                                static_cast<uint32_t>(columns.samples.size()),
                                static_cast<uint32_t>(samples.size())});
      columns.samples.insert(columns.samples.end(), samples.begin(), samples.end());
    }
  }
  return columns;
}

}  // namespace hinomi::metrics
