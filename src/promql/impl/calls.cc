#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "promql/impl/civil_time.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/window.h"

namespace hinomi::promql {
namespace {

using Elementwise = double (*)(double);

double Sign(double v) {
  return v < 0 ? -1.0 : v > 0 ? 1.0 : v;
}
double ToDegrees(double v) {
  return v * 180 / std::numbers::pi;
}
double ToRadians(double v) {
  return v * std::numbers::pi / 180;
}

Elementwise FindElementwise(std::string_view name) {
  static const std::map<std::string_view, Elementwise> table = {
      {"abs", [](double v) { return std::abs(v); }},
      {"ceil", [](double v) { return std::ceil(v); }},
      {"floor", [](double v) { return std::floor(v); }},
      {"exp", [](double v) { return std::exp(v); }},
      {"sqrt", [](double v) { return std::sqrt(v); }},
      {"ln", [](double v) { return std::log(v); }},
      {"log2", [](double v) { return std::log2(v); }},
      {"log10", [](double v) { return std::log10(v); }},
      {"sgn", Sign},
      {"sin", [](double v) { return std::sin(v); }},
      {"cos", [](double v) { return std::cos(v); }},
      {"tan", [](double v) { return std::tan(v); }},
      {"asin", [](double v) { return std::asin(v); }},
      {"acos", [](double v) { return std::acos(v); }},
      {"atan", [](double v) { return std::atan(v); }},
      {"sinh", [](double v) { return std::sinh(v); }},
      {"cosh", [](double v) { return std::cosh(v); }},
      {"tanh", [](double v) { return std::tanh(v); }},
      {"asinh", [](double v) { return std::asinh(v); }},
      {"acosh", [](double v) { return std::acosh(v); }},
      {"atanh", [](double v) { return std::atanh(v); }},
      {"deg", ToDegrees},
      {"rad", ToRadians},
      {"minute", MinuteOf},
      {"hour", HourOf},
      {"day_of_week", DayOfWeek},
      {"day_of_month", DayOfMonth},
      {"day_of_year", DayOfYear},
      {"days_in_month", DaysInMonth},
      {"month", MonthOf},
      {"year", YearOf},
  };
  const auto it = table.find(name);
  return it == table.end() ? nullptr : it->second;
}

/// Go's math.Max: the infinity that is greater than everything is so beside NaN, too.
double GoMax(double a, double b) {
  if (a == kInf || b == kInf) return kInf;
  return std::isnan(a) || std::isnan(b) ? kNan : std::max(a, b);
}
double GoMin(double a, double b) {
  if (a == -kInf || b == -kInf) return -kInf;
  return std::isnan(a) || std::isnan(b) ? kNan : std::min(a, b);
}

Column Times(const Grid& grid) {
  Column out(grid.count);
  for (size_t i = 0; i < grid.count; ++i) out[i] = static_cast<double>(grid.At(i)) / 1000;
  return out;
}

Result<Table> FromColumn(Evaluator& evaluator, Column column) {
  HN_TRY(Series series, evaluator.NewSeries({}));
  series.values = std::move(column);
  series.present.assign(series.values.size(), 1);
  Table table;
  table.push_back(std::move(series));
  return table;
}

Result<Table> EvalElementwise(Evaluator& evaluator, const Call& call, Elementwise apply) {
  Table table;
  if (call.arguments.empty()) {
    HN_TRY(table, FromColumn(evaluator, Times(evaluator.grid())));
  } else {
    HN_TRY(table, evaluator.EvalVector(*call.arguments[0]));
    DropHistograms(table);
  }
  for (Series& series : table) {
    series.drop_name = true;
    for (size_t i = 0; i < series.values.size(); ++i) {
      if (series.present[i]) series.values[i] = apply(series.values[i]);
    }
  }
  return table;
}

double RoundTo(double v, double nearest) {
  const double inverse = 1 / nearest;
  return std::floor(v * inverse + 0.5) / inverse;
}

/// round, clamp, clamp_min, clamp_max: a vector and scalars.
Result<Table> EvalWithScalars(Evaluator& evaluator, const Call& call) {
  HN_TRY(Table table, evaluator.EvalVector(*call.arguments[0]));
  DropHistograms(table);
  std::vector<Column> p;
  for (size_t k = 1; k < call.arguments.size(); ++k) {
    HN_TRY(Column column, evaluator.EvalScalar(*call.arguments[k]));
    p.push_back(std::move(column));
  }
  const bool round = call.function == "round", clamp = call.function == "clamp";
  const bool least = call.function == "clamp_min";
  for (Series& series : table) {
    series.drop_name = true;
    for (size_t i = 0; i < series.values.size(); ++i) {
      double& v = series.values[i];
      if (!series.present[i]) continue;
      if (round) {
        v = RoundTo(v, p.empty() ? 1 : p[0][i]);
      } else if (clamp) {
        if (p[1][i] < p[0][i]) series.present[i] = 0;
        v = GoMax(p[0][i], GoMin(p[1][i], v));
      } else {
        v = least ? GoMax(p[0][i], v) : GoMin(p[0][i], v);
      }
    }
  }
  std::erase_if(table, [](const Series& series) { return series.Empty(); });
  return table;
}

Result<Table> Absent(Evaluator& evaluator, const Call& call) {
  HN_TRY(const Table table, evaluator.EvalVector(*call.arguments[0]));
  HN_TRY(Series out, evaluator.NewSeries(LabelsOfAbsent(*call.arguments[0])));
  for (size_t i = 0; i < evaluator.grid().count; ++i) {
    const bool any =
        std::any_of(table.begin(), table.end(), [i](const Series& s) { return s.present[i] != 0; });
    if (!any) out.Put(i, 1);
  }
  Table result;
  if (!out.Empty()) result.push_back(std::move(out));
  return result;
}

Result<Table> Timestamp(Evaluator& evaluator, const Call& call) {
  const Expr& argument = Unparenthesised(*call.arguments[0]);
  Table table;
  if (const auto* selector = argument.As<VectorSelector>()) {
    HN_TRY(table, evaluator.EvalSelector(*selector, argument.span, true));
  } else {
    HN_TRY(table, evaluator.EvalVector(*call.arguments[0]));
    for (Series& series : table) {
      series.values = Times(evaluator.grid());
      series.histograms = {};
    }
  }
  for (Series& series : table) series.drop_name = true;
  return table;
}

Result<Column> ScalarOf(Evaluator& evaluator, const Expr& argument) {
  HN_TRY(const Table table, evaluator.EvalVector(argument));
  Column out(evaluator.grid().count, kNan);
  for (size_t i = 0; i < out.size(); ++i) {
    size_t found = 0;
    double value = kNan;
    for (const Series& series : table) {
      if (!series.present[i] || series.HistogramAt(i)) continue;
      value = series.values[i];
      if (++found > 1) break;
    }
    if (found == 1) out[i] = value;
  }
  return out;
}

/// What a function reads of histograms: where it is count and sum only, selectors
/// below need not keep the buckets.
int* NeedOf(QueryContext& context, std::string_view function) {
  if (function == "histogram_count" || function == "histogram_sum" || function == "histogram_avg")
    return &context.wants_statistics;
  if (function.starts_with("histogram_quantile") || function == "histogram_fraction")
    return &context.wants_buckets;
  return nullptr;
}

}  // namespace

metrics::Labels LabelsOfAbsent(const Expr& expr) {
  const Expr* inner = &Unparenthesised(expr);
  if (const auto* matrix = inner->As<MatrixSelector>()) inner = matrix->selector.get();
  const auto* selector = inner->As<VectorSelector>();
  metrics::Labels labels;
  if (selector == nullptr) return labels;
  std::set<std::string_view> seen;
  for (const metrics::Matcher& matcher : selector->matchers) {
    if (matcher.label == "__name__") continue;
    const bool first =
        matcher.type == metrics::MatchType::kEqual && seen.insert(matcher.label).second;
    labels.Set(matcher.label, first ? std::string_view(matcher.value) : std::string_view());
  }
  return labels;
}

Result<Table> EvalCall(Evaluator& evaluator, const Expr& expr, const Call& call) {
  const std::string& name = call.function;
  const HistogramNeed need(NeedOf(evaluator.context(), name));
  if (const Elementwise apply = FindElementwise(name))
    return EvalElementwise(evaluator, call, apply);
  if (name == "absent_over_time" || FindRangeFunction(name) != nullptr)
    return EvalRangeCall(evaluator, expr, call);
  if (name == "round" || name.starts_with("clamp")) return EvalWithScalars(evaluator, call);
  if (name.starts_with("histogram_")) return EvalHistogramCall(evaluator, call);
  if (name.starts_with("label_")) return EvalLabelCall(evaluator, call);
  if (name.starts_with("sort")) return EvalSort(evaluator, expr, call);
  if (name == "absent") return Absent(evaluator, call);
  if (name == "timestamp") return Timestamp(evaluator, call);
  if (name == "info") return EvalInfo(evaluator, call);
  if (name == "vector") {
    HN_TRY(Column column, evaluator.EvalScalar(*call.arguments[0]));
    return FromColumn(evaluator, std::move(column));
  }
  return Internal("function " + name + " has no implementation");
}

Result<Column> EvalScalarCall(Evaluator& evaluator, const Call& call) {
  const Grid& grid = evaluator.grid();
  const QueryContext& context = evaluator.context();
  const std::string& name = call.function;
  const auto constant = [&](int64_t ms) {
    return Column(grid.count, static_cast<double>(ms) / 1000);
  };
  if (name == "time") return Times(grid);
  if (name == "pi") return Column(grid.count, std::numbers::pi);
  if (name == "scalar") return ScalarOf(evaluator, *call.arguments[0]);
  if (name == "start") return constant(context.start_ms);
  if (name == "end") return constant(context.end_ms);
  if (name == "step") return constant(context.step_ms);
  if (name == "range") return constant(context.end_ms - context.start_ms);
  if (name == "min_of" || name == "max_of") {
    HN_TRY(Column left, evaluator.EvalScalar(*call.arguments[0]));
    HN_TRY(const Column right, evaluator.EvalScalar(*call.arguments[1]));
    for (size_t i = 0; i < left.size(); ++i) {
      left[i] = name == "min_of" ? GoMin(left[i], right[i]) : GoMax(left[i], right[i]);
    }
    return left;
  }
  return Internal("function " + name + " has no implementation");
}

}  // namespace hinomi::promql
