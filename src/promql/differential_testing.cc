#include "promql/differential_testing.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "promql/engine.h"
#include "promql/parser.h"

namespace hinomi::promql {
namespace {

using obvious::Answer;
using obvious::Cells;

Answer FromEngine(const Result<QueryResult>& result) {
  Answer answer;
  if (!result) {
    answer.failure = result.error().message;
  } else if (const auto* scalar = std::get_if<ScalarValue>(&result->value)) {
    answer.cells[metrics::Labels()][scalar->at_ms] = scalar->value;
  } else if (const auto* vector = std::get_if<Vector>(&result->value)) {
    for (const VectorSample& sample : *vector) {
      answer.cells[sample.labels][sample.at_ms] = sample.value;
      answer.in_order.push_back(sample.value);
    }
  } else if (const auto* matrix = std::get_if<Matrix>(&result->value)) {
    for (const MatrixSeries& series : *matrix)
      for (const metrics::Sample& sample : series.samples)
        answer.cells[series.labels][sample.at_ms] = sample.value;
  }
  return answer;
}

Answer AskEngine(const metrics::Queryable& store, const DifferentialCase& query) {
  const std::string text = query.as_histograms ? "histogram_count(" + query.text + ")" : query.text;
  const obvious::Times& times = query.times;
  QueryLimits limits;
  limits.lookback = Duration::Millis(obvious::kLookbackMs);
  limits.default_step = Duration::Millis(obvious::kDefaultStepMs);
  if (times.step_ms == 0) return FromEngine(InstantQuery(store, text, times.start_ms, limits));
  return FromEngine(RangeQuery(store, text, times.start_ms, times.end_ms, times.step_ms, limits));
}

/// What the obvious evaluator is asked: of numbers `+ 0` takes the name, as histogram_count does.
std::string ObviousText(const DifferentialCase& query) {
  return query.as_histograms ? "(" + query.text + ") + 0" : query.text;
}

/// So many observations between 1 and 2.
metrics::NativeHistogramPtr HistogramOf(double count) {
  metrics::NativeHistogram histogram;
  histogram.count = count;
  histogram.sum = 1.5 * count;
  if (count > 0) histogram.positive = {{1, count}};
  return std::make_shared<const metrics::NativeHistogram>(std::move(histogram));
}

/// Whether all values come out as some sample was stored, or are counted.
bool AddsNothingUp(const Expr& expr) {
  static const std::set<std::string> functions = {"min_over_time",
                                                  "max_over_time",
                                                  "last_over_time",
                                                  "first_over_time",
                                                  "count_over_time",
                                                  "changes",
                                                  "resets",
                                                  "absent",
                                                  "absent_over_time",
                                                  "timestamp",
                                                  "sort",
                                                  "sort_desc",
                                                  "label_replace",
                                                  "label_join",
                                                  "abs",
                                                  "floor",
                                                  "ceil",
                                                  "sgn",
                                                  "present_over_time"};
  if (const auto* call = expr.As<Call>(); call && !functions.contains(call->function)) return false;
  if (const auto* aggregate = expr.As<Aggregate>()) {
    static const std::set<AggregateOp> operators = {
        AggregateOp::kMin,  AggregateOp::kMax,     AggregateOp::kCount,  AggregateOp::kGroup,
        AggregateOp::kTopk, AggregateOp::kBottomk, AggregateOp::kLimitk, AggregateOp::kCountValues};
    if (!operators.contains(aggregate->op)) return false;
  }
  if (const auto* binary = expr.As<Binary>())
    if (!IsComparison(binary->op) && !IsSetOperator(binary->op)) return false;
  const std::vector<const Expr*> children = ChildrenOf(expr);
  return std::all_of(children.begin(), children.end(),
                     [](const Expr* child) { return AddsNothingUp(*child); });
}

bool Alike(double a, double b, bool bit_by_bit) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (bit_by_bit || std::isinf(a) || std::isinf(b)) return a == b;
  return std::abs(a - b) <= std::max(1e-300, 1e-9 * std::max(std::abs(a), std::abs(b)));
}

std::string CellText(const metrics::Labels& labels, int64_t at_ms) {
  return fmt::format("{} at {}", labels.ToString(), at_ms);
}

/// "" where there is no difference.
std::string DifferenceOf(const Cells& found, const Cells& expected, bool bit_by_bit) {
  for (const auto& [labels, row] : expected) {
    const auto other = found.find(labels);
    for (const auto& [at_ms, value] : row) {
      if (other == found.end() || !other->second.contains(at_ms))
        return fmt::format("{}: nothing instead of {}", CellText(labels, at_ms), value);
      if (const double is = other->second.at(at_ms); !Alike(is, value, bit_by_bit))
        return fmt::format("{}: {} instead of {}", CellText(labels, at_ms), is, value);
    }
  }
  for (const auto& [labels, row] : found) {
    const auto other = expected.find(labels);
    for (const auto& [at_ms, value] : row)
      if (other == expected.end() || !other->second.contains(at_ms))
        return fmt::format("{}: {} instead of nothing", CellText(labels, at_ms), value);
  }
  return "";
}

/// Whether the order of the elements was asked for.
bool IsOrdered(const Expr& expr) {
  const Expr& inner = Unparenthesised(expr);
  if (const auto* call = inner.As<Call>())
    return call->function == "sort" || call->function == "sort_desc";
  const auto* aggregate = inner.As<Aggregate>();
  if (aggregate == nullptr || aggregate->without || !aggregate->grouping.empty()) return false;
  return aggregate->op == AggregateOp::kTopk || aggregate->op == AggregateOp::kBottomk;
}

/// At steps of a subquery that no window of a range query sees the engine fails, as Prometheus
/// does, and the instant queries do not.
bool MayFailUnseen(const Expr& expr) {
  if (expr.As<Subquery>() != nullptr) return true;
  const std::vector<const Expr*> children = ChildrenOf(expr);
  return std::any_of(children.begin(), children.end(),
                     [](const Expr* child) { return MayFailUnseen(*child); });
}

std::string DifferenceOf(const Answer& found, const Answer& expected, const Expr& expr) {
  if (found.failure && expected.failure) return "";
  if (found.failure) return "fails: " + *found.failure;
  if (expected.failure) return "does not fail: " + *expected.failure;
  const bool bit_by_bit = AddsNothingUp(expr);
  std::string difference = DifferenceOf(found.cells, expected.cells, bit_by_bit);
  if (!difference.empty() || !IsOrdered(expr)) return difference;
  for (size_t i = 0; i < std::min(found.in_order.size(), expected.in_order.size()); ++i) {
    if (!Alike(found.in_order[i], expected.in_order[i], bit_by_bit))
      return fmt::format("element {}: {} instead of {}", i, found.in_order[i],
                         expected.in_order[i]);
  }
  return "";
}

size_t CountCells(const Cells& cells) {
  size_t count = 0;
  for (const auto& [labels, row] : cells) count += row.size();
  return count;
}

bool Differs(const DifferentialCase& query) {
  return Compare(query, StoreOf(query)).outcome == Comparison::Outcome::kDiffer;
}

/// Leaves out what is not needed for a difference: whole series, then samples.
void Reduce(DifferentialCase& query) {
  for (size_t i = query.data.size(); i-- > 0;) {
    DifferentialCase less = query;
    less.data.erase(less.data.begin() + static_cast<ptrdiff_t>(i));
    if (Differs(less)) query = std::move(less);
  }
  for (size_t s = 0; s < query.data.size(); ++s) {
    for (size_t i = query.data[s].samples.size(); i-- > 0;) {
      DifferentialCase less = query;
      auto& samples = less.data[s].samples;
      samples.erase(samples.begin() + static_cast<ptrdiff_t>(i));
      if (Differs(less)) query = std::move(less);
    }
  }
}

std::string AnswerText(const Answer& answer) {
  if (answer.failure) return "  fails: " + *answer.failure + "\n";
  std::string text;
  for (const auto& [labels, row] : answer.cells)
    for (const auto& [at_ms, value] : row)
      text += fmt::format("  {}: {}\n", CellText(labels, at_ms), value);
  return text;
}

}  // namespace

