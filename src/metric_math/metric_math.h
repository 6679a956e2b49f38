#ifndef HINOMI_METRIC_MATH_METRIC_MATH_H_
#define HINOMI_METRIC_MATH_METRIC_MATH_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

/// CloudWatch's metric math (CloudWatch User Guide, "Using math expressions with
/// CloudWatch metrics") on series that are given. Pure.
///
/// Types: S, a scalar; TS, one time series; TS[], several. Where one side of an
/// operator between two series lacks a point it counts as 0; where both lack it
/// there is none. What is divided by zero, or is no finite number, is no point.
/// The guide is silent, and we decided: the order of precedence (OR, AND,
/// comparisons, + -, * /, unary -, ^ which alone groups to the right), STDDEV is
/// of the population, AVG SUM MIN MAX STDDEV of nothing at all are no value.
namespace hinomi::metric_math {

/// Values of consecutive periods, the oldest first; nothing where there is none.
using Points = std::vector<std::optional<double>>;

/// The periods on which all series of a set lie.
struct Grid {
  Instant start;    ///< Of the oldest period; a point's time is its period's start.
  Duration period;  ///< Whole seconds, > 0.
  size_t count = 0;

  Instant At(size_t i) const { return start + period * static_cast<int64_t>(i); }
};

struct TimeSeries {
  /// The id of the metric whose points these are or were made of; of an expression's if they were
  /// made of several.
  std::string label;
  Points points;
};

/// An expression as it was read; immutable.
struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;

/// Longest expression in bytes, as CloudWatch's API has it.
constexpr size_t kMaxExpressionBytes = 2048;
/// How deep an expression may be nested, chains of operators included.
constexpr int kMaxExpressionDepth = 100;

/// Reads an expression; ids and types are `CheckSet`'s. Errors: kInvalidArgument,
/// "character 6: expected …"; `error_offset`, if given, is set to the byte.
Result<ExprPtr> Parse(std::string_view text, size_t* error_offset = nullptr);
/// The expression in its canonical form, which reads back as the same.
std::string Format(const Expr& expr);

/// The ids that an expression names, each as often as it does.
std::vector<std::string> IdsOf(const Expr& expr);

/// ANOMALY_DETECTION_BAND(of[, spreads])
struct BandCall {
  std::string of;
  /// Nothing if it is worked out instead of written as a number, from `spreads_offset` on.
  std::optional<double> spreads = 2;
  size_t spreads_offset = 0;  ///< Byte of the expression.
};
/// Nothing if the expression is no such call as a whole.
std::optional<BandCall> BandOf(const Expr& expr);
/// True where a band is called for anywhere in it.
bool NamesBand(const Expr& expr);

/// One member of an alarm's `Metrics`: a metric, or an expression over others.
struct Entry {
  std::string id;          ///< [a-z][A-Za-z0-9_]*
  std::string expression;  ///< "" for a metric.
  Duration period;         ///< Of a metric; the same for all.
  bool return_data = false;
};

/// What an alarm evaluates together.
struct EntrySet {
  std::vector<Entry> entries;
  /// CloudWatch's ThresholdMetricId: the entry that is ANOMALY_DETECTION_BAND(id[, k]), whose
  /// return_data does not count. "" if the alarm has a threshold.
  std::string threshold_id;
};

constexpr size_t kMaxMetrics = 10;
constexpr size_t kMaxExpressions = 10;

struct Finding {
  enum class Level { kMistake, kWarning };
  Level level = Level::kMistake;
  std::optional<size_t> entry;   ///< Its index; nothing for the set as a whole.
  std::optional<size_t> offset;  ///< Byte of its expression; nothing for the entry as a whole.
  std::string message;           ///< What was expected, with the nearest valid name.
};

/// All that is wrong with a set: ids, expressions, types, cycles, limits, periods,
/// what the alarm watches. Warnings are for functions that look at the whole range
/// of points, of which an alarm reads more than it evaluates.
std::vector<Finding> CheckSet(const EntrySet& set);

struct BandPoints {
  Points upper;
  Points lower;
};
/// The band of `k` spreads of an entry on the grid; a point without a band has none.
/// `entry` is the id of a metric or of an expression. An error fails the evaluation.
using BandSource =
    std::function<Result<BandPoints>(std::string_view entry, const Grid& grid, double k)>;

/// What a set is evaluated on.
struct Input {
  Grid grid;
  std::map<std::string, Points, std::less<>> metrics;  ///< By id, `grid.count` points each.
  BandSource band;                                     ///< Needed if the set has a band.
};

/// A set that has no mistakes, ready to be evaluated often. Threads: any.
class MetricMath {
 public:
  /// Errors: kInvalidArgument, the first mistake of `CheckSet`.
  static Result<MetricMath> Compile(EntrySet set);

  const EntrySet& set() const { return set_; }
  /// The id of what the alarm watches.
  const std::string& watched() const { return set_.entries[watched_].id; }
  /// Its expression as it was written; the id of a metric.
  const std::string& watched_text() const {
    const Entry& entry = set_.entries[watched_];
    return entry.expression.empty() ? entry.id : entry.expression;
  }

  /// What the alarm watches: `grid.count` points. Errors: kInvalidArgument if the points of a
  /// metric are not given or not as many as the grid has; and those of the band's source.
  Result<TimeSeries> Evaluate(const Input& input) const;
  /// The same of any entry that is one series: a metric, or an expression. Errors: also
  /// kInvalidArgument if there is no such entry, or it is not one series.
  Result<TimeSeries> EvaluateEntry(std::string_view id, const Input& input) const;
  /// The band that it is held against. Only with a `threshold_id`; errors as above.
  Result<BandPoints> EvaluateBand(const Input& input) const;

 private:
  MetricMath() = default;

  EntrySet set_;
  std::vector<ExprPtr> exprs_;  ///< By entry; null for a metric.
  size_t watched_ = 0;
  size_t threshold_ = 0;
};

}  // namespace hinomi::metric_math

#endif  // HINOMI_METRIC_MATH_METRIC_MATH_H_
