#ifndef HINOMI_METRICS_NATIVE_HISTOGRAM_MATH_H_
#define HINOMI_METRICS_NATIVE_HISTOGRAM_MATH_H_

#include <cstdint>
#include <vector>

#include "metrics/native_histogram.h"

namespace hinomi::metrics {

/// What adding two histograms came upon.
struct HistogramMerge {
  /// False: one has custom buckets and the other has not. Then nothing was added.
  bool compatible = true;
  /// One is known to follow a counter reset, the other not to: what they are
  /// together is kUnknown.
  bool reset_collision = false;
  /// The custom bounds differ; only those that both have are left.
  bool bounds_reconciled = false;
};

/// A running sum of histograms of any resolution, compensated for rounding (Kahan)
/// in each number. It has the coarsest schema and the widest zero bucket of what
/// was added; a zero bucket that would cut a populated bucket takes it in.
class NativeHistogramSum {
 public:
  explicit NativeHistogramSum(const NativeHistogram& first);

  HistogramMerge Add(const NativeHistogram& other) { return Merge(other, 1); }
  HistogramMerge Subtract(const NativeHistogram& other) { return Merge(other, -1); }
  /// A negative factor makes a gauge of it.
  void Scale(double factor);
  /// By zero: no bucket but the zero bucket is left.
  void Divide(double divisor);
  /// Brings it to a coarser schema; nothing for one that is not coarser.
  void ReduceTo(int32_t schema);
  /// Whether any number of it is infinite.
  bool Overflows() const;
  double count() const { return count_.Total(); }
  /// The sum so far, without empty buckets.
  NativeHistogram Result() const;

 private:
  friend bool FollowsReset(const NativeHistogram& current, const NativeHistogram& previous);

  /// A number and what rounding lost of it.
  struct Exact {
    double value = 0;
    double lost = 0;
    void Add(double increment);
    double Total() const;
  };
  struct Cell {
    int32_t index = 0;
    Exact count;
  };
  using Cells = std::vector<Cell>;

  static void AddTo(Cells& cells, int32_t index, const Exact& count, double sign, size_t& at,
                    Cells& missing);
  static void Settle(Cells& cells, Cells missing);
  static void Coarsen(Cells& cells, int32_t steps);
  template <typename F>
  void ForEachNumber(F f);

  HistogramMerge Merge(const NativeHistogram& other, double sign);
  void MergeCells(Cells& cells, const std::vector<NativeHistogram::Bucket>& other, double sign,
                  int32_t other_schema) const;
  bool AdjustHint(NativeHistogram::ResetHint other);
  void ReconcileZero(NativeHistogramSum& other);
  void WidenZero(double threshold);
  void MergeCustom(const NativeHistogram& other, double sign, bool same_bounds);

  NativeHistogram::ResetHint hint_;
  int32_t schema_;
  double zero_threshold_;
  Exact zero_, count_, sum_;
  Cells positive_, negative_;
  std::vector<double> bounds_;
};

/// A running mean. It goes on with a mean of means where the sum would overflow.
class NativeHistogramMean {
 public:
  explicit NativeHistogramMean(const NativeHistogram& first);
  HistogramMerge Add(const NativeHistogram& other);
  NativeHistogram Result() const;

 private:
  NativeHistogramSum sum_;  ///< The mean itself once `running_` is set.
  double count_ = 1;
  bool running_ = false;
};

NativeHistogram Scaled(const NativeHistogram& histogram, double factor);
NativeHistogram Divided(const NativeHistogram& histogram, double divisor);

/// Whether the counters of `current` were reset since `previous`: as its hint says,
/// or else if any count fell, a populated bucket went away, the resolution grew
/// or the zero bucket shrank.
bool FollowsReset(const NativeHistogram& current, const NativeHistogram& previous);
/// Whether both hold the same data, bit by bit; hints and empty buckets do not count.
bool SameData(const NativeHistogram& a, const NativeHistogram& b);

/// Takes away what lies above (below) a value; within the bucket that it cuts by
/// interpolation. Count and sum are then estimated from what is left.
NativeHistogram TrimmedAbove(const NativeHistogram& histogram, double value);
NativeHistogram TrimmedBelow(const NativeHistogram& histogram, double value);

/// The bounds that both have. Both ascending.
std::vector<double> CommonBounds(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_NATIVE_HISTOGRAM_MATH_H_
