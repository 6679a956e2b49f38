#include "metric_math/impl/functions.h"

#include <algorithm>

namespace hinomi::metric_math {
namespace {

using Returns = Function::Returns;
using Form = Parameter::Form;

Parameter ValueOf(unsigned types, std::vector<std::string> words = {}) {
  return {Form::kValue, types, std::move(words)};
}

/// Of TS and TS[], and to the same.
Function EachPoint(FunctionId id, std::string name) {
  return {id, std::move(name), Returns::kAsFirst, 1, {ValueOf(kSeries | kArray)}};
}
Function Reduction(FunctionId id, std::string name) {
  Function made{id, std::move(name), Returns::kReduced, 1, {ValueOf(kSeries | kArray)}};
  made.whole_range_of_series = true;
  return made;
}
Function TimeOf(FunctionId id, std::string name) {
  return {id, std::move(name), Returns::kSeries, 1, {ValueOf(kSeries)}};
}
Function OneOfArray(FunctionId id, std::string name) {
  return {id, std::move(name), Returns::kSeries, 1, {ValueOf(kArray)}};
}
Function WholeRange(Function function) {
  function.whole_range = true;
  return function;
}

std::vector<Function> SimpleFunctions() {
  using enum FunctionId;
  return {
      EachPoint(kAbs, "ABS"),
      Reduction(kAvg, "AVG"),
      EachPoint(kCeil, "CEIL"),
      Reduction(kDatapointCount, "DATAPOINT_COUNT"),
      TimeOf(kDate, "DATE"),
      TimeOf(kDay, "DAY"),
      EachPoint(kDiff, "DIFF"),
      EachPoint(kDiffTime, "DIFF_TIME"),
      TimeOf(kEpoch, "EPOCH"),
      OneOfArray(kFirst, "FIRST"),
      EachPoint(kFloor, "FLOOR"),
      TimeOf(kHour, "HOUR"),
      OneOfArray(kLast, "LAST"),
      EachPoint(kLog, "LOG"),
      EachPoint(kLog10, "LOG10"),
      Reduction(kMax, "MAX"),
      Reduction(kMin, "MIN"),
      TimeOf(kMinute, "MINUTE"),
      TimeOf(kMonth, "MONTH"),
      EachPoint(kRate, "RATE"),
      WholeRange(EachPoint(kRunningSum, "RUNNING_SUM")),
      Reduction(kStddev, "STDDEV"),
      Reduction(kSum, "SUM"),
      TimeOf(kYear, "YEAR"),
  };
}

std::vector<Function> FunctionsWithParameters() {
  using enum FunctionId;
  const Parameter either = ValueOf(kScalar | kSeries);
  const std::vector<std::string> by = {"AVG", "MAX", "MIN", "SUM"};
  return {
      {kBand,
       "ANOMALY_DETECTION_BAND",
       Returns::kArray,
       1,
       {{Form::kEntry, kSeries, {}}, ValueOf(kScalar)}},
      {kFill,
       "FILL",
       Returns::kAsFirst,
       2,
       {ValueOf(kSeries | kArray), ValueOf(kScalar | kSeries, {"LINEAR", "REPEAT"})}},
      {kIf, "IF", Returns::kIf, 2, {either, either, either}},
      {kMetricCount, "METRIC_COUNT", Returns::kScalar, 1, {ValueOf(kArray)}},
      {kMetrics, "METRICS", Returns::kArray, 0, {{Form::kString, 0, {}}}},
      {kPeriod, "PERIOD", Returns::kScalar, 1, {{Form::kMetric, kSeries, {}}}},
      WholeRange({kRemoveEmpty, "REMOVE_EMPTY", Returns::kArray, 1, {ValueOf(kArray)}}),
      {kSlice, "SLICE", Returns::kSlice, 2, {ValueOf(kArray), ValueOf(kScalar), ValueOf(kScalar)}},
      WholeRange({kSort,
                  "SORT",
                  Returns::kArray,
                  3,
                  {ValueOf(kArray),
                   {Form::kWord, 0, by},
                   {Form::kWord, 0, {"ASC", "DESC"}},
                   ValueOf(kScalar)}}),
      {kTimeSeries, "TIME_SERIES", Returns::kSeries, 1, {ValueOf(kScalar)}},
  };
}

const std::vector<Function>& Functions() {
  static const std::vector<Function> kFunctions = [] {
    std::vector<Function> all = SimpleFunctions();
    for (Function& function : FunctionsWithParameters()) all.push_back(std::move(function));
    std::ranges::sort(all, {}, &Function::name);
    return all;
  }();
  return kFunctions;
}

}  // namespace

const Function* FindFunction(std::string_view name) {
  const auto at = std::ranges::lower_bound(Functions(), name, {}, &Function::name);
  return at != Functions().end() && at->name == name ? &*at : nullptr;
}

std::string_view RefusedBecause(std::string_view name) {
  if (name == "SEARCH")
    return "it may find any number of time series and an alarm watches one; name the metrics";
  if (name == "INSIGHT_RULE_METRIC" || name == "SERVICE_QUOTA" || name == "DB_PERF_INSIGHTS" ||
      name == "LAMBDA") {
    return "it asks a service of AWS; publish its value as a metric";
  }
  return "";
}

const std::vector<std::string>& FunctionNames() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const Function& function : Functions()) names.push_back(function.name);
    return names;
  }();
  return kNames;
}

}  // namespace hinomi::metric_math
