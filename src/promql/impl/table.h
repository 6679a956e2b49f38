#ifndef HINOMI_PROMQL_IMPL_TABLE_H_
#define HINOMI_PROMQL_IMPL_TABLE_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "promql/engine.h"

namespace hinomi::promql {

/// The times at which a node is evaluated, all at once.
struct Grid {
  int64_t start_ms = 0;
  int64_t step_ms = 1;
  size_t count = 1;

  int64_t At(size_t i) const { return start_ms + static_cast<int64_t>(i) * step_ms; }
};

/// A value of each step of the grid.
using Column = std::vector<double>;

using metrics::NativeHistogram;
using metrics::NativeHistogramPtr;

/// What a series is at one step: a histogram, or else a number.
struct Cell {
  double value = 0;
  NativeHistogramPtr histogram;

  Cell() = default;
  Cell(double number) : value(number) {}  // NOLINT(google-explicit-constructor)
  Cell(NativeHistogramPtr shared) : histogram(std::move(shared)) {}  // NOLINT
  Cell(NativeHistogram made)                                         // NOLINT
      : histogram(std::make_shared<const NativeHistogram>(std::move(made))) {}
};

/// One series of an instant vector over the whole grid: a column with a mask.
struct Series {
  metrics::Labels labels;
  /// The name is still in `labels` for those who group by it, and is dropped
  /// when the query ends ("delayed name removal").
  bool drop_name = false;
  Column values;
  std::vector<uint8_t> present;
  /// Empty where all are numbers, or one of each step: null where it is a number,
  /// else `values` says nothing.
  std::vector<NativeHistogramPtr> histograms;
  size_t histogram_charge = 0;  ///< Samples charged for the histograms.

  void Resize(size_t steps) {
    values.assign(steps, 0);
    present.assign(steps, 0);
  }
  void Put(size_t step, double value) {
    values[step] = value;
    present[step] = 1;
    if (!histograms.empty()) histograms[step].reset();
  }
  void Put(size_t step, Cell cell);
  /// Null where there is a number, or nothing.
  const NativeHistogramPtr& HistogramAt(size_t step) const {
    static const NativeHistogramPtr kNone;
    return histograms.empty() ? kNone : histograms[step];
  }
  /// What is there; only where `present`.
  Cell At(size_t step) const;
  /// Puts what another series has at a step, or nothing if it has nothing.
  void CopyStep(size_t step, const Series& from, size_t from_step);
  void Remove(size_t step) {
    present[step] = 0;
    if (!histograms.empty()) histograms[step].reset();
  }
  /// Leaves only the numbers; returns whether there were histograms.
  bool DropHistograms();
  bool Empty() const;
};
/// An instant vector over the grid.
using Table = std::vector<Series>;

/// One series of a range vector: all its points that any window may need.
struct Points {
  metrics::Labels labels;
  bool drop_name = false;
  std::vector<int64_t> at_ms;
  std::vector<double> values;
  std::vector<NativeHistogramPtr> histograms;  ///< As those of a Series, by point.
};

/// A range vector: points and the windows over them.
struct RangeVector {
  std::vector<Points> series;
  int64_t range_ms = 0;
  int64_t offset_ms = 0;
  std::optional<int64_t> at_ms;  ///< From `@`.
  RangeMode mode = RangeMode::kPlain;
  int64_t lookback_ms = 0;

  /// Where the window of a step ends; it begins range_ms before, open there.
  int64_t EndOf(int64_t step_at_ms) const { return at_ms.value_or(step_at_ms) - offset_ms; }
};

struct LabelsHash {
  size_t operator()(const metrics::Labels& labels) const { return labels.Hash(); }
};
template <typename T>
using LabelsMap = std::unordered_map<metrics::Labels, T, LabelsHash>;

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInf = std::numeric_limits<double>::infinity();

/// How many samples a table holds, as they were charged.
size_t CellsOf(const Table& table);
/// How many samples take the memory of these histograms. Neighbours that are one
/// object count once.
size_t SamplesOf(std::span<const NativeHistogramPtr> histograms);
/// Leaves only the numbers of a table; series without any go.
void DropHistograms(Table& table);

/// Without __name__, __type__ and __unit__.
metrics::Labels WithoutName(const metrics::Labels& labels);
/// `{__name__="a", b="c"}`, as Prometheus shows label sets in errors.
std::string ShowLabels(const metrics::Labels& labels);
Error SameLabelset();

/// What the nodes of one query share.
struct QueryContext {
  const metrics::Queryable& queryable;
  const QueryLimits& limits;
  std::string_view text;
  int64_t start_ms = 0, end_ms = 0, step_ms = 0;  ///< Of the query itself.
  size_t samples = 0;
  unsigned ticks = 0;
  std::vector<std::string> warnings, infos;
  /// Above zero: an outer call reads only count and sum of histograms.
  int wants_statistics = 0;
  /// Above zero: an outer node needs the buckets, whatever others want.
  int wants_buckets = 0;
  bool OnlyStatistics() const { return wants_statistics > 0 && wants_buckets == 0; }
  metrics::QueryMemory::Share memory{limits.memory};
  QuerySamples read{};
  Grid counted{};  ///< Of `read.per_step`: see CountOver.

  /// Counts samples that are held; kExhausted above a limit.
  Status Charge(size_t n);
  /// Counts the histograms of a series that is done.
  Status ChargeHistograms(Series& series);
  /// Samples that were charged and are held no more.
  void Release(size_t n);
  /// The store's answer within the query's limits, its samples not charged yet.
  Result<std::vector<metrics::SeriesColumns>> Select(const std::vector<metrics::Matcher>& matchers,
                                                     int64_t from_ms, int64_t to_ms);
  /// The same, one series after the other; nothing of them is charged. False, without a
  /// visit, where native histograms are among them.
  Result<bool> VisitFloats(const std::vector<metrics::Matcher>& matchers, int64_t from_ms,
                           int64_t to_ms, const metrics::SeriesVisitor& visit,
                           const metrics::SeriesStepMaker& prepare);
  /// From now on `CountRead` counts to the steps of this grid, if counting is asked for.
  void CountOver(const Grid& grid);
  /// A selector of an evaluation over `grid` saw so many samples at one of its steps.
  void CountRead(const Grid& grid, size_t step, size_t n);
  /// kTimeout or kCancelled once the query has to stop.
  Status CheckAlive();
  void Warn(const std::string& message, const Span& span);
  void Inform(const std::string& message, const Span& span);
};

/// Says as long as it lives what an outer node wants of histograms.
class HistogramNeed {
 public:
  /// `counter` is one of the context's, or null for no wish.
  explicit HistogramNeed(int* counter) : counter_(counter) {
    if (counter_ != nullptr) ++*counter_;
  }
  ~HistogramNeed() {
    if (counter_ != nullptr) --*counter_;
  }
  HistogramNeed(const HistogramNeed&) = delete;
  HistogramNeed& operator=(const HistogramNeed&) = delete;

 private:
  int* counter_;
};

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_TABLE_H_
