#include <algorithm>
#include <mutex>

#include "metrics/tsdb/histogram_columns.h"
#include "metrics/tsdb/label_bytes.h"
#include "metrics/tsdb/tsdb.h"

// Native histograms on their way into columns. A sample that is newer than its series
// is written as it is. Any other one may stand where one is already: then the columns
// that it does not have get stale markers at its time, or the old buckets would shine
// through. That needs a look at what is there, during which nobody else writes
// histograms.
namespace hinomi::metrics {
namespace {

/// The columns with samples there of exactly these labels: others may have more labels.
std::vector<SeriesColumns> OfBase(std::vector<SeriesColumns> selected, const Labels& base) {
  std::erase_if(selected, [&](const SeriesColumns& series) {
    Labels labels = series.labels;
    labels.Set(kHistogramLabel, "");
    return labels != base;
  });
  return selected;
}

std::vector<Matcher> MatchersOfBase(const Labels& base) {
  std::vector<Matcher> matchers;
  for (const auto& [name, value] : base.pairs())
    matchers.push_back({name, MatchType::kEqual, value});
  return matchers;
}

}  // namespace

int64_t Tsdb::NewestSample() const {
  const BlockSetStats blocks = blocks_->stats();
  return std::max(TimesInHeads().to_ms, blocks.samples > 0 ? blocks.max_ms : INT64_MIN);
}

Status Tsdb::AppendHistograms(const RawBatch& batch) {
  HN_TRY(HistogramBatch histograms, HistogramBatch::Of(batch));
  std::vector<std::pair<HistogramSeries*, HistogramTimes::Seen>> not_newer;
  {
    const std::shared_lock lock(histogram_mutex_);
    for (HistogramSeries& series : histograms.series()) {
      const auto seen =
          histogram_times_.Note(series.label_bytes(), series.first_ms(), series.last_ms());
      if (seen != HistogramTimes::Seen::kNewer) not_newer.emplace_back(&series, seen);
    }
    if (not_newer.empty()) {
      const RawBatch columns = histograms.Columns();
      return Store(batch, &columns);
    }
  }
  const std::unique_lock lock(histogram_mutex_);
  for (const auto& [series, seen] : not_newer) HN_TRY_VOID(MarkSuperseded(*series, seen));
  const RawBatch columns = histograms.Columns();
  return Store(batch, &columns);
}

Status Tsdb::MarkSuperseded(HistogramSeries& series, HistogramTimes::Seen seen) {
  HN_TRY(const Labels base, ParseLabelBytes(series.label_bytes()));
  std::vector<Matcher> matchers = MatchersOfBase(base);
  matchers.push_back({std::string(kHistogramLabel), MatchType::kNotEqual, ""});
  HN_TRY(auto there, SelectColumns(matchers, series.first_ms(), series.last_ms(), {}));
  for (const SeriesColumns& column : OfBase(std::move(there), base))
    series.Supersede(column.labels.Get(kHistogramLabel), column);
  if (seen != HistogramTimes::Seen::kUnknown) return {};
  matchers.back() = {std::string(kHistogramLabel), MatchType::kEqual, std::string(kMetaColumn)};
  HN_TRY(auto later, SelectColumns(matchers, series.last_ms(), INT64_MAX, {}));
  int64_t newest_ms = series.last_ms();
  for (const SeriesColumns& column : OfBase(std::move(later), base))
    newest_ms = std::max(newest_ms, column.at_ms.back());
  histogram_times_.Learn(series.label_bytes(), newest_ms);
  return {};
}

Result<bool> Tsdb::MatchHistograms(const std::vector<Matcher>& matchers, int64_t from_ms,
                                   int64_t to_ms) const {
  std::vector<Matcher> meta = matchers;
  meta.push_back({std::string(kHistogramLabel), MatchType::kEqual, std::string(kMetaColumn)});
  const auto all = heads();
  if (std::ranges::any_of(all, [](const auto& head) { return head->histogram_columns() > 0; })) {
    HN_TRY(const auto compiled, CompileAll(meta));
    HN_TRY(const auto found, LabelsInHeads(compiled, from_ms, to_ms));
    if (!found.empty()) return true;
  }
  if (!blocks_->HasLabel(kHistogramLabel, from_ms, to_ms)) return false;
  HN_TRY(const auto found, blocks_->SelectLabels(meta, from_ms, to_ms));
  return !found.empty();
}

}  // namespace hinomi::metrics