MemoryQueryable StoreOf(const DifferentialCase& query) {
  MemoryQueryable store;
  for (const obvious::Series& series : query.data) {
    for (const metrics::Sample& sample : series.samples) {
      // The mark of an end is a number among histograms, too.
      if (query.as_histograms && !metrics::IsStaleMarker(sample.value)) {
        store.Add(series.labels, sample.at_ms, HistogramOf(sample.value));
      } else {
        store.Add(series.labels, sample.at_ms, sample.value);
      }
    }
  }
  return store;
}

Comparison Compare(const DifferentialCase& query, const metrics::Queryable& store) {
  Comparison comparison;
  const Result<ExprPtr> expr = Parse(ObviousText(query));
  if (!expr) {
    comparison.outcome = Comparison::Outcome::kDiffer;
    comparison.difference = "does not parse: " + expr.error().message;
    return comparison;
  }
  const Answer expected = Evaluate(query.data, **expr, query.times);
  const Answer found = AskEngine(store, query);
  comparison.cells = CountCells(expected.cells);
  comparison.difference = DifferenceOf(found, expected, **expr);
  if (!comparison.difference.empty()) {
    const bool unseen = found.failure && query.times.step_ms > 0 && MayFailUnseen(**expr);
    comparison.outcome = expected.left_open || unseen ? Comparison::Outcome::kLeftOpen
                                                      : Comparison::Outcome::kDiffer;
  } else if (expected.failure) {
    comparison.outcome = Comparison::Outcome::kBothFail;
  }
  return comparison;
}

std::string Explain(DifferentialCase query) {
  Reduce(query);
  const Result<ExprPtr> expr = Parse(ObviousText(query));
  const obvious::Times& times = query.times;
  std::string text = fmt::format("{}\n  from {} to {} by {} ms\n", query.text, times.start_ms,
                                 times.end_ms, times.step_ms);
  const MemoryQueryable store = StoreOf(query);
  text += Compare(query, store).difference + "\nseries:\n";
  for (const obvious::Series& series : query.data) {
    text += "  " + series.labels.ToString();
    for (const metrics::Sample& sample : series.samples)
      text += metrics::IsStaleMarker(sample.value)
                  ? fmt::format(" stale@{}", sample.at_ms)
                  : fmt::format(" {}@{}", sample.value, sample.at_ms);
    text += "\n";
  }
  if (!expr) return text;
  text += "the engine:\n" + AnswerText(AskEngine(store, query));
  return text + "the obvious evaluator:\n" + AnswerText(Evaluate(query.data, **expr, times));
}

}  // namespace hinomi::promql
