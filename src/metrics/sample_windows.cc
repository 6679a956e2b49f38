#include "metrics/sample_windows.h"

#include <cmath>
#include <limits>

#include "base/kahan.h"

namespace hinomi::metrics {
namespace {

// As min_over_time and max_over_time choose: a NaN gives way to whatever comes.
bool IsLess(double value, double least) {
  return value < least || std::isnan(least);
}
bool IsMore(double value, double most) {
  return value > most || std::isnan(most);
}

/// A window while its samples come.
struct OpenWindow {
  SampleWindow window;
  double compensation = 0;

  void Add(const Sample& sample) {
    window.ended = IsStaleMarker(sample.value);
    if (window.ended) return;
    if (window.count == 0) {
      window.first = sample;
      window.min = window.max = sample.value;
    }
    if (IsLess(sample.value, window.min)) window.min = sample.value;
    if (IsMore(sample.value, window.max)) window.max = sample.value;
    if (window.count > 0 && sample.value < window.last.value) window.lost += window.last.value;
    window.last = sample;
    window.count += 1;
    KahanAdd(sample.value, window.sum, compensation);
  }

  SampleWindow Closed() const {
    SampleWindow closed = window;
    if (!std::isinf(closed.sum)) closed.sum += compensation;
    return closed;
  }
};

}  // namespace

int64_t WindowEnd(int64_t at_ms, int64_t resolution_ms) {
  const int64_t past = at_ms % resolution_ms;
  if (past == 0) return at_ms;
  const int64_t left = past > 0 ? resolution_ms - past : -past;
  return at_ms > std::numeric_limits<int64_t>::max() - left ? std::numeric_limits<int64_t>::max()
                                                            : at_ms + left;
}

void AppendWindows(std::span<const int64_t> at_ms, std::span<const double> values,
                   int64_t resolution_ms, std::vector<SampleWindow>& windows) {
  for (size_t i = 0; i < at_ms.size();) {
    OpenWindow open;
    open.window.end_ms = WindowEnd(at_ms[i], resolution_ms);
    for (; i < at_ms.size() && at_ms[i] <= open.window.end_ms; ++i) open.Add({at_ms[i], values[i]});
    windows.push_back(open.Closed());
  }
}

SampleWindow FoldWindows(std::span<const SampleWindow> windows) {
  SampleWindow all;
  double compensation = 0;
  for (const SampleWindow& window : windows) {
    all.ended = window.ended;
    all.end_ms = window.end_ms;
    if (window.count == 0) continue;
    if (all.count == 0) {
      all.first = window.first;
      all.min = window.min;
      all.max = window.max;
    } else if (window.first.value < all.last.value) {
      all.lost += all.last.value;
    }
    if (IsLess(window.min, all.min)) all.min = window.min;
    if (IsMore(window.max, all.max)) all.max = window.max;
    all.lost += window.lost;
    all.last = window.last;
    all.count += window.count;
    KahanAdd(window.sum, all.sum, compensation);
  }
  if (!std::isinf(all.sum)) all.sum += compensation;
  return all;
}

std::vector<SampleWindow> MergeWindows(std::span<const SampleWindow> older,
                                       std::span<const SampleWindow> newer) {
  std::vector<SampleWindow> merged;
  merged.reserve(older.size() + newer.size());
  size_t i = 0;
  for (const SampleWindow& window : newer) {
    while (i < older.size() && older[i].end_ms < window.end_ms) merged.push_back(older[i++]);
    const bool both = i < older.size() && older[i].end_ms == window.end_ms;
    merged.push_back(both && older[i].count > window.count ? older[i] : window);
    if (both) ++i;
  }
  merged.insert(merged.end(), older.begin() + static_cast<ptrdiff_t>(i), older.end());
  return merged;
}

}  // namespace hinomi::metrics
