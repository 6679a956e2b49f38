#include <algorithm>

#include "metrics/tsdb/histogram_join.h"
#include "metrics/tsdb/time_window.h"
#include "metrics/tsdb/tsdb.h"
#include "metrics/tsdb/window_columns.h"

// Windows beside the samples: made of days that are over, kept longer, and read in
// their place (docs/decisions/0016-downsampled-days.md).
namespace hinomi::metrics {
namespace {

/// What a window takes in the account of a query's memory, in samples.
constexpr size_t kWindowAsSamples = sizeof(SampleWindow) / sizeof(Sample) + 1;

std::string LevelDirectory(int64_t window_ms) {
  return "/downsampled-" + std::to_string(window_ms / 60'000) + "m";
}

/// Blocks but those of the first and the last days that there are numbers for: those have
/// no windows.
std::vector<BlockInfo> CommonBlocks(const BlockSet& blocks) {
  std::vector<BlockInfo> infos = blocks.infos();
  std::erase_if(infos, [](const BlockInfo& info) {
    return info.window.from_ms < INT64_MIN + 2 * kDayMs ||
           info.window.to_ms > INT64_MAX - 2 * kDayMs;
  });
  return infos;
}

/// The days of which blocks hold samples, each with the newest block's number: merges
/// leave it, samples that come later raise it.
std::map<int64_t, uint64_t> SampleDays(const BlockSet& blocks) {
  std::map<int64_t, uint64_t> days;
  for (const BlockInfo& info : CommonBlocks(blocks)) {
    uint64_t& newest = days[WindowNumber(info.window.from_ms, kDayMs)];
    newest = std::max(newest, info.newest);
  }
  return days;
}

/// Where retention by age begins to cut samples; INT64_MIN if nowhere.
int64_t FirstCutoff(const Retention& retention, int64_t now_ms) {
  int64_t age_ms = retention.max_age_ms;
  for (const RetentionRule& rule : retention.rules)
    if (rule.max_age_ms > 0 && (age_ms == 0 || rule.max_age_ms < age_ms)) age_ms = rule.max_age_ms;
  return age_ms == 0 ? INT64_MIN : now_ms - age_ms;
}

/// Of days before this one samples may be gone that no rule of its own keeps.
int64_t FirstWholeDay(const Retention& retention, int64_t now_ms) {
  return retention.max_age_ms == 0 ? INT64_MIN
                                   : WindowNumber(now_ms - retention.max_age_ms, kDayMs) + 1;
}

TimeWindow TimesOf(int64_t day) {
  return {day * kDayMs + 1, (day + 1) * kDayMs};
}

/// Days before this one are too old for windows.
int64_t FirstDayKept(const Downsampling& downsampling, int64_t now_ms) {
  if (downsampling.max_age_ms == 0) return INT64_MIN;
  const int64_t days = (downsampling.max_age_ms + kDayMs - 1) / kDayMs;
  return WindowNumber(now_ms, kDayMs) - days;
}

/// Windows of one day are cut at once or not at all: their numbers lie all over it.
BlockSet::Upkeep ByWholeDays(BlockSet::Upkeep upkeep, const Downsampling* downsampling) {
  upkeep.retention = {};
  if (downsampling == nullptr) return upkeep;
  const int64_t first = FirstDayKept(*downsampling, upkeep.now_ms);
  const int64_t today = WindowNumber(upkeep.now_ms, kDayMs);
  if (first == INT64_MIN) return upkeep;
  upkeep.now_ms = today * kDayMs;
  upkeep.retention.max_age_ms = (today - first) * kDayMs;
  return upkeep;
}

}  // namespace

Status Tsdb::OpenDownsampled() {
  for (const int64_t window_ms : kResolutionsMs) {
    HN_TRY(auto level,
           DownsampledBlocks::Open(files_, log_, options_.directory + LevelDirectory(window_ms),
                                   window_ms));
    downsampled_.push_back(std::move(level));
  }
  return {};
}

std::vector<std::string> Tsdb::BlockDirectories() const {
  std::vector<std::string> directories{"/blocks"};
  for (const int64_t window_ms : kResolutionsMs) directories.push_back(LevelDirectory(window_ms));
  return directories;
}

std::vector<const DownsampledBlocks*> Tsdb::downsampled() const {
  std::vector<const DownsampledBlocks*> levels;
  for (const auto& level : downsampled_) levels.push_back(level.get());
  return levels;
}

const DownsampledBlocks* Tsdb::LevelOf(int64_t window_ms) const {
  for (const auto& level : downsampled_)
    if (level->resolution_ms() == window_ms) return level.get();
  return nullptr;
}

bool Tsdb::NothingDownsampled() const {
  return std::ranges::all_of(downsampled_, [](const auto& level) { return level->empty(); });
}

std::vector<const DownsampledBlocks*> Tsdb::LevelsAlone(int64_t from_ms, int64_t to_ms) const {
  if (NothingDownsampled()) return {};
  const std::map<int64_t, uint64_t> sampled = SampleDays(*blocks_);
  const int64_t whole = FirstWholeDay(settings().retention, clock_.Now().millis());
  std::vector<const DownsampledBlocks*> levels;
  for (const auto& level : downsampled_) {
    const std::map<int64_t, uint64_t> days = level->Days();
    if (std::any_of(days.begin(), days.end(), [&](const auto& made) {
          return TimesOf(made.first).Overlaps({from_ms, to_ms}) &&
                 (made.first < whole || !sampled.contains(made.first));
        }))
      levels.push_back(level.get());
  }
  return levels;
}

uint64_t Tsdb::DownsampledBytes() const {
  uint64_t bytes = 0;
  for (const auto& level : downsampled_) bytes += level->blocks().stats().bytes;
  return bytes;
}

std::vector<Tsdb::DueDay> Tsdb::DueDays() const {
  const TsdbSettings now = settings();
  std::vector<DueDay> due;
  if (now.downsampling.empty()) return due;
  const int64_t now_ms = clock_.Now().millis();
  const int64_t cutoff_ms = FirstCutoff(now.retention, now_ms);
  const std::map<int64_t, uint64_t> sources = SampleDays(*blocks_);
  for (const Downsampling& downsampling : now.downsampling) {
    const auto level = std::find_if(downsampled_.begin(), downsampled_.end(), [&](const auto& one) {
      return one->resolution_ms() == downsampling.window_ms;
    });
    if (level == downsampled_.end()) continue;
    const std::map<int64_t, uint64_t> made = (*level)->Days();
    for (const auto& [day, source] : sources) {
      const int64_t end_ms = (day + 1) * kDayMs;
      if (day < FirstDayKept(downsampling, now_ms) || now_ms < end_ms + kDaySettlesMs) continue;
      const auto before = made.find(day);
      if (before != made.end() && before->second >= source) continue;
      due.push_back({day, level->get(), source, day * kDayMs < cutoff_ms});
    }
  }
  std::sort(due.begin(), due.end(), [](const DueDay& a, const DueDay& b) { return a.day < b.day; });
  return due;
}

Result<bool> Tsdb::Downsample(const KeepGoing& keep_going) {
  const std::vector<DueDay> due = DueDays();
  const std::vector<Matcher> floats{{std::string(kHistogramLabel), MatchType::kEqual, ""}};
  size_t made = 0;
  for (bool beside = true; made < due.size(); ++made) {
    const DueDay& next = due[made];
    if (!next.urgent && !std::exchange(beside, false)) break;
    HN_TRY_VOID(next.level->Make(
        next.day, next.source,
        [&](int64_t from_ms, int64_t to_ms, const SeriesVisitor& visit) {
          return VisitColumns(floats, from_ms, to_ms, {SIZE_MAX, SIZE_MAX, nullptr}, visit);
        },
        keep_going));
    CountDownsampledDay();
  }
  return made < due.size();
}

Status Tsdb::MaintainDownsampled(const BlockSet::Upkeep& upkeep) {
  const TsdbSettings now = settings();
  uint64_t coarser_bytes = 0;
  // Half of the bytes at most are theirs, and half of that the coarsest one's.
  for (auto level = downsampled_.rbegin(); level != downsampled_.rend(); ++level) {
    const auto downsampling = std::find_if(
        now.downsampling.begin(), now.downsampling.end(),
        [&](const Downsampling& one) { return one.window_ms == (*level)->resolution_ms(); });
    BlockSet::Upkeep own =
        ByWholeDays(upkeep, downsampling == now.downsampling.end() ? nullptr : &*downsampling);
    const uint64_t share = now.retention.max_bytes / (level == downsampled_.rbegin() ? 4 : 2);
    own.retention.max_bytes = BudgetBeside(share, coarser_bytes);
    for (;;) {
      HN_TRY(const bool did, (*level)->blocks().MaintainOne(own));
      if (!did || stopping_) break;
    }
    coarser_bytes += (*level)->blocks().stats().bytes;
  }
  return {};
}

std::set<int64_t> Tsdb::DaysOfSamples(const std::vector<Matcher>& matchers, int64_t from_ms,
                                      int64_t to_ms) const {
  std::set<int64_t> days;
  for (const auto& [day, source] : SampleDays(*blocks_))
    if (TimesOf(day).Overlaps({from_ms, to_ms})) days.insert(day);
  // What a rule keeps longer than the rest says nothing of the rest.
  const Retention retention = settings().retention;
  const int64_t whole = FirstWholeDay(retention, clock_.Now().millis());
  if (retention.rules.empty() || days.empty() || *days.begin() >= whole) return days;
  const TimeWindow oldest = TimesOf(*days.begin());
  const auto found = blocks_->SelectLabels(matchers, oldest.from_ms, oldest.to_ms);
  if (!found || found->empty()) days.erase(days.begin(), days.lower_bound(whole));
  return days;
}

std::vector<Resolution> Tsdb::Resolutions(const std::vector<Matcher>& matchers, int64_t from_ms,
                                          int64_t to_ms) const {
  if (NothingDownsampled()) return {};
  std::vector<Resolution> resolutions;
  std::optional<std::set<int64_t>> finer;
  const TimeWindow in_heads = TimesInHeads();
  for (const auto& level : downsampled_) {
    Resolution resolution{level->resolution_ms(), false};
    bool any = false;
    for (const auto& [day, source] : level->Days()) {
      if (!TimesOf(day).Overlaps({from_ms, to_ms})) continue;
      any = true;
      if (!finer) finer = DaysOfSamples(matchers, from_ms, to_ms);
      if (finer->insert(day).second && !TimesOf(day).Overlaps(in_heads)) resolution.alone = true;
    }
    if (any) resolutions.push_back(resolution);
  }
  return resolutions;
}

std::vector<TimeWindow> Tsdb::UnmadeDays(const DownsampledBlocks& level, int64_t from_ms,
                                         int64_t to_ms) const {
  const int64_t first = DayOfWindow(from_ms), last = DayOfWindow(to_ms);
  const std::map<int64_t, uint64_t> made = level.Days();
  std::vector<TimeWindow> unmade;  // Of numbers of days.
  for (const BlockInfo& info : CommonBlocks(*blocks_)) {
    const int64_t day = WindowNumber(info.window.from_ms, kDayMs);
    // A sample at midnight belongs to the day before, if that has any other at all.
    if (!made.contains(day - 1) && DayOfWindow(info.min_ms) == day - 1)
      unmade.push_back({day - 1, day - 1});
    const auto before = made.find(day);
    if (before == made.end() || before->second < info.newest) unmade.push_back({day, day});
  }
  const TimeWindow fresh = TimesInHeads();
  if (const int64_t from = std::max(fresh.from_ms, INT64_MIN + kDayMs); from != INT64_MAX)
    unmade.push_back({DayOfWindow(from), DayOfWindow(std::max(from, fresh.to_ms))});
  std::erase_if(unmade, [&](const TimeWindow& days) { return !days.Overlaps({first, last}); });
  std::sort(unmade.begin(), unmade.end(),
            [](const TimeWindow& a, const TimeWindow& b) { return a.from_ms < b.from_ms; });
  std::vector<TimeWindow> runs;
  for (const TimeWindow& days : unmade) {
    const TimeWindow within{std::max(days.from_ms, first), std::min(days.to_ms, last)};
    if (runs.empty() || runs.back().to_ms + 1 < within.from_ms) runs.push_back(within);
    runs.back().to_ms = std::max(runs.back().to_ms, within.to_ms);
  }
  return runs;
}

Result<Tsdb::FreshWindows> Tsdb::ReadUnmade(const std::vector<Matcher>& matchers,
                                            const DownsampledBlocks& level, int64_t from_ms,
                                            int64_t to_ms, const SelectLimits& limits) const {
  const int64_t window_ms = level.resolution_ms();
  FreshWindows fresh;
  const auto take = [&](SeriesColumns& series) -> Status {
    auto& windows = fresh[std::move(series.labels)];
    const size_t before = windows.size();
    AppendWindows(series.at_ms, series.values, window_ms, windows);
    HN_TRY_VOID(CheckLimits(limits, fresh.size(), windows.size()));
    return TakeMemory(limits, (windows.size() - before) * kWindowAsSamples);
  };
  for (const TimeWindow& days : UnmadeDays(level, from_ms, to_ms)) {
    const int64_t begin_ms = std::max(days.from_ms * kDayMs + 1, from_ms - window_ms + 1);
    const int64_t end_ms = std::min((days.to_ms + 1) * kDayMs, to_ms);
    HN_TRY_VOID(VisitColumns(matchers, begin_ms, end_ms, limits, take));
  }
  return fresh;
}

Result<bool> Tsdb::VisitWindows(const std::vector<Matcher>& matchers, int64_t from_ms,
                                int64_t to_ms, int64_t window_ms, const SelectLimits& limits,
                                const WindowsVisitor& visit) const {
  HN_TRY(auto asked, WithoutHistogramLabel(matchers));
  if (!asked) return true;
  HN_TRY(const bool histograms, MatchHistograms(*asked, from_ms - window_ms + 1, to_ms));
  const DownsampledBlocks* const level = LevelOf(window_ms);
  if (histograms || level == nullptr) return false;
  asked->push_back({std::string(kHistogramLabel), MatchType::kEqual, ""});

  const auto taken = [&] { return limits.memory == nullptr ? 0 : limits.memory->taken(); };
  const size_t before = taken();
  HN_TRY(FreshWindows fresh, ReadUnmade(*asked, *level, from_ms, to_ms, limits));
  const size_t took = taken() - before;
  auto next = fresh.begin();
  SeriesWindows merged;
  size_t visited = 0;
  const auto visit_next = [&](std::vector<SampleWindow> windows) -> Status {
    HN_TRY_VOID(CheckLimits(limits, ++visited, windows.size()));
    merged.windows = std::move(windows);
    return visit(merged);
  };
  const auto visit_fresh = [&]() -> Status {
    merged.labels = next->first;
    return visit_next(std::move((next++)->second));
  };
  const auto visit_made = [&](SeriesWindows& made) -> Status {
    while (next != fresh.end() && next->first < made.labels) HN_TRY_VOID(visit_fresh());
    merged.labels = made.labels;
    if (next == fresh.end() || made.labels < next->first)
      return visit_next(std::move(made.windows));
    return visit_next(MergeWindows(made.windows, (next++)->second));
  };
  HN_TRY_VOID(level->Visit(*asked, from_ms, to_ms, limits, visit_made));
  while (next != fresh.end()) HN_TRY_VOID(visit_fresh());
  // Not what the visitor took.
  if (limits.memory != nullptr) limits.memory->GiveBack(took);
  return true;
}

}  // namespace hinomi::metrics
