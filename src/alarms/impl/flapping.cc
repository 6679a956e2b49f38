#include "alarms/impl/flapping.h"

namespace hinomi::alarms::impl {
namespace {

constexpr int kEvaluations = 20;
constexpr double kBeginsAbove = 30;
constexpr double kEndsBelow = 25;

}  // namespace

double FlappingPercent(const std::deque<Instant>& changes, Duration grid, Instant now) {
  bool changed[kEvaluations] = {};
  for (const Instant change : changes) {
    const int64_t ago = (now - change).nanos() / grid.nanos();
    if (change <= now && ago < kEvaluations) changed[ago] = true;
  }
  double sum = 0;
  for (int ago = 0; ago < kEvaluations; ++ago)
    if (changed[ago]) sum += 1.18 - 0.02 * ago;
  return sum / kEvaluations * 100;
}

std::optional<Instant> FlapsUntil(const std::deque<Instant>& changes, bool was, Duration grid,
                                  Instant now) {
  const double percent = FlappingPercent(changes, grid, now);
  if (was ? percent < kEndsBelow : percent <= kBeginsAbove) return std::nullopt;
  Instant rest = now;
  for (int i = 0; i <= kEvaluations; ++i) {
    rest = rest + grid;
    if (FlappingPercent(changes, grid, rest) < kEndsBelow) break;
  }
  return rest;
}

}  // namespace hinomi::alarms::impl
