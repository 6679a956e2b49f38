#include "promql/series_notation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "metrics/native_histogram_buckets.h"
#include "metrics/native_histogram_math.h"
#include "promql/impl/lexer.h"
#include "promql/impl/parse_numbers.h"

namespace hinomi::promql {
namespace {

using metrics::NativeHistogram;
using metrics::NativeHistogramPtr;
using ResetHint = NativeHistogram::ResetHint;

bool IsSeriesBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool IsDigitChar(char c) {
  return c >= '0' && c <= '9';
}
bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Reads one text from left to right.
class NotationReader {
 public:
  NotationReader(std::string_view text, size_t most) : text_(text), most_(most) {}

  Result<metrics::Labels> Metric() {
    std::vector<metrics::Labels::Pair> pairs;
    SkipBlanks();
    std::string name(TakeName(/*colons=*/true));
    SkipBlanks();
    // "{{" begins a histogram: the metric has no labels then.
    if (Peek() == '{' && Peek(1) != '{') {
      HN_TRY_VOID(LabelSet(pairs));
    }
    if (!name.empty()) pairs.emplace_back("__name__", std::move(name));
    return metrics::Labels(std::move(pairs));
  }

  Result<std::vector<SequenceValue>> Values() {
    for (SkipBlanks(); !AtEnd(); SkipBlanks()) {
      HN_TRY_VOID(Item());
      if (!AtEnd() && !IsSeriesBlank(Peek())) return Unexpected("a blank after a value");
    }
    return std::move(values_);
  }

  Status End() {
    SkipBlanks();
    return AtEnd() ? Status() : Unexpected("nothing behind the labels");
  }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool Take(char c) {
    if (AtEnd() || Peek() != c) return false;
    ++at_;
    return true;
  }
  void SkipBlanks() {
    while (!AtEnd() && IsSeriesBlank(Peek())) ++at_;
  }

  Error Fail(size_t at, const std::string& message) const {
    return InvalidArgument(hinomi::LineAndColumn(text_, at) + ": " + message);
  }
  Error Unexpected(const std::string& expected) const {
    const std::string got =
        AtEnd() ? "the end" : "\"" + std::string(text_.substr(at_, LengthOfRune())) + "\"";
    return Fail(at_, "expected " + expected + ", got " + got);
  }
  /// Of the UTF-8 character here.
  size_t LengthOfRune() const {
    size_t length = 1;
    while ((static_cast<unsigned char>(Peek(length)) & 0xC0) == 0x80) ++length;
    return length;
  }

