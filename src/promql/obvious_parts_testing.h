#ifndef HINOMI_PROMQL_OBVIOUS_PARTS_TESTING_H_
#define HINOMI_PROMQL_OBVIOUS_PARTS_TESTING_H_

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "promql/obvious_evaluator_testing.h"

/// What the parts of the obvious evaluator share; nobody else includes it.
namespace hinomi::promql::obvious {

inline constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kEndless = std::numeric_limits<double>::infinity();

/// Whether a number is a multiple of 1/1024 of some size, which sums of such are exactly.
bool IsExact(double value);

/// One element of an instant vector.
struct Element {
  metrics::Labels labels;
  /// The name still counts in grouping and matching, and goes when the query ends.
  bool drop_name = false;
  double value = 0;
};
using Elements = std::vector<Element>;

/// One element of a range vector.
struct Window {
  metrics::Labels labels;
  bool drop_name = false;
  std::vector<metrics::Sample> samples;
};
/// A range vector at one time: what lies in (start, end]; of an anchored range with what the
/// lookback before its start holds, of a smoothed one also behind its end.
struct Windows {
  std::vector<Window> elements;
  RangeMode mode = RangeMode::kPlain;
  int64_t start_ms = 0;
  int64_t end_ms = 0;
};

/// One query over some data.
class Evaluation {
 public:
  Evaluation(const Data& data, const Times& times) : data_(data), times_(times) {}

  Result<double> Scalar(const Expr& expr, int64_t at_ms);
  Result<Elements> Vector(const Expr& expr, int64_t at_ms);
  Result<Windows> Range(const Expr& expr, int64_t at_ms);
  /// What a selector sees; `times`: since when, in seconds, instead of the values.
  Result<Elements> Select(const VectorSelector& selector, int64_t at_ms, bool times);

  const Times& times() const { return times_; }
  /// See Answer::left_open.
  void LeaveOpen() { left_open_ = true; }
  bool left_open() const { return left_open_; }
  /// Which of the two is greater decides something: that is open where they are as good as
  /// equal and not exact.
  void Decide(double a, double b);
  /// From here on values that seem exact may be so by chance: they were made by a method that is
  /// not the engine's.
  void Round() { rounded_ = true; }
  /// Whether all ways to a value give the same bits.
  bool IsSure(double value) const { return !std::isfinite(value) || (!rounded_ && IsExact(value)); }

 private:
  /// Where `@` and `offset` make it look.
  Result<int64_t> Moved(const TimeModifiers& time, int64_t at_ms) const;
  Result<double> Seconds(const DurationExpr& duration) const;
  /// Of a range or a resolution: above zero.
  Result<int64_t> Length(const DurationExpr& duration) const;
  Result<Windows> RangeOfSubquery(const Subquery& subquery, int64_t at_ms);

  const Data& data_;
  const Times times_;
  bool left_open_ = false;
  bool rounded_ = false;
};

// The subjects, each in a file of its own.
Result<Elements> CallFunction(Evaluation& evaluation, const Call& call, int64_t at_ms);
Result<double> CallScalar(Evaluation& evaluation, const Call& call, int64_t at_ms);
/// Nothing where `call` is no function of a range vector.
Result<std::optional<Elements>> CallOverRange(Evaluation& evaluation, const Call& call,
                                              int64_t at_ms);
Result<Elements> HistogramFunction(Evaluation& evaluation, const Call& call, int64_t at_ms);
Result<Elements> Aggregated(Evaluation& evaluation, const Aggregate& aggregate, int64_t at_ms);
Result<Elements> Combined(Evaluation& evaluation, const Binary& binary, int64_t at_ms);
double CombinedScalars(Evaluation& evaluation, BinaryOp op, double a, double b);

/// The samples of an anchored or smoothed range between a value at its very start and one at its
/// very end: the newest one there, or of a smoothed range what lies on the line between its
/// neighbours. A counter that is reset between those begins at zero. Nothing without samples.
std::optional<Window> Extended(const Window& window, const Windows& windows, bool counter);
/// What lies on the line between two samples.
double Between(const metrics::Sample& a, const metrics::Sample& b, int64_t at_ms, bool counter);

metrics::Labels Nameless(metrics::Labels labels);
Error TwoOfOneName();
/// kInvalidArgument if two have the same labels.
Status CheckLabelsDiffer(const Elements& elements);
metrics::Labels LabelsWithoutValue(const Expr& expr);

// Arithmetic of many numbers, without order and in more digits than doubles have.
double SumOf(Evaluation& evaluation, const std::vector<double>& values);
double MeanOf(Evaluation& evaluation, const std::vector<double>& values);
double VarianceOf(Evaluation& evaluation, const std::vector<double>& values);
double QuantileOf(double q, std::vector<double> values);
/// Of numbers; NaN where there is no number.
double LeastOf(const std::vector<double>& values);
double GreatestOf(const std::vector<double>& values);

}  // namespace hinomi::promql::obvious

#endif  // HINOMI_PROMQL_OBVIOUS_PARTS_TESTING_H_
