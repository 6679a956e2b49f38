#include "metrics/tsdb/retention.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <set>

namespace hinomi::metrics {
namespace {

constexpr int64_t kVouchingDays = 3;
constexpr int64_t kDaysLookedAt = 4;

/// `now_ms - age_ms`, as far as there are numbers.
int64_t CutoffOf(int64_t now_ms, int64_t age_ms) {
  return now_ms < INT64_MIN + age_ms ? INT64_MIN : now_ms - age_ms;
}

Postings Without(const Postings& ids, const Postings& removed) {
  Postings rest;
  std::set_difference(ids.begin(), ids.end(), removed.begin(), removed.end(),
                      std::back_inserter(rest));
  return rest;
}

}  // namespace

bool SamplesVouchFor(int64_t now_ms, std::span<const BlockOutline> blocks) {
  const int64_t today = WindowNumber(now_ms, kDayMs);
  std::set<int64_t> days;
  for (const BlockOutline& block : blocks) {
    const int64_t day = WindowNumber(block.samples.to_ms, kDayMs);
    if (day > today - kDaysLookedAt && day <= today) days.insert(day);
  }
  return static_cast<int64_t>(days.size()) >= kVouchingDays;
}

std::vector<size_t> DropForBytes(std::span<const BlockOutline> blocks, uint64_t max_bytes) {
  uint64_t bytes = 0;
  for (const BlockOutline& block : blocks) bytes += block.bytes;
  std::vector<size_t> oldest(blocks.size());
  std::iota(oldest.begin(), oldest.end(), 0);
  std::stable_sort(oldest.begin(), oldest.end(), [&](size_t a, size_t b) {
    return blocks[a].samples.to_ms < blocks[b].samples.to_ms;
  });
  std::vector<size_t> dropped;
  for (size_t i = 0; max_bytes > 0 && bytes > max_bytes && i + 1 < oldest.size(); ++i) {
    dropped.push_back(oldest[i]);
    bytes -= blocks[oldest[i]].bytes;
  }
  return dropped;
}

uint64_t BudgetBeside(uint64_t max_bytes, uint64_t taken) {
  if (max_bytes == 0) return 0;
  return max_bytes > taken ? max_bytes - taken : 1;
}

Result<AgeLimits> AgeLimits::Compile(const Retention& retention) {
  AgeLimits limits;
  for (const RetentionRule& rule : retention.rules) {
    HN_TRY(auto matchers, CompileAll(rule.matchers));
    limits.limits_.push_back({std::move(matchers), rule.max_age_ms});
  }
  limits.limits_.push_back({{}, retention.max_age_ms});
  return limits;
}

bool AgeLimits::empty() const {
  return std::none_of(limits_.begin(), limits_.end(),
                      [](const Limit& limit) { return limit.max_age_ms > 0; });
}

std::vector<AgeLimits::Expired> AgeLimits::Of(const Block& block, int64_t now_ms) const {
  std::vector<Expired> expired;
  Postings left(block.info().series);
  std::iota(left.begin(), left.end(), 0);
  for (const Limit& limit : limits_) {
    Postings matching = block.index().Match(limit.matchers);
    // Of those only that no rule before has taken.
    Postings ids;
    std::set_intersection(left.begin(), left.end(), matching.begin(), matching.end(),
                          std::back_inserter(ids));
    left = Without(left, ids);
    const int64_t cutoff_ms = CutoffOf(now_ms, limit.max_age_ms);
    if (limit.max_age_ms > 0 && !ids.empty() && block.info().min_ms < cutoff_ms)
      expired.push_back({std::move(ids), cutoff_ms});
  }
  return expired;
}

size_t AgeLimits::PassedBy(const BlockInfo& info, int64_t now_ms) const {
  return static_cast<size_t>(std::count_if(limits_.begin(), limits_.end(), [&](const Limit& limit) {
    return limit.max_age_ms > 0 && info.max_ms < CutoffOf(now_ms, limit.max_age_ms);
  }));
}

}  // namespace hinomi::metrics
