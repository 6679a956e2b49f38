#ifndef HINOMI_PROMQL_IMPL_WINDOW_COLUMNS_H_
#define HINOMI_PROMQL_IMPL_WINDOW_COLUMNS_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "promql/impl/table.h"

namespace hinomi::promql {

/// The windows (end - range, end] of all steps of a grid over the sample times of one
/// series. Kept for the next series, which often has the same times: the series of one
/// target are scraped together.
class WindowBounds {
 public:
  /// What rate() and its kin need of a window of two samples or more; times only.
  struct Edges {
    double sampled = 0;     ///< Seconds from the first sample to the last.
    double to_start = 0;    ///< Seconds to be extrapolated before the first,
    double to_end = 0;      ///< and after the last.
    double factor = 0;      ///< By which a difference is stretched to the window,
    double per_second = 0;  ///< and the same as a rate.
  };

  /// Both in milliseconds; `offset_ms` as written after `offset`.
  WindowBounds(const Grid& grid, int64_t range_ms, int64_t offset_ms);

  /// Of times that ascend; at most 2^32 of them.
  void Find(std::span<const int64_t> at_ms);

  size_t steps() const { return grid_.count; }
  uint32_t first(size_t step) const { return first_[step]; }
  uint32_t last(size_t step) const { return last_[step]; }  ///< One past.
  double range_seconds() const { return static_cast<double>(range_ms_) / 1000; }
  /// By step; says nothing of windows with less than two samples.
  std::span<const Edges> edges();

 private:
  Edges EdgesOf(size_t step) const;

  Grid grid_;
  int64_t range_ms_;
  int64_t offset_ms_;
  std::vector<int64_t> at_ms_;
  std::vector<uint32_t> first_, last_;
  std::vector<Edges> edges_;  ///< Empty until asked for.
};

/// A function of range vectors, of all windows over one series at once. Writes
/// `bounds.steps()` values, and into `present` 1 where there is one, else 0; values
/// where there is none are anything.
using ColumnFunction = void (*)(WindowBounds& bounds, std::span<const double> values, double* out,
                                uint8_t* present);

/// For rate, increase, delta and the plain *_over_time; null for other names. The values
/// are those of the function of one window (window.h), but for the last bits of sums.
ColumnFunction FindColumnFunction(std::string_view name);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_WINDOW_COLUMNS_H_
