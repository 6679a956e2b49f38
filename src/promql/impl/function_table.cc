#include "promql/impl/function_table.h"

#include <limits>
#include <map>

namespace hinomi::promql {
namespace {

constexpr ValueType kS = ValueType::kScalar;
constexpr ValueType kV = ValueType::kVector;
constexpr ValueType kM = ValueType::kMatrix;
constexpr ValueType kT = ValueType::kString;
using Feature = FunctionSignature::Feature;

std::map<std::string_view, FunctionSignature> BuildTable() {
  std::map<std::string_view, FunctionSignature> table;
  const auto add = [&](std::string_view name, std::vector<ValueType> arguments, int variadic = 0,
                       ValueType result = kV, Feature feature = Feature::kStable) {
    table[name] = {name, std::move(arguments), variadic, result, feature};
  };
  for (const char* name : {"abs",
                           "ceil",
                           "floor",
                           "exp",
                           "sqrt",
                           "ln",
                           "log2",
                           "log10",
                           "sgn",
                           "sin",
                           "cos",
                           "tan",
                           "asin",
                           "acos",
                           "atan",
                           "sinh",
                           "cosh",
                           "tanh",
                           "asinh",
                           "acosh",
                           "atanh",
                           "deg",
                           "rad",
                           "absent",
                           "sort",
                           "sort_desc",
                           "timestamp",
                           "histogram_avg",
                           "histogram_count",
                           "histogram_sum",
                           "histogram_stddev",
                           "histogram_stdvar"}) {
    add(name, {kV});
  }
  for (const char* name : {"minute", "hour", "day_of_week", "day_of_month", "day_of_year",
                           "days_in_month", "month", "year"}) {
    add(name, {kV}, 1);
  }
  for (const char* name : {"rate", "irate", "increase", "delta", "idelta", "deriv", "changes",
                           "resets", "absent_over_time", "avg_over_time", "sum_over_time",
                           "min_over_time", "max_over_time", "count_over_time", "stddev_over_time",
                           "stdvar_over_time", "last_over_time", "present_over_time"}) {
    add(name, {kM});
  }
  for (const char* name : {"mad_over_time", "first_over_time", "ts_of_first_over_time",
                           "ts_of_last_over_time", "ts_of_max_over_time", "ts_of_min_over_time"}) {
    add(name, {kM}, 0, kV, Feature::kExperimental);
  }
  add("quantile_over_time", {kS, kM});
  add("predict_linear", {kM, kS});
  add("double_exponential_smoothing", {kM, kS, kS}, 0, kV, Feature::kExperimental);
  add("holt_winters", {kM, kS, kS}, 0, kV, Feature::kExperimental);
  add("clamp", {kV, kS, kS});
  add("clamp_min", {kV, kS});
  add("clamp_max", {kV, kS});
  add("round", {kV, kS}, 1);
  add("histogram_quantile", {kS, kV});
  add("histogram_fraction", {kS, kS, kV});
  add("histogram_quantiles", {kV, kT, kS, kS}, -1, kV, Feature::kExperimental);
  add("label_replace", {kV, kT, kT, kT, kT});
  add("label_join", {kV, kT, kT, kT}, -1);
  add("sort_by_label", {kV, kT}, -1, kV, Feature::kExperimental);
  add("sort_by_label_desc", {kV, kT}, -1, kV, Feature::kExperimental);
  add("info", {kV, kV}, 1, kV, Feature::kExperimental);
  add("scalar", {kV}, 0, kS);
  add("vector", {kS});
  add("time", {}, 0, kS);
  add("pi", {}, 0, kS);
  for (const char* name : {"start", "end", "step", "range"}) {
    add(name, {}, 0, kS, Feature::kContext);
  }
  add("min_of", {kS, kS}, 0, kS, Feature::kContext);
  add("max_of", {kS, kS}, 0, kS, Feature::kContext);
  return table;
}

}  // namespace

size_t FunctionSignature::MinArguments() const {
  return variadic == 0 ? arguments.size() : arguments.size() - 1;
}

size_t FunctionSignature::MaxArguments() const {
  return variadic < 0 ? std::numeric_limits<size_t>::max() : arguments.size();
}

const FunctionSignature* FindFunction(std::string_view name) {
  static const std::map<std::string_view, FunctionSignature> table = BuildTable();
  const auto it = table.find(name);
  return it == table.end() ? nullptr : &it->second;
}

}  // namespace hinomi::promql