  std::string_view TakeName(bool colons) {
    const size_t begin = at_;
    const auto fits = [&](char c) {
      return IsNameChar(c) || (colons && c == ':') || (at_ > begin && IsDigitChar(c));
    };
    while (!AtEnd() && fits(Peek())) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  Status LabelSet(std::vector<metrics::Labels::Pair>& pairs) {
    ++at_;
    for (SkipBlanks(); !Take('}'); SkipBlanks()) {
      HN_TRY_VOID(Label(pairs));
      SkipBlanks();
      if (Peek() != '}' && !Take(',')) return Unexpected("\",\" or \"}\" in the labels");
    }
    return {};
  }

  Status Label(std::vector<metrics::Labels::Pair>& pairs) {
    const bool is_quoted = IsQuote(Peek());
    std::string name;
    if (is_quoted) {
      HN_TRY(name, Quoted());
    } else {
      name = TakeName(/*colons=*/false);
      if (name.empty()) return Unexpected("a label's name or \"}\"");
    }
    SkipBlanks();
    if (Take('=')) {
      SkipBlanks();
      if (!IsQuote(Peek())) return Unexpected("the label's value in quotes");
      HN_TRY(std::string value, Quoted());
      pairs.emplace_back(std::move(name), std::move(value));
    } else if (is_quoted) {
      pairs.emplace_back("__name__", std::move(name));
    } else {
      return Unexpected("\"=\" behind the label's name");
    }
    return {};
  }

  static bool IsQuote(char c) { return c == '"' || c == '\'' || c == '`'; }

  Result<std::string> Quoted() {
    const size_t begin = at_;
    const char quote = Peek();
    for (++at_; !AtEnd() && Peek() != quote; ++at_)
      if (Peek() == '\\' && quote != '`') ++at_;
    if (AtEnd()) return Fail(begin, "the quotes are not closed");
    ++at_;
    auto text = Unquote(text_.substr(begin, at_ - begin));
    if (!text) return Fail(begin, text.error().message);
    return *std::move(text);
  }

  // --- values -----------------------------------------------------------------

  Status Item() {
    if (Take('_')) {
      HN_TRY(const auto times, Times());
      return Repeat(times.value_or(1), SequenceValue());
    }
    if (Peek() == '{' && Peek(1) == '{') return Histograms();
    return Floats();
  }

  /// "x3", or nothing.
  Result<std::optional<size_t>> Times() {
    if (!Take('x')) return std::optional<size_t>();
    const size_t begin = at_;
    while (IsDigitChar(Peek())) ++at_;
    const auto times = ParseUint(text_.substr(begin, at_ - begin));
    if (begin == at_) return Unexpected("how many times, a whole number behind \"x\"");
    if (!times || *times > most_) return TooMany(begin);
    return std::optional<size_t>(static_cast<size_t>(*times));
  }

  Error TooMany(size_t at) const {
    return Fail(at, "more than " + std::to_string(most_) +
                        " values; a longer \"interval\" covers more time with fewer");
  }

  Status Repeat(size_t times, const SequenceValue& value) {
    if (times > most_ - values_.size()) return TooMany(at_);
    values_.insert(values_.end(), times, value);
    return {};
  }

  Status Floats() {
    HN_TRY(double value, Number(/*may_be_stale=*/true));
    std::optional<double> step;
    if (Peek() == '+' || Peek() == '-') {
      HN_TRY(step, Number(/*may_be_stale=*/false));
    }
    HN_TRY(const auto times, Times());
    if (step && !times) return Unexpected("\"x\" and how many times the step is added");
    if (times.value_or(0) >= most_ - values_.size()) return TooMany(at_);
    for (size_t i = 0; i <= times.value_or(0); ++i) {
      values_.push_back({SequenceValue::Kind::kFloat, value, nullptr, false});
      if (step) value += *step;  // Rounded each time, as Prometheus does it.
    }
    return {};
  }

  Result<double> Number(bool may_be_stale) {
    const size_t begin = at_;
    const bool is_signed = Peek() == '+' || Peek() == '-';
    const double sign = Peek() == '-' ? -1 : 1;
    if (is_signed) ++at_;
    const size_t digits = at_;
    if (IsNameChar(Peek())) {
      const std::string_view word = TakeName(/*colons=*/true);
      if (word == "stale" && may_be_stale && !is_signed) return metrics::StaleMarker();
      if (EqualsIgnoreCase(word, "inf") || EqualsIgnoreCase(word, "nan"))
        return sign * *ParseNumber(word);
      return Fail(begin,
                  "expected a number, _, stale or a histogram, got \"" + std::string(word) + "\"");
    }
    // "0x5" is five times more 0, no hexadecimal number.
    while (IsDigitChar(Peek()) || Peek() == '.' || Peek() == '_' || Peek() == 'e' ||
           Peek() == 'E') {
      const bool exponent = Peek() == 'e' || Peek() == 'E';
      ++at_;
      if (exponent && (Peek() == '+' || Peek() == '-')) ++at_;
    }
    if (at_ == digits) return Unexpected("a number, _, stale or a histogram");
    const auto number = ParseNumber(text_.substr(digits, at_ - digits));
    if (!number) {
      return Fail(begin, "\"" + std::string(text_.substr(begin, at_ - begin)) + "\" is no number");
    }
    return sign * *number;
  }

  // --- native histograms ------------------------------------------------------

  Status Histograms() {
    const size_t begin = at_;
    HN_TRY(SequenceValue value, Histogram());
    std::optional<SequenceValue> step;
    const char sign = Peek();
    if (sign == '+' || sign == '-') {
      ++at_;
      if (Peek() != '{' || Peek(1) != '{') return Unexpected("a histogram, \"{{\"");
      HN_TRY(step, Histogram());
    }
    HN_TRY(const auto times, Times());
    if (!step) return Repeat(times ? *times + 1 : 1, value);
    if (!times) return Unexpected("\"x\" and how many times the step is added");
    for (const auto& one : {value.histogram, step->histogram})
      if (const Status sound = metrics::CheckHistogram(*one); !sound)
        return Fail(begin, sound.error().message);
    value.hint_set = step->hint_set;
    for (size_t i = 0; i <= *times; ++i) {
      HN_TRY_VOID(Repeat(1, value));
      HN_TRY(value.histogram, Stepped(*value.histogram, *step->histogram, sign, begin));
    }
    return {};
  }

  Result<NativeHistogramPtr> Stepped(const NativeHistogram& from, const NativeHistogram& step,
                                     char sign, size_t begin) const {
    metrics::NativeHistogramSum sum(from);
    const metrics::HistogramMerge merge = sign == '+' ? sum.Add(step) : sum.Subtract(step);
    if (merge.compatible && from.schema <= step.schema)
      return NativeHistogramPtr(std::make_shared<NativeHistogram>(sum.Result()));
    return Fail(begin,
                "the step has other buckets than the histogram: give it the same schema or a "
                "finer one");
  }

  /// What stands between the braces.
  struct Fields {
    std::map<std::string, double> numbers;
    std::map<std::string, std::vector<double>> lists;
    std::optional<ResetHint> hint;

    double Number(const char* key) const {
      const auto found = numbers.find(key);
      return found == numbers.end() ? 0 : found->second;
    }
    std::vector<double> List(const char* key) const {
      const auto found = lists.find(key);
      return found == lists.end() ? std::vector<double>() : found->second;
    }
    std::vector<NativeHistogram::Bucket> Buckets(const char* key, const char* offset) const {
      std::vector<NativeHistogram::Bucket> buckets;
      auto index = static_cast<int32_t>(Number(offset));
      for (const double count : List(key)) buckets.push_back({index++, count});
      return buckets;
    }
  };

  Result<SequenceValue> Histogram() {
    at_ += 2;
    Fields fields;
    for (SkipBlanks(); Peek() != '}' || Peek(1) != '}'; SkipBlanks()) {
      HN_TRY_VOID(Field(fields));
    }
    at_ += 2;
    auto histogram = std::make_shared<NativeHistogram>();
    histogram->schema = static_cast<int32_t>(fields.Number("schema"));
    histogram->count = fields.Number("count");
    histogram->sum = fields.Number("sum");
    histogram->zero_count = fields.Number("z_bucket");
    histogram->zero_threshold = fields.Number("z_bucket_w");
    histogram->custom_values = fields.List("custom_values");
    histogram->positive = fields.Buckets("buckets", "offset");
    histogram->negative = fields.Buckets("n_buckets", "n_offset");
    histogram->reset_hint = fields.hint.value_or(ResetHint::kUnknown);
    return SequenceValue{SequenceValue::Kind::kHistogram, 0, std::move(histogram),
                         fields.hint.has_value()};
  }

  Status Field(Fields& fields) {
    const size_t begin = at_;
    const std::string key = ToLowerAscii(TakeName(/*colons=*/false));
    const bool is_list = key == "buckets" || key == "n_buckets" || key == "custom_values";
    const bool is_whole = key == "schema" || key == "offset" || key == "n_offset";
    const bool is_number =
        is_whole || key == "sum" || key == "count" || key == "z_bucket" || key == "z_bucket_w";
    if (!is_list && !is_number && key != "counter_reset_hint") {
      at_ = begin;
      return Unexpected(
          "schema, sum, count, z_bucket, z_bucket_w, buckets, offset, n_buckets, n_offset, "
          "custom_values, counter_reset_hint or \"}}\"");
    }
    if (!Take(':')) return Unexpected("\":\" behind " + key);
    if (fields.numbers.contains(key) || fields.lists.contains(key) ||
        (fields.hint && key == "counter_reset_hint"))
      return Fail(begin, key + " stands there twice");
    if (is_list) {
      HN_TRY(fields.lists[key], NumberList());
    } else if (is_whole) {
      HN_TRY(fields.numbers[key], Whole());
    } else if (is_number) {
      HN_TRY(fields.numbers[key], Number(/*may_be_stale=*/false));
    } else {
      HN_TRY(fields.hint, Hint());
    }
    if (!IsSeriesBlank(Peek()) && Peek() != '}') return Unexpected("a blank or \"}}\"");
    return {};
  }

  Result<double> Whole() {
    const size_t begin = at_;
    if (Peek() == '-' || Peek() == '+') ++at_;
    while (IsDigitChar(Peek())) ++at_;
    const auto whole = ParseDouble(text_.substr(begin, at_ - begin));
    // Far beyond what a histogram may have, and no overflow of what is added to it.
    if (!whole || std::abs(*whole) > 1e9) {
      at_ = begin;
      return Unexpected("a whole number");
    }
    return *whole;
  }

  Result<std::vector<double>> NumberList() {
    std::vector<double> numbers;
    if (!Take('[')) return Unexpected("\"[\"");
    for (SkipBlanks(); !Take(']'); SkipBlanks()) {
      HN_TRY(const double number, Number(/*may_be_stale=*/false));
      if (numbers.size() >= metrics::kMostHistogramBuckets)
        return Fail(at_,
                    "more than " + std::to_string(metrics::kMostHistogramBuckets) + " numbers");
      numbers.push_back(number);
      if (!IsSeriesBlank(Peek()) && Peek() != ']') return Unexpected("a blank or \"]\"");
    }
    return numbers;
  }

  Result<std::optional<ResetHint>> Hint() {
    const size_t begin = at_;
    const std::string word = ToLowerAscii(TakeName(/*colons=*/false));
    if (word == "unknown") return std::optional(ResetHint::kUnknown);
    if (word == "reset") return std::optional(ResetHint::kReset);
    if (word == "not_reset") return std::optional(ResetHint::kNoReset);
    if (word == "gauge") return std::optional(ResetHint::kGauge);
    at_ = begin;
    return Unexpected("unknown, reset, not_reset or gauge");
  }

  std::string_view text_;
  size_t most_;
  size_t at_ = 0;
  std::vector<SequenceValue> values_;
};

bool SameLayout(const NativeHistogram& a, const NativeHistogram& b) {
  return a.schema == b.schema && a.zero_threshold == b.zero_threshold &&
         a.custom_values == b.custom_values;
}

void AppendNotation(std::string& out, const char* key, double value) {
  if (value != 0) out += std::string(out.size() > 2 ? " " : "") + key + metrics::GoNumber(value);
}

void AppendNotation(std::string& out, const char* key, const std::vector<double>& list) {
  std::string numbers;
  for (const double number : list)
    numbers += (numbers.empty() ? "" : " ") + metrics::GoNumber(number);
  out += std::string(out.size() > 2 ? " " : "") + key + "[" + numbers + "]";
}

/// From the first to the last that is not empty.
void AppendNotation(std::string& out, const char* key, const char* offset,
                    const std::vector<NativeHistogram::Bucket>& buckets) {
  std::map<int32_t, double> filled;
  for (const NativeHistogram::Bucket& bucket : buckets)
    if (bucket.count != 0) filled[bucket.index] += bucket.count;
  if (filled.empty()) return;
  AppendNotation(out, offset, filled.begin()->first);
  std::vector<double> counts;
  int32_t next = filled.begin()->first;
  for (const auto& [index, count] : filled) {
    // No histogram that is stored has a wider gap between its buckets than it may have buckets.
    const auto gap = static_cast<size_t>(index - next);
    counts.insert(counts.end(), std::min(gap, metrics::kMostHistogramBuckets), 0);
    counts.push_back(count);
    next = index + 1;
  }
  AppendNotation(out, key, counts);
}

const char* HintNotation(ResetHint hint) {
  switch (hint) {
    case ResetHint::kReset:
      return "counter_reset_hint:reset";
    case ResetHint::kNoReset:
      return "counter_reset_hint:not_reset";
    case ResetHint::kGauge:
      return "counter_reset_hint:gauge";
    case ResetHint::kUnknown:
      break;
  }
  return "";
}

}  // namespace

Result<metrics::Labels> ParseMetric(std::string_view text) {
  NotationReader reader(text, 0);
  HN_TRY(metrics::Labels labels, reader.Metric());
  HN_TRY_VOID(reader.End());
  return labels;
}

Result<std::vector<SequenceValue>> ParseSequence(std::string_view text, size_t most) {
  return NotationReader(text, most).Values();
}

Result<SeriesDescription> ParseSeriesDescription(std::string_view text) {
  NotationReader reader(text, kMostSequenceValues);
  SeriesDescription series;
  HN_TRY(series.labels, reader.Metric());
  HN_TRY(series.values, reader.Values());
  return series;
}

std::string HistogramNotation(const NativeHistogram& histogram) {
  std::string out = "{{";
  AppendNotation(out, "schema:", histogram.schema);
  AppendNotation(out, "count:", histogram.count);
  AppendNotation(out, "sum:", histogram.sum);
  AppendNotation(out, "z_bucket:", histogram.zero_count);
  AppendNotation(out, "z_bucket_w:", histogram.zero_threshold);
  if (metrics::UsesCustomBuckets(histogram))
    AppendNotation(out, "custom_values:", histogram.custom_values);
  if (const std::string hint = HintNotation(histogram.reset_hint); !hint.empty())
    out += (out.size() > 2 ? " " : "") + hint;
  AppendNotation(out, "buckets:", "offset:", histogram.positive);
  AppendNotation(out, "n_buckets:", "n_offset:", histogram.negative);
  return out + "}}";
}

void SetHintsAsStored(std::vector<SequenceValue>& values) {
  NativeHistogramPtr previous;  // In the same chunk of that store.
  for (SequenceValue& value : values) {
    if (value.kind == SequenceValue::Kind::kOmitted) continue;
    if (value.kind == SequenceValue::Kind::kFloat ||
        value.histogram->reset_hint == ResetHint::kGauge) {
      previous = nullptr;
      continue;
    }
    auto stored = std::make_shared<NativeHistogram>(*value.histogram);
    const bool told = stored->reset_hint == ResetHint::kReset;
    stored->reset_hint = ResetHint::kUnknown;
    const bool goes_on = previous && !told && SameLayout(*previous, *stored) &&
                         !metrics::FollowsReset(*stored, *previous);
    previous = std::make_shared<NativeHistogram>(*stored);
    if (goes_on) stored->reset_hint = ResetHint::kNoReset;
    value.histogram = std::move(stored);
  }
}

}  // namespace hinomi::promql
