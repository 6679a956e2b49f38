// Runs scripts in the language of Prometheus' promqltest: `load`, `clear`,
// `eval instant` and `eval range` with the results that are expected.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "base/strings.h"
#include "metrics/native_histogram_buckets.h"
#include "promql/engine.h"
#include "promql/impl/lexer.h"
#include "promql/impl/parse_numbers.h"
#include "promql/script_series_testing.h"
#include "promql/testing.h"

namespace hinomi::promql {
namespace {

int64_t MillisOf(std::string_view text) {
  return std::llround(ParseDurationSeconds(text).value_or(0) * 1000);
}

/// One `eval` with all that is expected of it.
struct Eval {
  size_t line = 0;
  std::string expr;
  bool range = false, ordered = false, fail = false, range_vector = false;
  int64_t start = 0, end = 0, step = 0;
  std::string fail_text, fail_pattern;
  struct Note {
    bool pattern = false;  ///< A regular expression rather than the whole text.
    std::string text;
  };
  std::map<std::string, std::vector<Note>> notes;  ///< Of warn, no_warn, info, no_info.
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
    std::vector<ScriptSeries> loaded;
    for (++at_; at_ < lines_.size() && !lines_[at_].empty(); ++at_) {
      loaded.push_back(ParseScriptSeries(lines_[at_]));
      start_times_ |= loaded.back().start_times;
    }
    if (custom) {
      for (ScriptSeries& series : ConvertClassic(loaded)) loaded.push_back(std::move(series));
    }
    for (ScriptSeries& series : loaded) Store(series, gap);
  }

  void Store(ScriptSeries& series, int64_t gap) {
    SetHintsAsStored(series.values);
    for (size_t i = 0; i < series.values.size(); ++i) {
      const SequenceValue& value = series.values[i];
      const int64_t at_ms = static_cast<int64_t>(i) * gap;
      if (value.kind == SequenceValue::Kind::kFloat) store_.Add(series.labels, at_ms, value.value);
      if (value.histogram) store_.Add(series.labels, at_ms, value.histogram);
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
        if (!how.empty()) texts.push_back({how == "regex", text});
      }
    } else if (line.starts_with("expected_fail_message")) {
      eval.fail_text = Trim(line.substr(21));
    } else if (line.starts_with("expected_fail_regexp")) {
      eval.fail_pattern = Trim(line.substr(20));
    } else if (IsScriptNumber(line)) {
      eval.scalar = ScriptNumber(line);
    } else {
      eval.expected.push_back(ParseScriptSeries(line));
    }
  }

  void RunEval(const Eval& eval) {
    if (start_times_) {
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
      for (const Eval::Note& note : texts) {
        const bool said = std::any_of(got.begin(), got.end(), [&](const std::string& text) {
          return note.pattern ? std::regex_search(text, std::regex(note.text)) : text == note.text;
        });
        if (!said) return "no " + note.text + " but " + got[0];
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
          at_time.push_back({series.labels, sample.at_ms, sample.value, nullptr});
      }
      for (const HistogramPoint& point : series.histograms) {
        if (point.at_ms == eval.end)
          at_time.push_back({series.labels, point.at_ms, 0, point.histogram});
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

  static std::string Show(double value, const metrics::NativeHistogramPtr& histogram) {
    return histogram ? metrics::ToText(*histogram) : FormatDouble(value);
  }

  static std::string CheckVector(const Eval& eval, const Vector& vector) {
    std::set<metrics::Labels> seen;
    for (size_t i = 0; i < vector.size(); ++i) {
      const auto it =
          std::find_if(eval.expected.begin(), eval.expected.end(),
                       [&](const ScriptSeries& s) { return s.labels == vector[i].labels; });
      const std::string name = vector[i].labels.ToString();
      if (it == eval.expected.end())
        return "unexpected " + name + " " + Show(vector[i].value, vector[i].histogram);
      if (eval.ordered && static_cast<size_t>(it - eval.expected.begin()) != i)
        return name + " at place " + std::to_string(i);
      if (!AsExpected(it->values[0], vector[i].value, vector[i].histogram))
        return name + " is " + Show(vector[i].value, vector[i].histogram);
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
      std::map<int64_t, VectorSample> got;
      std::map<int64_t, SequenceValue> want;
      for (const metrics::Sample& sample : series.samples) got[sample.at_ms].value = sample.value;
      for (const HistogramPoint& point : series.histograms)
        got[point.at_ms].histogram = point.histogram;
      for (size_t i = 0; i < it->values.size(); ++i) {
        if (it->values[i].kind != SequenceValue::Kind::kOmitted)
          want[eval.start + static_cast<int64_t>(i) * eval.step] = it->values[i];
      }
      if (got.size() != want.size())
        return name + " has " + std::to_string(got.size()) + " points, expected " +
               std::to_string(want.size());
      for (const auto& [when, value] : want) {
        if (!got.contains(when)) return name + " has nothing at " + std::to_string(when);
        if (!AsExpected(value, got[when].value, got[when].histogram))
          return name + " at " + std::to_string(when) + " is " +
                 Show(got[when].value, got[when].histogram);
      }
    }
    return "";
  }

  std::vector<std::string_view> lines_;
  size_t at_ = 0;
  MemoryQueryable store_;
  bool start_times_ = false;
  ScriptOutcome outcome_;
};

}  // namespace

ScriptOutcome RunScript(std::string_view script) {
  return Runner(script).Run();
}

}  // namespace hinomi::promql
