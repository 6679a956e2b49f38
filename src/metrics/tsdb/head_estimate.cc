#include <algorithm>

#include "metrics/tsdb/head_internal.h"
#include "metrics/tsdb/sample_count.h"

namespace hinomi::metrics {
namespace {

TimeWindow WindowOf(const SamplePool& pool) {
  return {pool.first_ms(), pool.last_ms()};
}
TimeWindow WindowOf(const FlushFile& file) {
  return {file.first_ms(), file.last_ms()};
}

/// Of samples that came in any order, of equal times one.
SampleCount CountIn(const SamplePool& pool, SeriesId id, const TimeWindow& range,
                    SampleColumns& columns) {
  columns.Clear();
  pool.Read(id, columns);
  SortKeepingLast(columns);
  const size_t count = CountTimes(columns.at_ms, range);
  return {count, count};
}

/// A series of a head: in flush files and pools, which may share times where theirs overlap.
class PartsCount {
 public:
  explicit PartsCount(const TimeWindow& range) : range_(range) {}

  template <typename Part, typename Count>
  void Add(const Part& part, Count count) {
    const TimeWindow window = WindowOf(part);
    if (!window.Overlaps(range_)) return;
    const SampleCount counted = count();
    if (counted.most == 0) return;
    if (all_.most == 0 || window.from_ms > reach_ms_) {
      all_.Add(counted);
    } else {
      all_.AddOverlapping(counted);
    }
    reach_ms_ = std::max(reach_ms_, window.to_ms);
  }
  const SampleCount& all() const { return all_; }

 private:
  TimeWindow range_;
  SampleCount all_;
  int64_t reach_ms_ = INT64_MIN;
};

}  // namespace

SelectEstimate Head::Estimate(const std::vector<CompiledMatcher>& matchers, int64_t from_ms,
                              int64_t to_ms) const {
  const TimeWindow range{from_ms, to_ms};
  SelectEstimate estimate;
  SampleColumns columns;
  const std::shared_lock lock(memory_mutex_);
  const auto files = FlushFiles(from_ms, to_ms);
  std::vector<FlushFile::Times> times(files.size());
  for (const SeriesId id : table_->Matching(matchers)) {
    PartsCount parts(range);
    for (size_t i = 0; i < files.size(); ++i)
      parts.Add(*files[i], [&] { return files[i]->CountIn(id, range, times[i]); });
    if (sealed_ != nullptr && sealed_->Has(id))
      parts.Add(*sealed_, [&] { return CountIn(*sealed_, id, range, columns); });
    if (fresh_->Has(id)) parts.Add(*fresh_, [&] { return CountIn(*fresh_, id, range, columns); });
    estimate.samples += parts.all().most;
    estimate.least_samples += parts.all().least;
    if (parts.all().most > 0) ++estimate.series;
    if (parts.all().least > 0) ++estimate.least_series;
  }
  return estimate;
}

size_t Head::GuessSamples(const std::vector<Matcher>& matchers, int64_t from_ms,
                          int64_t to_ms) const {
  const TimeWindow range{from_ms, to_ms};
  const std::shared_lock lock(memory_mutex_);
  if (table_->next_id() == 0) return 0;
  size_t series = table_->next_id();
  std::string message;
  for (const Matcher& matcher : matchers) {
    if (matcher.type != MatchType::kEqual || matcher.value.empty()) continue;
    message.clear();
    AppendLabel(matcher.label, matcher.value, message);
    const auto pair = table_->labels().Find(message);
    series = pair ? std::min(series, table_->labels().SeriesOf(*pair).size()) : 0;
  }
  double samples = 0;
  const auto add = [&](const auto& part) {
    samples += static_cast<double>(part.samples()) * ShareOf(WindowOf(part), range);
  };
  for (const Flushed& flushed : flushed_) add(*flushed.file);
  if (sealed_ != nullptr) add(*sealed_);
  if (fresh_->samples() > 0) add(*fresh_);
  const double each = samples / static_cast<double>(table_->next_id());
  return static_cast<size_t>(static_cast<double>(series) * each) + series;
}

}  // namespace hinomi::metrics
