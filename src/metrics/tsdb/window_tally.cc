#include "metrics/tsdb/window_tally.h"

namespace hinomi::metrics {
namespace {

// Times without any order would fill the memory with windows.
constexpr size_t kMostWindows = 1000;

}  // namespace

void WindowTally::Enter(int64_t at_ms) {
  current_ = WindowOf(at_ms, kCutMs);
  const auto known = windows_.find(current_.from_ms);
  if (known != windows_.end()) {
    window_ = &known->second;
  } else {
    window_ = windows_.size() < kMostWindows ? &windows_[current_.from_ms] : nullptr;
  }
}

std::set<int64_t> WindowTally::Over() const {
  std::set<int64_t> over;
  for (const auto& [start, window] : windows_)
    if (IsOver(window)) over.insert(start);
  return over;
}

bool WindowTally::MostIsOver() const {
  uint64_t samples = 0;
  for (const auto& [start, window] : windows_)
    if (IsOver(window)) samples += window.samples;
  return samples > 0 && samples >= samples_ / 2;
}

}  // namespace hinomi::metrics
