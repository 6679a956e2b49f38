// Runs scripts in the language of Prometheus' promqltest: `load`, `clear`,
// `eval instant` and `eval range` with the results that are expected.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "base/strings.h"
#include "promql/engine.h"
#include "promql/impl/lexer.h"
#include "promql/impl/parse_numbers.h"
#include "promql/testing.h"

namespace hinomi::promql {
namespace {

/// One value of a series: omitted, a float, or a native histogram.
struct ScriptValue {
  enum class Kind { kOmitted, kFloat, kHistogram } kind = Kind::kOmitted;
  double value = 0;
};
struct ScriptSeries {
  metrics::Labels labels;
  std::vector<ScriptValue> values;
  bool histograms = false;
  bool start_times = false;
};

double NumberOf(std::string_view text) {
  double sign = 1;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  return sign * ParseNumber(text).value_or(std::numeric_limits<double>::quiet_NaN());
}
bool IsNumber(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  return !text.empty() && ParseNumber(text).has_value() && text.find(' ') == std::string_view::npos;
}
int64_t MillisOf(std::string_view text) {
  return std::llround(ParseDurationSeconds(text).value_or(0) * 1000);
}

/// Splits values at blanks, but not inside {{…}}.
std::vector<std::string> Items(std::string_view text) {
  std::vector<std::string> out;
  std::string current;
  int depth = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    if (text.substr(i, 2) == "{{") ++depth;
    if (text.substr(i, 2) == "}}") --depth;
    if ((c == ' ' || c == '\t') && depth == 0) {
      if (!current.empty()) out.push_back(std::move(current));
      current.clear();
    } else {
      current += c;
    }
  }
  return out;
}

void ParseValues(std::string_view text, ScriptSeries& series) {
  static const std::regex number(
      R"(([+-]?(?:[Ii]nf|[Nn]a[Nn]|stale|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?))([+-](?:[Ii]nf|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+))?(?:x(\d+))?)");
  for (const std::string& item : Items(text)) {
    std::smatch m;
    if (item[0] == '_') {
      const size_t n = item.size() > 2 ? std::stoul(item.substr(2)) : 1;
      series.values.insert(series.values.end(), n, {});
    } else if (item.starts_with("{{")) {
      series.histograms = true;
      const size_t x = item.rfind("}}x");
      const size_t n = x == std::string::npos ? 1 : std::stoul(item.substr(x + 3)) + 1;
      series.values.insert(series.values.end(), n, {ScriptValue::Kind::kHistogram, 0});
    } else if (std::regex_match(item, m, number)) {
      double value = m[1] == "stale" ? metrics::StaleMarker() : NumberOf(m[1].str());
      const double add = m[2].matched ? NumberOf(m[2].str()) : 0;
      const size_t n = m[3].matched ? std::stoul(m[3].str()) + 1 : 1;
      for (size_t i = 0; i < n; ++i) {
        series.values.push_back({ScriptValue::Kind::kFloat, value});
        if (m[2].matched) value += add;
      }
    }
  }
}

ScriptSeries ParseSeries(std::string_view line) {
  ScriptSeries out;
  std::vector<metrics::Labels::Pair> pairs;
  size_t i = 0;
  const auto word = [&] {
    const size_t begin = i;
    while (i < line.size() && (std::isalnum(static_cast<unsigned char>(line[i])) ||
                               line[i] == '_' || line[i] == ':' || line[i] == '.'))
      ++i;
    return std::string(line.substr(begin, i - begin));
  };
  const auto blanks = [&] {
    while (i < line.size() && (line[i] == ' ' || line[i] == '\t' || line[i] == ',')) ++i;
  };
  const auto quoted = [&] {
    const size_t begin = i++;
    while (i < line.size() && line[i] != line[begin])
      i += line[i] == '\\' && line[begin] != '`' ? 2 : 1;
    ++i;
    return Unquote(line.substr(begin, i - begin)).value_or("?");
  };
  if (const std::string name = word(); !name.empty()) pairs.emplace_back("__name__", name);
  blanks();
  if (i < line.size() && line[i] == '{' && line.substr(i, 2) != "{{") {
    ++i;
    for (blanks(); i < line.size() && line[i] != '}'; blanks()) {
      const std::string label =
          line[i] == '"' || line[i] == '\'' || line[i] == '`' ? quoted() : word();
      blanks();
      if (i < line.size() && line[i] == '=') {
        ++i;
        blanks();
        pairs.emplace_back(label, quoted());
      } else {
        pairs.emplace_back("__name__", label);
      }
    }
    ++i;
  }
  if (line.substr(std::min(i, line.size())).starts_with("@st")) {
    out.start_times = true;
    return out;
  }
  out.labels = metrics::Labels(std::move(pairs));
  ParseValues(line.substr(std::min(i, line.size())), out);
  return out;
}

bool AlmostEqual(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  if (std::isinf(a) || std::isinf(b)) return false;
  const double sum = std::abs(a) + std::abs(b), difference = std::abs(a - b);
  if (a == 0 || b == 0 || sum < std::numeric_limits<double>::min())
    return difference < 1e-6 * std::numeric_limits<double>::min();
  return difference / std::min(sum, std::numeric_limits<double>::max()) < 1e-6;
}

/// One `eval` with all that is expected of it.
struct Eval {
  size_t line = 0;
  std::string expr;
  bool range = false, ordered = false, fail = false, range_vector = false, histograms = false;
  int64_t start = 0, end = 0, step = 0;
  std::string fail_text, fail_pattern;
  std::map<std::string, std::vector<std::string>>
      notes;  ///< warn, no_warn, info, no_info → exact texts.
  std::vector<ScriptSeries> expected;
  std::optional<double> scalar;
  std::optional<std::string> string;
};

class Runner {
 public:
  explicit Runner(std::string_view script) {
    for (const std::string_view line : Split(script, '\n')) {
      const std::string_view trimmed = Trim(line);
      lines_.push_back(trimmed.starts_with("#") ? std::string_view() : trimmed);
    }
  }

