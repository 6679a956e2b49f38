#include "promql/random_query_testing.h"

#include <initializer_list>

#include "promql/random_series_testing.h"

namespace hinomi::promql {
namespace {

/// The parts one after the other. They are made in this order, too, whatever the compiler: those
/// of a list are, arguments of a function are not.
std::string Text(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

/// Writes expressions of a type, at most so many levels deep.
class QueryWriter {
 public:
  QueryWriter(Choices& choices, int64_t start_ms) : choices_(choices), start_ms_(start_ms) {}

  std::string Vector(int depth) {
    if (depth <= 0) return Selector();
    switch (choices_.Below(15)) {
      case 0:
        return Selector();
      case 1:
      case 2:
      case 3:
        return OverRange(depth - 1);
      case 4:
      case 5:
      case 6:
        return Aggregation(depth - 1);
      case 7:
      case 8:
        return Operation(depth - 1);
      case 9:
        return WithScalar(depth - 1);
      case 10:
        return SetOperation(depth - 1);
      case 11:
        return OfVector(depth - 1);
      case 12:
        return Relabelled(depth - 1);
      case 13:
        return Quantile(depth - 1);
      default:
        return Other(depth - 1);
    }
  }

  std::string Scalar(int depth) {
    switch (choices_.Below(depth > 0 ? 10 : 5)) {
      case 0:
      case 1:
      case 2:
        return Number();
      case 3:
        return Pick({"time()", "time()", "start()", "end()", "step()", "range()", "pi()"});
      case 4:
        return "-" + Number();
      case 5:
        return "scalar(" + Vector(depth - 1) + ")";
      case 6:
        return Text(
            {Pick({"min_of(", "max_of("}), Scalar(depth - 1), ", ", Scalar(depth - 1), ")"});
      case 7:
        return Text({"(", Scalar(depth - 1), " ", Comparison(), " bool ", Scalar(depth - 1), ")"});
      default:
        return Text({"(", Scalar(depth - 1), " ", ArithmeticSign(), " ", Scalar(depth - 1), ")"});
    }
  }

  std::string Range(int depth) {
    if (depth <= 0 || !choices_.OneIn(4)) {
      const std::string mode = choices_.OneIn(12) ? Pick({" anchored", " smoothed"}) : "";
      return Text({Plain(), "[", Duration(), "]", mode, Moved()});
    }
    const std::string step = choices_.Of<const char*>({"", "1m", "30s", "2m", "77s"});
    return Text({"(", Vector(depth - 1), ")[", Duration(), ":", step, "]", Moved()});
  }

 private:
  const char* Pick(std::initializer_list<const char*> texts) { return choices_.Of(texts); }

  std::string Name() {
    return Pick({"requests_total", "errors_total", "temperature", "up", "quota", "latency_bucket",
                 "{__name__=~\"requests_total|errors_total\"}", "{job=\"api\"}", "nothing"});
  }
  std::string Conditions() {
    return Pick({"", "", "", "{job=\"api\"}", "{instance!=\"1\"}", "{job=~\"a.*|d.\"}",
                 "{code=\"\"}", "{instance!~\"2\",job=\"db\"}", "{job=\"nobody\"}"});
  }
  std::string Number() {
    return Pick({"1", "2", "0", "0.5", "3", "10", "100", "0.9", "1.5", "NaN", "Inf", "1e300"});
  }
  std::string Duration() {
    return Pick({"5m", "1m", "2m", "150s", "4m", "10m", "30s", "61s", "1h", "1ms", "(1m * 2)",
                 "(step() + 30s)", "(range() + 1m)"});
  }
  std::string Comparison() { return Pick({">", "<", "==", "!=", ">=", "<="}); }
  std::string ArithmeticSign() { return Pick({"+", "-", "*", "/", "%", "^", "atan2"}); }
  std::string Labels() {
    return Pick({"", "job", "instance", "job, instance", "instance, job", "code", "job, code", "le",
                 "__name__", "nothing", "job, __name__", "job, instance, code"});
  }
  std::string Moved() {
    switch (choices_.Below(12)) {
      case 8:
        return " @ " + std::to_string(At() / 1000);
      case 9:
        return Pick({" @ start()", " @ end()", " @ end() offset 1m"});
      case 10:
        return " offset " + Duration();
      case 11:
        return " offset -" + Duration();
      default:
        return "";
    }
  }
  int64_t At() { return start_ms_ + static_cast<int64_t>(choices_.Below(35)) * 60'000; }

  /// A selector without modifiers of time. A name in braces takes no further ones.
  std::string Plain() {
    const std::string name = Name();
    return name.back() == '}' ? name : name + Conditions();
  }
  std::string Selector() { return Text({Plain(), choices_.OneIn(30) ? " smoothed" : "", Moved()}); }

  std::string OverRange(int depth) {
    const std::string simple = Pick({"rate",
                                     "increase",
                                     "delta",
                                     "sum_over_time",
                                     "avg_over_time",
                                     "min_over_time",
                                     "max_over_time",
                                     "count_over_time",
                                     "last_over_time",
                                     "irate",
                                     "idelta",
                                     "deriv",
                                     "changes",
                                     "resets",
                                     "stddev_over_time",
                                     "stdvar_over_time",
                                     "present_over_time",
                                     "absent_over_time",
                                     "first_over_time",
                                     "mad_over_time",
                                     "ts_of_first_over_time",
                                     "ts_of_last_over_time",
                                     "ts_of_max_over_time",
                                     "ts_of_min_over_time",
                                     "rate",
                                     "rate",
                                     "quantile_over_time",
                                     "predict_linear",
                                     "double_exponential_smoothing"});
    const std::string range = Range(depth);
    if (simple == "quantile_over_time") return Text({simple, "(", Scalar(depth), ", ", range, ")"});
    if (simple == "predict_linear") return Text({simple, "(", range, ", ", Scalar(depth), ")"});
    if (simple == "double_exponential_smoothing") return Text({simple, "(", range, ", 0.5, 0.25)"});
    return Text({simple, "(", range, ")"});
  }

  std::string Grouping() {
    if (choices_.OneIn(4)) return "";
    return Text({" ", Pick({"by", "by", "without"}), " (", Labels(), ") "});
  }

  std::string Aggregation(int depth) {
    const std::string op =
        Pick({"sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "topk", "bottomk",
              "quantile", "count_values", "limitk", "limit_ratio"});
    const std::string grouping = Grouping();
    std::string parameter;
    if (op == "topk" || op == "bottomk" || op == "limitk")
      parameter = choices_.OneIn(4) ? Scalar(depth) : Pick({"1", "2", "3", "100"});
    if (op == "quantile")
      parameter = choices_.OneIn(4) ? Scalar(depth) : Pick({"0.5", "0.9", "0", "1", "0.25"});
    if (op == "limit_ratio") parameter = Pick({"1", "0", "-1", "2", "-3"});
    if (op == "count_values") parameter = Pick({"\"value\"", "\"job\"", "\"code\""});
    if (!parameter.empty()) parameter += ", ";
    // Straight over what is stored, as people ask most, or over anything.
    const std::string inner = choices_.OneIn(3) ? Selector() : Vector(depth);
    return Text({op, grouping, "(", parameter, inner, ")"});
  }

  std::string Matching(bool groups) {
    if (!groups && choices_.OneIn(2)) return "";
    const std::string labels = Pick({"job", "job, instance", "instance", "", "code", "le, job"});
    const std::string on = choices_.OneIn(3) ? "ignoring" : "on";
    std::string out = Text({" ", on, " (", labels, ")"});
    if (!groups) return out;
    out += Pick({" group_left", " group_right", " group_left", " group_right"});
    const std::string included = Pick({"()", "()", "(code)", "(nothing)"});
    const bool twice = on == "on" && included == "(code)" && labels == "code";
    return out + (twice ? "()" : included);
  }

  std::string Operation(int depth) {
    std::string op = choices_.OneIn(3) ? Comparison() : ArithmeticSign();
    const bool comparison = op[0] == '>' || op[0] == '<' || op[0] == '=' || op[0] == '!';
    if (comparison && choices_.OneIn(3)) op += " bool";
    std::string matching = Matching(choices_.OneIn(3));
    if (choices_.OneIn(12)) matching += Pick({" fill (0)", " fill_left (1)", " fill_right (2)"});
    return Text({"(", Vector(depth), " ", op, matching, " ", Vector(depth), ")"});
  }

  std::string WithScalar(int depth) {
    std::string op = choices_.OneIn(2) ? Comparison() : ArithmeticSign();
    const bool comparison = op[0] == '>' || op[0] == '<' || op[0] == '=' || op[0] == '!';
    if (comparison && choices_.OneIn(3)) op += " bool";
    const std::string vector = Vector(depth), scalar = Scalar(depth);
    return choices_.OneIn(3) ? Text({"(", scalar, " ", op, " ", vector, ")"})
                             : Text({"(", vector, " ", op, " ", scalar, ")"});
  }

  std::string SetOperation(int depth) {
    return Text({"(", Vector(depth), " ", Pick({"and", "or", "unless"}), Matching(false), " ",
                 Vector(depth), ")"});
  }

  std::string OfVector(int depth) {
    const std::string name =
        Pick({"abs",   "ceil",        "floor",        "exp",         "sqrt",          "ln",
              "log2",  "log10",       "sgn",          "sin",         "cos",           "tan",
              "asin",  "acos",        "atan",         "sinh",        "cosh",          "tanh",
              "asinh", "acosh",       "atanh",        "deg",         "rad",           "minute",
              "hour",  "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month",
              "year",  "absent",      "timestamp",    "sort",        "sort_desc",     "-",
              "round", "clamp",       "clamp_min",    "clamp_max"});
    const std::string vector = Vector(depth);
    if (name.starts_with("sort_by_label")) return Text({name, "(", vector, ", \"job\")"});
    if (name == "clamp")
      return Text({"clamp(", vector, ", ", Scalar(depth), ", ", Scalar(depth), ")"});
    if (name == "clamp_min" || name == "clamp_max" || (name == "round" && choices_.OneIn(2)))
      return Text({name, "(", vector, ", ", Scalar(depth), ")"});
    return Text({name, "(", vector, ")"});
  }

  std::string Relabelled(int depth) {
    const std::string vector = Vector(depth);
    const std::string target = Pick({"job", "instance", "copy", "code", "__name__"});
    const std::string source = Pick({"job", "instance", "__name__", "code", "nothing"});
    if (choices_.OneIn(3)) {
      return Text(
          {"label_join(", vector, ", \"", target, "\", \"-\", \"", source, "\", \"instance\")"});
    }
    const std::string replacement = Pick({"$1", "x", "", "${1}-$1"});
    const std::string pattern = Pick({"(.*)", "(a.*)", "(.+)_total", "", "[0-9]+"});
    return Text({"label_replace(", vector, ", \"", target, "\", \"", replacement, "\", \"", source,
                 "\", \"", pattern, "\")"});
  }

  std::string Quantile(int depth) {
    const std::string q = choices_.OneIn(3) ? Scalar(depth) : Pick({"0.5", "0.9", "0", "1"});
    const std::string buckets =
        Pick({"latency_bucket", "rate(latency_bucket[5m])", "sum by (le) (latency_bucket)",
              "sum by (le, job) (increase(latency_bucket[10m]))", "latency_bucket offset 1m",
              "sum without (job) (rate(latency_bucket[4m]))"});
    const std::string vector = choices_.OneIn(6) ? Vector(depth) : buckets;
    if (choices_.OneIn(5)) {
      const std::string lower = Pick({"0", "0.1", "0.3", "-1", "-Inf", "0.6"});
      const std::string upper = Pick({"0.5", "0.7", "1", "2", "Inf", "NaN", "0"});
      return Text({"histogram_fraction(", lower, ", ", upper, ", ", vector, ")"});
    }
    if (choices_.OneIn(6)) return Text({"histogram_quantiles(", vector, ", \"q\", 0.5, 1)"});
    return Text({"histogram_quantile(", q, ", ", vector, ")"});
  }

  std::string Other(int depth) {
    switch (choices_.Below(4)) {
      case 0:
        return "vector(" + Scalar(depth) + ")";
      case 1:
        return Pick({"minute()", "hour()", "day_of_year()", "month()", "year()"});
      case 2:
        return "(" + Vector(depth) + ")";
      default:
        return Text({"absent(", Selector(), ")"});
    }
  }

  Choices& choices_;
  const int64_t start_ms_;
};

}  // namespace

std::string RandomQuery(Choices& choices, int64_t start_ms) {
  QueryWriter writer(choices, start_ms);
  const int depth = static_cast<int>(choices.Below(4));
  if (choices.OneIn(40)) return writer.Range(depth);
  return choices.OneIn(25) ? writer.Scalar(depth) : writer.Vector(depth + 1);
}

obvious::Times RandomTimesOfQuery(Choices& choices, int64_t start_ms) {
  int64_t at_ms = start_ms + static_cast<int64_t>(choices.Below(70)) * 30'000 - 60'000;
  if (choices.OneIn(3)) at_ms += static_cast<int64_t>(choices.Below(60'000)) - 30'000;
  if (choices.OneIn(2)) return {at_ms, at_ms, 0};
  const int64_t step_ms = choices.Of<int64_t>({60'000, 30'000, 300'000, 77'000, 1'000, 150'000});
  const auto steps = static_cast<int64_t>(1 + choices.Below(5));
  return {at_ms, at_ms + step_ms * steps - 1, step_ms};
}

}  // namespace hinomi::promql
