#include "rules/catch_up.h"

#include <algorithm>

namespace hinomi::rules {
namespace {

std::vector<metrics::Matcher> MarkMatchers() {
  return {{"__name__", metrics::MatchType::kEqual, kMarkMetric}};
}

}  // namespace

Result<std::map<std::string, Evaluated>> ReadMarks(const metrics::Queryable& store, Instant from,
                                                   Instant to) {
  std::map<std::string, Evaluated> groups;
  HN_TRY(const std::vector<metrics::Labels> older,
         store.SelectLabels(MarkMatchers(), 0, from.millis() - 1));
  for (const metrics::Labels& labels : older)
    groups[std::string(labels.Get("rule_group"))].before_window = true;
  HN_TRY(const std::vector<metrics::SeriesColumns> marks,
         store.Select(MarkMatchers(), from.millis(), to.millis(), {}));
  for (const metrics::SeriesColumns& series : marks) {
    Evaluated& group = groups[std::string(series.labels.Get("rule_group"))];
    for (size_t i = 0; i < series.at_ms.size(); ++i) {
      if (metrics::IsStaleMarker(series.values[i])) {
        group = Evaluated();
      } else {
        group.at_ms.push_back(series.at_ms[i]);
      }
    }
  }
  return groups;
}

Result<std::optional<Instant>> LastMark(const metrics::Queryable& store, std::string_view group_key,
                                        Instant from, Instant to) {
  std::vector<metrics::Matcher> matchers = MarkMatchers();
  matchers.push_back({"rule_group", metrics::MatchType::kEqual, std::string(group_key)});
  HN_TRY(const std::vector<metrics::SeriesColumns> marks,
         store.Select(matchers, from.millis(), to.millis(), {}));
  if (marks.empty() || metrics::IsStaleMarker(marks.front().values.back()))
    return std::optional<Instant>();
  return std::optional(Instant::FromMillis(marks.front().at_ms.back()));
}

std::vector<CatchUpStep> MissedSteps(const Grid& grid, const Evaluated& evaluated, Instant from,
                                     Instant until) {
  std::vector<CatchUpStep> steps;
  const std::vector<int64_t>& marks = evaluated.at_ms;
  if (marks.empty() && !evaluated.before_window) return steps;
  if (!evaluated.before_window) from = std::max(from, Instant::FromMillis(marks.front()));
  const int64_t interval_ms = grid.interval().millis();
  bool in_gap = false;
  Instant time = grid.After(from - Duration::Millis(1));
  for (; time < until; time = time + grid.interval()) {
    // The first mark that is less than an interval before it, or later.
    const auto next = std::upper_bound(marks.begin(), marks.end(), time.millis() - interval_ms);
    if (next != marks.end() && *next < time.millis() + interval_ms) {
      if (in_gap) steps.push_back({time, Writing::kEndsOnly});
      in_gap = false;
      continue;
    }
    if (!in_gap && next != marks.begin()) {
      const Instant last = Instant::FromMillis(*std::prev(next));
      steps.push_back({last, Writing::kEndsOnly, true});
    }
    steps.push_back({time, Writing::kAll, !in_gap && next == marks.begin()});
    in_gap = true;
  }
  if (in_gap) steps.push_back({time, Writing::kEndsOnly});
  return steps;
}

}  // namespace hinomi::rules
