#ifndef HINOMI_METRIC_MATH_IMPL_FUNCTIONS_H_
#define HINOMI_METRIC_MATH_IMPL_FUNCTIONS_H_

#include <string>
#include <string_view>
#include <vector>

namespace hinomi::metric_math {

/// What an expression yields; as bits, so that a parameter may take several.
enum Type : unsigned {
  kNoType = 0,
  kScalar = 1,
  kSeries = 2,
  kArray = 4,
};

enum class FunctionId {
  kAbs,
  kBand,
  kAvg,
  kCeil,
  kDatapointCount,
  kDate,
  kDay,
  kDiff,
  kDiffTime,
  kEpoch,
  kFill,
  kFirst,
  kFloor,
  kHour,
  kIf,
  kLast,
  kLog,
  kLog10,
  kMax,
  kMetricCount,
  kMetrics,
  kMin,
  kMinute,
  kMonth,
  kPeriod,
  kRate,
  kRemoveEmpty,
  kRunningSum,
  kSlice,
  kSort,
  kStddev,
  kSum,
  kTimeSeries,
  kYear,
};

struct Parameter {
  enum class Form {
    kValue,   ///< Of one of `types`, or one of `words`.
    kWord,    ///< One of `words`.
    kString,  ///< A text in quotes.
    kMetric,  ///< The id of a metric.
    kEntry,   ///< The id of a metric or an expression.
  };
  Form form = Form::kValue;
  unsigned types = 0;
  std::vector<std::string> words;
};

struct Function {
  enum class Returns {
    kAsFirst,  ///< The type of the first argument.
    kReduced,  ///< A scalar of a series, a series of an array.
    kScalar,
    kSeries,
    kArray,
    kSlice,  ///< An array, or a series where the bounds say so.
    kIf,     ///< A series if there is one among the arguments, else a scalar.
  };
  FunctionId id;
  std::string name;
  Returns returns;
  size_t required;  ///< So many of the parameters have to be given.
  std::vector<Parameter> parameters;
  /// Sees all points that are read, of which an alarm reads more than it evaluates:
  /// always, or only if the first argument is a series.
  bool whole_range = false;
  bool whole_range_of_series = false;
};

/// By its name in capitals; null if there is none.
const Function* FindFunction(std::string_view name);
/// Why a function of CloudWatch's is not there; "" for others.
std::string_view RefusedBecause(std::string_view name);
/// Sorted.
const std::vector<std::string>& FunctionNames();

}  // namespace hinomi::metric_math

#endif  // HINOMI_METRIC_MATH_IMPL_FUNCTIONS_H_