  ScriptOutcome Run() {
    while (at_ < lines_.size()) {
      const std::string_view line = lines_[at_];
      if (line.empty()) {
        ++at_;
      } else if (line == "clear") {
        store_.Clear();
        histogram_names_.clear();
        start_times_ = false;
        ++at_;
      } else if (line.starts_with("load")) {
        Load();
      } else {
        RunEval(ParseEval());
      }
    }
    return std::move(outcome_);
  }

 private:
  void Load() {
    const bool custom = lines_[at_].starts_with("load_with_nhcb");
    const int64_t gap = MillisOf(Trim(lines_[at_].substr(lines_[at_].find(' '))));
    for (++at_; at_ < lines_.size() && !lines_[at_].empty(); ++at_) {
      const ScriptSeries series = ParseSeries(lines_[at_]);
      start_times_ |= series.start_times;
      const std::string name(series.labels.name());
      if (series.histograms) histogram_names_.insert(name);
      if (custom) {
        for (const char* suffix : {"_bucket", "_count", "_sum"}) {
          if (name.ends_with(suffix)) histogram_names_.insert(name.substr(0, name.rfind('_')));
        }
      }
      for (size_t i = 0; i < series.values.size(); ++i) {
        if (series.values[i].kind == ScriptValue::Kind::kFloat) {
          store_.Add(series.labels, static_cast<int64_t>(i) * gap, series.values[i].value);
        }
      }
    }
  }

  Eval ParseEval() {
    static const std::regex instant(
        R"(eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(\S+)\s+)?(.+))");
    static const std::regex range(
        R"(eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+))");
    Eval eval;
    eval.line = at_ + 1;
    std::cmatch m;
    const std::string_view line = lines_[at_];
    const char *begin = line.data(), *end = line.data() + line.size();
    if (std::regex_match(begin, end, m, instant)) {
      eval.start = eval.end = MillisOf(m[2].str());
      eval.expr = m[3].str();
    } else if (std::regex_match(begin, end, m, range)) {
      eval.range = true;
      eval.start = MillisOf(m[2].str());
      eval.end = MillisOf(m[3].str());
      eval.step = MillisOf(m[4].str());
      eval.expr = m[5].str();
    }
    const std::string modifier = m[1].str();
    eval.fail = modifier == "fail";
    eval.ordered = modifier == "ordered";
    if (modifier == "warn" || modifier == "info") eval.notes[modifier];
    for (++at_; at_ < lines_.size() && !lines_[at_].empty(); ++at_)
      ParseExpectation(lines_[at_], eval);
    return eval;
  }

