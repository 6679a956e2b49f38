#include "metric_math/metric_math.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "metric_math/impl/expr.h"
#include "metric_math/impl/values.h"

namespace hinomi::metric_math {
namespace {

/// Evaluates entries as they are needed, each once. The set has no mistakes: what may still be
/// wrong is the input.
class MathEvaluator {
 public:
  MathEvaluator(const EntrySet& set, const std::vector<ExprPtr>& exprs, const Input& input)
      : set_(set), exprs_(exprs), input_(input), done_(set.entries.size()) {}

  Result<Value> OfEntry(size_t entry);

 private:
  using Args = std::vector<Value>;

  Result<Value> OfExpr(const Expr& expr);
  Result<Value> OfId(std::string_view id);
  Result<Value> OfArray(const Expr& expr);
  Result<Value> OfCall(const Expr& call);
  Result<Value> OfBand(const Expr& call, const Args& args);
  /// What takes and gives values only.
  Value Applied(const Expr& call, Args args);
  Value Reduced(FunctionId id, const Value& value) const;
  Value Filled(const Expr& call, Args args) const;
  Value Sorted(const Expr& call, Args args) const;
  Value Sliced(const Expr& call, Args args) const;
  Value Metrics(const Expr& call) const;
  /// A metric's points as they were given, but for what is no finite number.
  TimeSeries Given(const std::string& id) const;
  Value ConstantSeries(std::optional<double> value) const;
  /// The one series of an array that is taken; of an empty one a series without points.
  Value OneOf(std::vector<TimeSeries> all) const;

