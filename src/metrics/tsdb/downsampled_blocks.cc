#include "metrics/tsdb/downsampled_blocks.h"

#include <algorithm>
#include <set>

#include "metrics/tsdb/label_bytes.h"
#include "metrics/tsdb/window_columns.h"

namespace hinomi::metrics {
namespace {

/// Between two questions whether to go on.
constexpr size_t kSeriesBetweenAsking = 200;

TimeWindow TimesOfDay(int64_t day) {
  return {day * kDayMs, day * kDayMs + kDayMs - 1};
}

/// Those of all days that a range touches.
TimeWindow TimesOfDays(int64_t from_ms, int64_t to_ms) {
  return {WindowOf(from_ms, kDayMs).from_ms, WindowOf(to_ms, kDayMs).to_ms};
}

/// Matches few series but the one without labels, which says what a day was made from.
std::vector<Matcher> SourceMatchers() {
  return {{"__name__", MatchType::kEqual, ""}};
}

uint64_t SourceOf(double written) {
  constexpr double kMostWhole = 9'007'199'254'740'992.0;  // 2^53.
  return written >= 0 && written <= kMostWhole ? static_cast<uint64_t>(written) : 0;
}

Status WriteSource(BlockWriter& writer, int64_t day, uint64_t source) {
  const int64_t at_ms = day * kDayMs;
  const auto value = static_cast<double>(source);
  return writer.Add("", std::span(&at_ms, 1), std::span(&value, 1));
}

Status WriteWindows(BlockWriter& writer, std::string_view label_bytes,
                    std::span<const SampleWindow> windows, int64_t resolution_ms, Columns columns) {
  HN_TRY_VOID(writer.Begin(label_bytes));
  return EncodeWindows(windows, resolution_ms, columns,
                       [&](std::span<const int64_t> at_ms, std::span<const double> values) {
                         return writer.AddSamples(at_ms, values);
                       });
}

}  // namespace

Result<std::unique_ptr<DownsampledBlocks>> DownsampledBlocks::Open(Files& files, Log& log,
                                                                   std::string directory,
                                                                   int64_t resolution_ms) {
  HN_TRY(auto blocks, BlockSet::Open(files, log, std::move(directory)));
  return std::unique_ptr<DownsampledBlocks>(
      new DownsampledBlocks(resolution_ms, std::move(blocks)));
}

std::map<int64_t, uint64_t> DownsampledBlocks::Days() const {
  std::map<int64_t, uint64_t> days;
  for (const BlockInfo& info : blocks_->infos()) {
    const int64_t day = WindowNumber(info.window.from_ms, kDayMs);
    if (!days.contains(day)) days[day] = ReadSource(day);
  }
  return days;
}

uint64_t DownsampledBlocks::ReadSource(int64_t day) const {
  {
    const MutexLock lock(mutex_);
    if (const auto found = sources_.find(day); found != sources_.end()) return found->second;
  }
  uint64_t source = 0;
  const TimeWindow times = TimesOfDay(day);
  if (const auto found = blocks_->Select(SourceMatchers(), times.from_ms, times.from_ms, {});
      found && !found->empty() && found->front().labels.empty())
    source = SourceOf(found->front().values.front());
  const MutexLock lock(mutex_);
  return sources_.try_emplace(day, source).first->second;
}

void DownsampledBlocks::Remember(int64_t day, uint64_t source) {
  const MutexLock lock(mutex_);
  sources_[day] = source;
}

Result<std::vector<SampleWindow>> DownsampledBlocks::WindowsOf(const Labels& labels,
                                                               int64_t day) const {
  std::vector<Matcher> matchers;
  for (const auto& [name, value] : labels.pairs())
    matchers.push_back({name, MatchType::kEqual, value});
  std::vector<SampleWindow> windows;
  const TimeWindow times = TimesOfDay(day);
  const auto take = [&](SeriesWindows& series) -> Status {
    if (series.labels == labels) windows = std::move(series.windows);
    return {};
  };
  HN_TRY_VOID(Visit(matchers, times.from_ms + 1, times.to_ms + 1, {}, take));
  return windows;
}

Status DownsampledBlocks::Make(int64_t day, uint64_t source, const ReadSamples& read,
                               const KeepGoing& keep_going) {
  const TimeWindow times = TimesOfDay(day);
  const bool again = Days().contains(day);
  size_t asked = 0;
  const auto make = [&](BlockWriter& writer, SeriesColumns& series) -> Status {
    if (asked++ % kSeriesBetweenAsking == 0 && !keep_going())
      return Cancelled("downsampling was called off");
    if (series.labels.empty()) return {};  // The blocks need that one for themselves.
    std::vector<SampleWindow> windows;
    AppendWindows(series.at_ms, series.values, resolution_ms_, windows);
    if (again) {
      HN_TRY(const auto older, WindowsOf(series.labels, day));
      windows = MergeWindows(older, windows);
    }
    return WriteWindows(writer, LabelBytesOf(series.labels), windows, resolution_ms_,
                        again ? Columns::kAll : Columns::kNeeded);
  };
  const auto make_all = [&](BlockWriter& writer) -> Status {
    HN_TRY_VOID(WriteSource(writer, day, source));
    return read(times.from_ms + 1, times.to_ms + 1,
                [&](SeriesColumns& series) { return make(writer, series); });
  };
  HN_TRY_VOID(blocks_->Write(times, make_all));
  Remember(day, source);
  return {};
}

Status DownsampledBlocks::Visit(const std::vector<Matcher>& matchers, int64_t from_ms,
                                int64_t to_ms, const SelectLimits& limits,
                                const WindowsVisitor& visit) const {
  SeriesWindows out;
  const auto take = [&](SeriesColumns& series) -> Status {
    if (series.labels.empty()) return {};
    out.windows.clear();
    DecodeWindows(series.at_ms, series.values, resolution_ms_, out.windows);
    std::erase_if(out.windows, [&](const SampleWindow& window) {
      return window.end_ms < from_ms || window.end_ms > to_ms;
    });
    if (out.windows.empty()) return {};
    out.labels = std::move(series.labels);
    return visit(out);
  };
  HN_TRY(const auto compiled, CompileAll(matchers));
  return blocks_->Visit(compiled, TimesOfDay(DayOfWindow(from_ms)).from_ms,
                        TimesOfDay(DayOfWindow(to_ms)).to_ms, limits, take);
}

SelectEstimate DownsampledBlocks::Estimate(const std::vector<CompiledMatcher>& matchers,
                                           int64_t from_ms, int64_t to_ms) const {
  return blocks_->Estimate(matchers, TimesOfDay(DayOfWindow(from_ms)).from_ms,
                           TimesOfDay(DayOfWindow(to_ms)).to_ms);
}

Result<std::vector<Labels>> DownsampledBlocks::SelectLabels(const std::vector<Matcher>& matchers,
                                                            int64_t from_ms, int64_t to_ms) const {
  const TimeWindow times = TimesOfDays(from_ms, to_ms);
  HN_TRY(auto labels, blocks_->SelectLabels(matchers, times.from_ms, times.to_ms));
  std::erase_if(labels, [](const Labels& one) { return one.empty(); });
  return labels;
}

std::vector<std::string> DownsampledBlocks::LabelNames(int64_t from_ms, int64_t to_ms) const {
  const TimeWindow times = TimesOfDays(from_ms, to_ms);
  return blocks_->LabelNames(times.from_ms, times.to_ms);
}

std::vector<std::string> DownsampledBlocks::LabelValues(const std::string& label, int64_t from_ms,
                                                        int64_t to_ms) const {
  const TimeWindow times = TimesOfDays(from_ms, to_ms);
  return blocks_->LabelValues(label, times.from_ms, times.to_ms);
}

Status DownsampledBlocks::Distrust(int64_t from_ms, int64_t to_ms) {
  const std::map<int64_t, uint64_t> days = Days();
  std::set<int64_t> touched;
  for (const int64_t at_ms : {from_ms, to_ms})
    if (const int64_t day = DayOfWindow(WindowEnd(at_ms, resolution_ms_)); days.contains(day))
      touched.insert(day);
  for (const int64_t day : touched) {
    HN_TRY_VOID(blocks_->Write(TimesOfDay(day),
                               [&](BlockWriter& writer) { return WriteSource(writer, day, 0); }));
    Remember(day, 0);
  }
  return {};
}

Status DownsampledBlocks::Delete(const std::vector<Matcher>& matchers, int64_t from_ms,
                                 int64_t to_ms) {
  const std::map<int64_t, uint64_t> days = Days();
  if (days.empty()) return {};
  // Within the days that there are: a delete may be of all times.
  const int64_t first_ms = days.begin()->first * kDayMs + 1;
  const int64_t last_ms = (days.rbegin()->first + 1) * kDayMs;
  from_ms = std::max(from_ms, first_ms);
  to_ms = std::min(to_ms, last_ms);
  if (from_ms > to_ms) return {};
  for (const TimeWindow& times : ColumnTimes(WindowEnd(from_ms, resolution_ms_),
                                             WindowEnd(to_ms, resolution_ms_), resolution_ms_))
    HN_TRY_VOID(blocks_->Delete(matchers, times.from_ms, times.to_ms));
  return {};
}

}  // namespace hinomi::metrics