  void ParseExpectation(std::string_view line, Eval& eval) {
    static const std::regex window(
        R"(expect range vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+))");
    static const std::regex expect(
        R"(expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(msg|regex):\s*(.*))?)");
    std::cmatch m;
    const char *begin = line.data(), *end = line.data() + line.size();
    if (std::regex_match(begin, end, m, window)) {
      eval.range_vector = true;
      eval.start = MillisOf(m[1].str());
      eval.end = MillisOf(m[2].str());
      eval.step = MillisOf(m[3].str());
    } else if (line.starts_with("expect string ")) {
      eval.string = Unquote(Trim(line.substr(14))).value_or("?");
    } else if (std::regex_match(begin, end, m, expect)) {
      const std::string what = m[1].str(), how = m[2].str(), text = m[3].str();
      if (what == "ordered") {
        eval.ordered = true;
      } else if (what == "fail") {
        eval.fail = true;
        (how == "msg" ? eval.fail_text : eval.fail_pattern) = text;
      } else {
        auto& texts = eval.notes[what];
        if (how == "msg") texts.push_back(text);
      }
    } else if (line.starts_with("expected_fail_message")) {
      eval.fail_text = Trim(line.substr(21));
    } else if (line.starts_with("expected_fail_regexp")) {
      eval.fail_pattern = Trim(line.substr(20));
    } else if (IsNumber(line)) {
      eval.scalar = NumberOf(line);
    } else {
      eval.expected.push_back(ParseSeries(line));
      eval.histograms |= eval.expected.back().histograms;
    }
  }