  const EntrySet& set_;
  const std::vector<ExprPtr>& exprs_;
  const Input& input_;
  std::vector<std::optional<Value>> done_;
};

Result<Value> MathEvaluator::OfEntry(size_t entry) {
  if (done_[entry]) return *done_[entry];
  const std::string& id = set_.entries[entry].id;
  Value value;
  if (exprs_[entry]) {
    HN_TRY(value, OfExpr(*exprs_[entry]));
    for (TimeSeries& series : value.series) {
      if (series.label.empty()) series.label = id;
    }
  } else {
    value = Value::Series(Given(id));
  }
  done_[entry] = value;
  return value;
}

Result<Value> MathEvaluator::OfId(std::string_view id) {
  const auto found = std::ranges::find(set_.entries, id, &Entry::id);
  return OfEntry(static_cast<size_t>(found - set_.entries.begin()));
}

Result<Value> MathEvaluator::OfExpr(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::kNumber:
      return Value::Scalar(expr.number);
    case Expr::Kind::kId:
      return OfId(expr.text);
    case Expr::Kind::kArray:
      return OfArray(expr);
    case Expr::Kind::kNegate: {
      HN_TRY(const Value value, OfExpr(*expr.args[0]));
      return Negative(value);
    }
    case Expr::Kind::kBinary: {
      HN_TRY(const Value left, OfExpr(*expr.args[0]));
      HN_TRY(const Value right, OfExpr(*expr.args[1]));
      return Combine(expr.op, left, right);
    }
    case Expr::Kind::kCall:
      return OfCall(expr);
    case Expr::Kind::kString:
    case Expr::Kind::kWord:
      break;  // What a function says of itself; it reads them in the expression.
  }
  return Value();
}

Result<Value> MathEvaluator::OfArray(const Expr& expr) {
  std::vector<TimeSeries> all;
  for (const ExprPtr& element : expr.args) {
    HN_TRY(Value value, OfExpr(*element));
    for (TimeSeries& series : value.series) all.push_back(std::move(series));
  }
  return Value::Array(std::move(all));
}

Result<Value> MathEvaluator::OfCall(const Expr& call) {
  Args args;
  for (const ExprPtr& arg : call.args) {
    HN_TRY(Value value, OfExpr(*arg));
    args.push_back(std::move(value));
  }
  if (call.function->id == FunctionId::kBand) return OfBand(call, args);
  return Applied(call, std::move(args));
}

Result<Value> MathEvaluator::OfBand(const Expr& call, const Args& args) {
  if (!input_.band) return InvalidArgument("no bands were given for " + call.args[0]->text);
  const std::optional<double> k = args.size() > 1 ? args[1].scalar : 2;
  BandPoints band{Points(input_.grid.count), Points(input_.grid.count)};
  if (k) {
    HN_TRY(band, input_.band(call.args[0]->text, input_.grid, *k));
  }
  if (band.upper.size() != input_.grid.count || band.lower.size() != input_.grid.count)
    return InvalidArgument("the band of " + call.args[0]->text + " has not a point a period");
  // In this order FIRST is the upper and LAST the lower bound.
  return Value::Array({{"upper", std::move(band.upper)}, {"lower", std::move(band.lower)}});
}

Value MathEvaluator::Applied(const Expr& call, Args args) {
  const FunctionId id = call.function->id;
  switch (id) {
    case FunctionId::kIf:
      return If(args[0], args[1], args.size() > 2 ? &args[2] : nullptr, input_.grid);
    case FunctionId::kFill:
      return Filled(call, std::move(args));
    case FunctionId::kSort:
      return Sorted(call, std::move(args));
    case FunctionId::kSlice:
      return Sliced(call, std::move(args));
    case FunctionId::kMetrics:
      return Metrics(call);
    case FunctionId::kMetricCount:
      return Value::Scalar(static_cast<double>(args[0].series.size()));
    case FunctionId::kPeriod:
      return Value::Scalar(input_.grid.period.ToSeconds());
    case FunctionId::kTimeSeries:
      return ConstantSeries(args[0].scalar);
    case FunctionId::kFirst:
    case FunctionId::kLast:
      if (id == FunctionId::kLast) std::ranges::reverse(args[0].series);
      return OneOf(std::move(args[0].series));
    case FunctionId::kRemoveEmpty:
      std::erase_if(args[0].series, [](const TimeSeries& series) {
        return std::ranges::none_of(series.points, [](const auto& p) { return p.has_value(); });
      });
      return std::move(args[0]);
    default:
      break;
  }
  if (call.function->returns == Function::Returns::kReduced) return Reduced(id, args[0]);
  for (TimeSeries& series : args[0].series)
    series.points = Transform(id, series.points, input_.grid);
  return std::move(args[0]);
}

Value MathEvaluator::Reduced(FunctionId id, const Value& value) const {
  if (value.type == kSeries) return Value::Scalar(Reduce(id, value.series[0].points));
  TimeSeries made{"", Points(input_.grid.count)};
  Points column(value.series.size());
  for (size_t i = 0; i < made.points.size(); ++i) {
    for (size_t s = 0; s < column.size(); ++s) column[s] = value.series[s].points[i];
    made.points[i] = Reduce(id, column);
  }
  return Value::Series(std::move(made));
}

Value MathEvaluator::Filled(const Expr& call, Args args) const {
  const std::string& word = call.args[1]->text;
  const bool is_word = call.args[1]->kind == Expr::Kind::kWord;
  for (TimeSeries& series : args[0].series) {
    if (!is_word) {
      series.points = FillWith(std::move(series.points), args[1]);
    } else if (word == "REPEAT") {
      series.points = FillRepeat(std::move(series.points));
    } else {
      series.points = FillLinear(std::move(series.points));
    }
  }
  return std::move(args[0]);
}

Value MathEvaluator::Sorted(const Expr& call, Args args) const {
  SortBy(FindFunction(call.args[1]->text)->id, call.args[2]->text == "DESC", args[0].series);
  if (args.size() > 3)
    args[0].series = SliceOf(std::move(args[0].series), 0, args[3].scalar.value_or(0));
  return std::move(args[0]);
}

Value MathEvaluator::Sliced(const Expr& call, Args args) const {
  // A bound without a value takes nothing.
  const double nothing = std::numeric_limits<double>::max();
  const double begin = args[1].scalar.value_or(nothing);
  const double end = args.size() > 2 ? args[2].scalar.value_or(0) : nothing;
  std::vector<TimeSeries> taken = SliceOf(std::move(args[0].series), begin, end);
  return SlicesOne(call) ? OneOf(std::move(taken)) : Value::Array(std::move(taken));
}

Value MathEvaluator::Metrics(const Expr& call) const {
  std::vector<TimeSeries> found;
  for (const Entry& entry : set_.entries) {
    const bool wanted = call.args.empty() || entry.id.find(call.args[0]->text) != std::string::npos;
    if (entry.expression.empty() && wanted) found.push_back(Given(entry.id));
  }
  return Value::Array(std::move(found));
}

TimeSeries MathEvaluator::Given(const std::string& id) const {
  TimeSeries series{id, input_.metrics.find(id)->second};
  for (auto& point : series.points) {
    if (point && !std::isfinite(*point)) point.reset();
  }
  return series;
}

Value MathEvaluator::ConstantSeries(std::optional<double> value) const {
  return Value::Series({"", Points(input_.grid.count, value)});
}

Value MathEvaluator::OneOf(std::vector<TimeSeries> all) const {
  if (all.empty()) return ConstantSeries(std::nullopt);
  return Value::Series(std::move(all.front()));
}

/// All metrics of the set are given, as many points as the grid has.
Status CheckInput(const EntrySet& set, const Input& input) {
  for (const Entry& entry : set.entries) {
    if (!entry.expression.empty()) continue;
    const auto given = input.metrics.find(entry.id);
    if (given == input.metrics.end())
      return InvalidArgument("the points of " + entry.id + " were not given");
    if (given->second.size() != input.grid.count) {
      return InvalidArgument("expected " + std::to_string(input.grid.count) + " points of " +
                             entry.id + ", got " + std::to_string(given->second.size()));
    }
  }
  return {};
}

size_t IndexOf(const EntrySet& set, std::string_view id) {
  return static_cast<size_t>(std::ranges::find(set.entries, id, &Entry::id) - set.entries.begin());
}

/// "e1: character 6: expected …"
std::string Told(const EntrySet& set, const Finding& finding) {
  if (!finding.entry) return finding.message;
  const Entry& entry = set.entries[*finding.entry];
  const std::string where =
      entry.id.empty() ? "entry " + std::to_string(*finding.entry + 1) : entry.id;
  if (!finding.offset) return where + ": " + finding.message;
  return where + ": " + WithPlace(entry.expression, {*finding.offset, finding.message});
}

}  // namespace

