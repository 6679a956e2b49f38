#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <numbers>
#include <set>

#include "metrics/regex_template.h"
#include "promql/obvious_parts_testing.h"

// Functions of instant vectors and scalars.
namespace hinomi::promql::obvious {
namespace {

/// Go's rules: an infinity wins over NaN.
double Greater(double a, double b) {
  if (a == kEndless || b == kEndless) return kEndless;
  return std::isnan(a) || std::isnan(b) ? kNoNumber : std::max(a, b);
}
double Lesser(double a, double b) {
  return -Greater(-a, -b);
}

/// Where a function jumps: an argument near it decides.
struct Mathematics {
  double (*function)(double);
  std::vector<double> jumps = {};
  bool jumps_at_whole_numbers = false;
  /// Large arguments lose their digits.
  bool circular = false;
};

double SignOf(double v) {
  if (std::isnan(v)) return v;
  return v > 0 ? 1 : v < 0 ? -1 : v;
}

const std::map<std::string, Mathematics>& MathematicalFunctions() {
  static const auto* functions = new std::map<std::string, Mathematics>{
      {"abs", {std::fabs}},
      {"ceil", {std::ceil, {}, true}},
      {"floor", {std::floor, {}, true}},
      {"exp", {std::exp}},
      {"sqrt", {std::sqrt, {0}}},
      {"ln", {std::log, {0, 1}}},
      {"log2", {std::log2, {0, 1}}},
      {"log10", {std::log10, {0, 1}}},
      {"sgn", {SignOf, {0}}},
      {"sin", {std::sin, {}, false, true}},
      {"cos", {std::cos, {}, false, true}},
      {"tan", {std::tan, {}, false, true}},
      {"asin", {std::asin, {-1, 1}}},
      {"acos", {std::acos, {-1, 1}}},
      {"atan", {std::atan}},
      {"sinh", {std::sinh}},
      {"cosh", {std::cosh}},
      {"tanh", {std::tanh}},
      {"asinh", {std::asinh}},
      {"acosh", {std::acosh, {1}}},
      {"atanh", {std::atanh, {-1, 0, 1}}},
      {"deg", {[](double v) { return v * 180 / std::numbers::pi; }}},
      {"rad", {[](double v) { return v * std::numbers::pi / 180; }}},
  };
  return *functions;
}

double Calculate(Evaluation& evaluation, const Mathematics& what, double v) {
  for (const double jump : what.jumps) evaluation.Decide(v, jump);
  if (what.jumps_at_whole_numbers) evaluation.Decide(v, std::round(v));
  if (what.circular && std::abs(v) > 100 && !evaluation.IsSure(v)) evaluation.LeaveOpen();
  return what.function(v);
}

/// By the C library's calendar.
std::optional<double> PartOfDate(const std::string& name, double seconds) {
  const auto second = static_cast<std::time_t>(seconds);
  std::tm date{};
  gmtime_r(&second, &date);
  if (name == "minute") return date.tm_min;
  if (name == "hour") return date.tm_hour;
  if (name == "day_of_week") return date.tm_wday;
  if (name == "day_of_month") return date.tm_mday;
  if (name == "day_of_year") return date.tm_yday + 1;
  if (name == "month") return date.tm_mon + 1;
  if (name == "year") return date.tm_year + 1900;
  if (name != "days_in_month") return std::nullopt;
  const int year = date.tm_year + 1900;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const int days[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[date.tm_mon];
}

Result<Elements> ArgumentOrTime(Evaluation& evaluation, const Call& call, int64_t at_ms) {
  if (!call.arguments.empty()) return evaluation.Vector(*call.arguments[0], at_ms);
  return Elements{{{}, false, static_cast<double>(at_ms) / 1000}};
}

Result<Elements> Dates(Evaluation& evaluation, const Call& call, int64_t at_ms) {
  HN_TRY(Elements elements, ArgumentOrTime(evaluation, call, at_ms));
  for (Element& element : elements) {
    element.drop_name = true;
    evaluation.Decide(element.value, std::round(element.value));
    // Of what is no time Go and C++ make different dates.
    const bool date = std::abs(element.value) < 1e11;
    if (!date) evaluation.LeaveOpen();
    element.value = date ? *PartOfDate(call.function, element.value) : kNoNumber;
  }
  return elements;
}

/// round, clamp, clamp_min and clamp_max.
Result<Elements> Bounded(Evaluation& evaluation, const Call& call, int64_t at_ms) {
  HN_TRY(const Elements elements, evaluation.Vector(*call.arguments[0], at_ms));
  std::vector<double> scalars;
  for (size_t i = 1; i < call.arguments.size(); ++i) {
    HN_TRY(const double scalar, evaluation.Scalar(*call.arguments[i], at_ms));
    scalars.push_back(scalar);
  }
  Elements out;
  for (Element element : elements) {
    element.drop_name = true;
    double& v = element.value;
    if (call.function == "round") {
      const double inverse = 1 / (scalars.empty() ? 1 : scalars[0]);
      evaluation.Decide(v * inverse + 0.5, std::round(v * inverse + 0.5));
      v = std::floor(v * inverse + 0.5) / inverse;
    } else if (call.function == "clamp_min") {
      v = Greater(scalars[0], v);
    } else if (call.function == "clamp_max") {
      v = Lesser(scalars[0], v);
    } else {
      evaluation.Decide(scalars[0], scalars[1]);
      if (scalars[1] < scalars[0]) continue;
      v = Greater(scalars[0], Lesser(scalars[1], v));
    }
    out.push_back(std::move(element));
  }
  return out;
}

const std::string& Text(const Call& call, size_t argument) {
  return Unparenthesised(*call.arguments[argument]).As<StringLiteral>()->value;
}

void Relabel(Element& element, const std::string& label, const std::string& value) {
  element.labels.Set(label, value);
  if (label == "__name__") element.drop_name = false;
}

Result<Elements> LabelReplaced(Evaluation& evaluation, const Call& call, int64_t at_ms) {
  const RE2 pattern("(?s:" + Text(call, 4) + ")", RE2::Quiet);
  if (!pattern.ok()) return InvalidArgument("no regular expression");
  if (Text(call, 1).empty()) return InvalidArgument("no label");
  HN_TRY(Elements elements, evaluation.Vector(*call.arguments[0], at_ms));
  std::vector<re2::StringPiece> groups(static_cast<size_t>(pattern.NumberOfCapturingGroups()) + 1);
  for (Element& element : elements) {
    const std::string source(element.labels.Get(Text(call, 3)));
    if (!pattern.Match(source, 0, source.size(), RE2::ANCHOR_BOTH, groups.data(),
                       static_cast<int>(groups.size()))) {
      continue;
    }
    Relabel(element, Text(call, 1), metrics::ExpandTemplate(Text(call, 2), pattern, groups));
  }
  HN_TRY_VOID(CheckLabelsDiffer(elements));
  return elements;
}

Result<Elements> LabelsJoined(Evaluation& evaluation, const Call& call, int64_t at_ms) {
  if (Text(call, 1).empty()) return InvalidArgument("no label");
  HN_TRY(Elements elements, evaluation.Vector(*call.arguments[0], at_ms));
  for (Element& element : elements) {
    std::string joined;
    for (size_t i = 3; i < call.arguments.size(); ++i) {
      if (i > 3) joined += Text(call, 2);
      joined += element.labels.Get(Text(call, i));
    }
    Relabel(element, Text(call, 1), joined);
  }
  HN_TRY_VOID(CheckLabelsDiffer(elements));
  return elements;
}

Result<Elements> Sorted(Evaluation& evaluation, const Call& call, int64_t at_ms) {
  HN_TRY(Elements elements, evaluation.Vector(*call.arguments[0], at_ms));
  const bool descending = call.function == "sort_desc";
  std::sort(elements.begin(), elements.end(), [&](const Element& a, const Element& b) {
    if (std::isnan(b.value)) return !std::isnan(a.value);
    return descending ? a.value > b.value : a.value < b.value;
  });
  return elements;
}

Result<Elements> Timestamps(Evaluation& evaluation, const Call& call, int64_t at_ms) {
  const Expr& argument = Unparenthesised(*call.arguments[0]);
  const auto* selector = argument.As<VectorSelector>();
  HN_TRY(Elements elements,
         selector ? evaluation.Select(*selector, at_ms, true) : evaluation.Vector(argument, at_ms));
  for (Element& element : elements) {
    element.drop_name = true;
    if (selector == nullptr) element.value = static_cast<double>(at_ms) / 1000;
  }
  return elements;
}

}  // namespace

metrics::Labels LabelsWithoutValue(const Expr& expr) {
  const Expr* inner = &Unparenthesised(expr);
  if (const auto* matrix = inner->As<MatrixSelector>()) inner = matrix->selector.get();
  const auto* selector = inner->As<VectorSelector>();
  metrics::Labels labels;
  if (selector == nullptr) return labels;
  // Several conditions on one label: what Prometheus makes of them, in their order.
  std::set<std::string> fixed;
  for (const metrics::Matcher& matcher : selector->matchers) {
    if (matcher.label == "__name__") continue;
    const bool first =
        matcher.type == metrics::MatchType::kEqual && fixed.insert(matcher.label).second;
    labels.Set(matcher.label, first ? matcher.value : "");
  }
  return labels;
}

Result<Elements> CallFunction(Evaluation& evaluation, const Call& call, int64_t at_ms) {
  const std::string& name = call.function;
  HN_TRY(std::optional<Elements> over_range, CallOverRange(evaluation, call, at_ms));
  if (over_range) return *std::move(over_range);
  if (name.starts_with("histogram_")) return HistogramFunction(evaluation, call, at_ms);
  if (name == "round" || name.starts_with("clamp")) return Bounded(evaluation, call, at_ms);
  if (name == "label_replace") return LabelReplaced(evaluation, call, at_ms);
  if (name == "label_join") return LabelsJoined(evaluation, call, at_ms);
  if (name == "timestamp") return Timestamps(evaluation, call, at_ms);
  if (name.starts_with("sort_by_label")) return evaluation.Vector(*call.arguments[0], at_ms);
  if (name == "sort" || name == "sort_desc") return Sorted(evaluation, call, at_ms);
  if (name == "vector") {
    HN_TRY(const double value, evaluation.Scalar(*call.arguments[0], at_ms));
    return Elements{{{}, false, value}};
  }
  if (name == "absent") {
    HN_TRY(const Elements elements, evaluation.Vector(*call.arguments[0], at_ms));
    if (!elements.empty()) return Elements();
    return Elements{{LabelsWithoutValue(*call.arguments[0]), false, 1}};
  }
  if (PartOfDate(name, 0)) return Dates(evaluation, call, at_ms);
  const auto function = MathematicalFunctions().find(name);
  if (function == MathematicalFunctions().end()) return Internal("not known: " + name);
  HN_TRY(Elements elements, evaluation.Vector(*call.arguments[0], at_ms));
  for (Element& element : elements) {
    element.drop_name = true;
    element.value = Calculate(evaluation, function->second, element.value);
  }
  return elements;
}

Result<double> CallScalar(Evaluation& evaluation, const Call& call, int64_t at_ms) {
  if (call.function == "time") return static_cast<double>(at_ms) / 1000;
  if (call.function == "pi") return std::numbers::pi;
  const Times& times = evaluation.times();
  if (call.function == "start") return static_cast<double>(times.start_ms) / 1000;
  if (call.function == "end") return static_cast<double>(times.end_ms) / 1000;
  if (call.function == "step") return static_cast<double>(times.step_ms) / 1000;
  if (call.function == "range") return static_cast<double>(times.end_ms - times.start_ms) / 1000;
  if (call.function == "min_of" || call.function == "max_of") {
    HN_TRY(const double a, evaluation.Scalar(*call.arguments[0], at_ms));
    HN_TRY(const double b, evaluation.Scalar(*call.arguments[1], at_ms));
    return call.function == "min_of" ? Lesser(a, b) : Greater(a, b);
  }
  if (call.function != "scalar") return Internal("not known: " + call.function);
  HN_TRY(const Elements elements, evaluation.Vector(*call.arguments[0], at_ms));
  return elements.size() == 1 ? elements[0].value : kNoNumber;
}

}  // namespace hinomi::promql::obvious