  /// Whether native histograms or start times would take part.
  bool NotForUs(const Eval& eval) const {
    if (eval.histograms || start_times_) return true;
    static const std::regex nameless(R"((^|[^\w:}])\{|__name__)");
    static const std::regex strings(R"("[^"]*"|'[^']*')");
    if (histogram_names_.empty()) return false;
    if (std::regex_search(std::regex_replace(eval.expr, strings, "\"\""), nameless)) return true;
    static const std::regex words(R"([A-Za-z_:][\w:]*)");
    for (std::sregex_iterator it(eval.expr.begin(), eval.expr.end(), words), none; it != none;
         ++it) {
      if (histogram_names_.contains(it->str())) return true;
    }
    return false;
  }

  void RunEval(const Eval& eval) {
    if (NotForUs(eval)) {
      ++outcome_.skipped;
      return;
    }
    const std::string wrong = Check(eval);
    if (wrong.empty()) {
      ++outcome_.passed;
      return;
    }
    ++outcome_.failed;
    outcome_.failures.push_back("line " + std::to_string(eval.line) + ": " + eval.expr + ": " +
                                wrong);
  }

  std::string Check(const Eval& eval) {
    const auto result = eval.range
                            ? RangeQuery(store_, eval.expr, eval.start, eval.end, eval.step, {})
                            : InstantQuery(store_, eval.expr, eval.end, {});
    if (eval.fail) {
      if (result) return "an error is expected";
      const std::string& message = result.error().message;
      if (message.find(eval.fail_text) == std::string::npos) return "error is: " + message;
      if (!std::regex_search(message, std::regex(eval.fail_pattern))) return "error is: " + message;
      return "";
    }
    if (!result) return result.error().message;
    for (const auto& [what, texts] : eval.notes) {
      const auto& got = what.ends_with("warn") ? result->warnings : result->infos;
      if (what.starts_with("no_")) {
        if (!got.empty()) return "unexpected " + got[0];
        continue;
      }
      if (got.empty()) return "no " + what;
      for (const std::string& text : texts) {
        if (std::find(got.begin(), got.end(), text) == got.end())
          return "no " + text + " but " + got[0];
      }
    }
    if (std::string wrong = CheckValue(eval, result->value); !wrong.empty()) return wrong;
    static const std::regex context(R"(\b(start|end|range|step)\(\))");
    const bool again = !eval.range && !eval.range_vector && !eval.string && !eval.ordered &&
                       !std::regex_search(eval.expr, context);
    return again ? CheckAsRange(eval) : "";
  }

  std::string CheckAsRange(const Eval& eval) {
    const int64_t start = eval.end >= 60'000 ? eval.end - 60'000 : eval.end;
    const auto result = RangeQuery(store_, eval.expr, start, eval.end + 60'000, 60'000, {});
    if (!result) return "as a range: " + result.error().message;
    Vector at_time;
    for (const MatrixSeries& series : std::get<Matrix>(result->value)) {
      for (const metrics::Sample& sample : series.samples) {
        if (sample.at_ms == eval.end)
          at_time.push_back({series.labels, sample.at_ms, sample.value});
      }
    }
    std::string wrong;
    if (eval.scalar) {
      if (at_time.size() != 1 || !AlmostEqual(at_time[0].value, *eval.scalar))
        wrong = "not the scalar";
    } else {
      wrong = CheckVector(eval, at_time);
    }
    return wrong.empty() ? "" : "as a range: " + wrong;
  }

  std::string CheckValue(const Eval& eval, const promql::Value& value) {
    if (const auto* scalar = std::get_if<ScalarValue>(&value)) {
      if (!eval.scalar) return "got a scalar";
      return AlmostEqual(*eval.scalar, scalar->value) ? "" : "got " + FormatDouble(scalar->value);
    }
    if (const auto* string = std::get_if<StringValue>(&value)) {
      return eval.string == string->text ? "" : "got string " + string->text;
    }
    if (eval.scalar || eval.string) return "a scalar or string is expected";
    if (const auto* vector = std::get_if<Vector>(&value)) return CheckVector(eval, *vector);
    return CheckMatrix(eval, std::get<Matrix>(value));
  }

  static std::string CheckVector(const Eval& eval, const Vector& vector) {
    std::set<metrics::Labels> seen;
    for (size_t i = 0; i < vector.size(); ++i) {
      const auto it =
          std::find_if(eval.expected.begin(), eval.expected.end(),
                       [&](const ScriptSeries& s) { return s.labels == vector[i].labels; });
      const std::string name = vector[i].labels.ToString();
      if (it == eval.expected.end())
        return "unexpected " + name + " " + FormatDouble(vector[i].value);
      if (eval.ordered && static_cast<size_t>(it - eval.expected.begin()) != i)
        return name + " at place " + std::to_string(i);
      if (!AlmostEqual(it->values[0].value, vector[i].value))
        return name + " is " + FormatDouble(vector[i].value);
      if (!seen.insert(it->labels).second) return name + " twice";
    }
    if (seen.size() != eval.expected.size())
      return "got " + std::to_string(seen.size()) + " series, expected " +
             std::to_string(eval.expected.size());
    return "";
  }

  static std::string CheckMatrix(const Eval& eval, const Matrix& matrix) {
    if (matrix.size() != eval.expected.size())
      return "got " + std::to_string(matrix.size()) + " series";
    for (const MatrixSeries& series : matrix) {
      const auto it =
          std::find_if(eval.expected.begin(), eval.expected.end(),
                       [&](const ScriptSeries& s) { return s.labels == series.labels; });
      const std::string name = series.labels.ToString();
      if (it == eval.expected.end()) return "unexpected " + name;
      std::map<int64_t, double> got, want;
      for (const metrics::Sample& sample : series.samples) got[sample.at_ms] = sample.value;
      for (size_t i = 0; i < it->values.size(); ++i) {
        if (it->values[i].kind != ScriptValue::Kind::kOmitted)
          want[eval.start + static_cast<int64_t>(i) * eval.step] = it->values[i].value;
      }
      if (got.size() != want.size())
        return name + " has " + std::to_string(got.size()) + " points, expected " +
               std::to_string(want.size());
      for (const auto& [when, value] : want) {
        if (!got.contains(when)) return name + " has nothing at " + std::to_string(when);
        if (!AlmostEqual(value, got[when]))
          return name + " at " + std::to_string(when) + " is " + FormatDouble(got[when]);
      }
    }
    return "";
  }

  std::vector<std::string_view> lines_;
  size_t at_ = 0;
  MemoryQueryable store_;
  std::set<std::string> histogram_names_;
  bool start_times_ = false;
  ScriptOutcome outcome_;
};

}  // namespace

ScriptOutcome RunScript(std::string_view script) {
  return Runner(script).Run();
}

}  // namespace hinomi::promql