Result<MetricMath> MetricMath::Compile(EntrySet set) {
  for (const Finding& finding : CheckSet(set)) {
    if (finding.level == Finding::Level::kMistake) return InvalidArgument(Told(set, finding));
  }
  MetricMath compiled;
  for (const Entry& entry : set.entries) {
    ExprPtr expr;
    if (!entry.expression.empty()) {
      HN_TRY(expr, Parse(entry.expression));
    }
    compiled.exprs_.push_back(std::move(expr));
  }
  compiled.threshold_ = IndexOf(set, set.threshold_id);
  for (size_t i = 0; i < set.entries.size(); ++i) {
    if (set.entries[i].return_data && i != compiled.threshold_) compiled.watched_ = i;
  }
  compiled.set_ = std::move(set);
  return compiled;
}

Result<TimeSeries> MetricMath::Evaluate(const Input& input) const {
  HN_TRY_VOID(CheckInput(set_, input));
  HN_TRY(Value value, MathEvaluator(set_, exprs_, input).OfEntry(watched_));
  return std::move(value.series[0]);
}

Result<TimeSeries> MetricMath::EvaluateEntry(std::string_view id, const Input& input) const {
  HN_TRY_VOID(CheckInput(set_, input));
  const size_t entry = IndexOf(set_, id);
  if (entry == set_.entries.size()) return InvalidArgument("there is no entry " + std::string(id));
  HN_TRY(Value value, MathEvaluator(set_, exprs_, input).OfEntry(entry));
  if (value.type != kSeries) return InvalidArgument(std::string(id) + " is no single time series");
  return std::move(value.series[0]);
}

Result<BandPoints> MetricMath::EvaluateBand(const Input& input) const {
  HN_CHECK(!set_.threshold_id.empty());
  HN_TRY_VOID(CheckInput(set_, input));
  HN_TRY(Value value, MathEvaluator(set_, exprs_, input).OfEntry(threshold_));
  return BandPoints{std::move(value.series[0].points), std::move(value.series[1].points)};
}

}  // namespace hinomi::metric_math
