#include "metrics/impl/exposition_line.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "metrics/impl/plain_decimal.h"

namespace hinomi::metrics {
namespace {

constexpr size_t kExemplarCharacters = 128;  // OpenMetrics 1.0, "Exemplars"

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

std::optional<double> ParseValue(std::string_view text) {
  if (const auto plain = ParsePlainDecimal(text)) return plain;
  const bool is_signed = text.starts_with('+') || text.starts_with('-');
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) return std::nullopt;
  }
  const auto value = ParseDouble(text);
  // In neither format NaN has a sign.
  return value && std::isnan(*value) && is_signed ? std::nullopt : value;
}

/// Seconds with fractions to milliseconds, if they are in range.
std::optional<int64_t> ToMillis(double seconds) {
  const double millis = std::round(seconds * 1000);
  if (!(std::abs(millis) < 9e18)) return std::nullopt;
  return static_cast<int64_t>(millis);
}

/// Reads one line from left to right.
class LineReader {
 public:
  LineReader(std::string_view line, LineStyle style, size_t place = 0)
      : line_(line), style_(style), place_(place) {}

  Result<SampleLine> Read() {
    SampleLine sample;
    if (!style_.strict) SkipBlanks();
    sample.name = TakeName(true);
    if (sample.name.empty()) return Expected("a metric's name");
    if (!style_.strict) SkipBlanks();
    bool labelled = false;
    if (Peek() == '{') {
      HN_TRY_VOID(ReadLabels(sample.labels));
      if (std::any_of(sample.labels.begin(), sample.labels.end(),
                      [](const auto& pair) { return pair.first == "__name__"; }))
        return Expected("no label __name__: the name stands in front of the braces");
      labelled = true;
    }
    // The lenient reader has skipped the blanks after a bare name already.
    if (style_.strict) {
      if (!Take(' ')) return Expected("one space in front of the value");
    } else if (!labelled && !At(place_ - 1, IsBlank)) {
      return Expected("a space or labels after the metric's name");
    }
    sample.value_at = place_;
    HN_TRY_VOID(ReadRest(sample));
    return sample;
  }

  /// From the value on.
  Status ReadRest(SampleRest& rest) {
    HN_TRY(rest.value, ReadValue("a value"));
    HN_TRY_VOID(ReadTime(rest));
    if (style_.openmetrics && TakeExemplarSign()) {
      rest.exemplar.emplace();
      HN_TRY_VOID(ReadExemplar(*rest.exemplar));
    }
    if (!style_.strict) SkipBlanks();
    if (place_ < line_.size()) return Expected("the end of the line");
    return {};
  }

 private:
  char Peek() const { return place_ < line_.size() ? line_[place_] : '\0'; }
  bool At(size_t place, bool (*is)(char)) const { return place < line_.size() && is(line_[place]); }
  bool Take(char c) {
    if (place_ >= line_.size() || line_[place_] != c) return false;
    ++place_;
    return true;
  }
  void SkipBlanks() {
    while (At(place_, IsBlank)) ++place_;
  }
  Error Expected(std::string_view what) const {
    std::string message = "column " + std::to_string(place_ + 1) + ": expected ";
    message += what;
    if (place_ >= line_.size()) return InvalidArgument(message + ", found the end of the line");
    std::string found(line_.substr(place_, 20));
    while (!found.empty() && !IsValidUtf8(found)) found.pop_back();
    return InvalidArgument(message + ", found \"" + found + "\"");
  }

  std::string_view TakeName(bool colons) {
    const size_t start = place_;
    while (place_ < line_.size()) {
      const char c = line_[place_];
      if (!IsLetter(c) && !(colons && c == ':') && !(place_ > start && IsDigit(c))) break;
      ++place_;
    }
    return line_.substr(start, place_ - start);
  }

  std::string_view TakeToken() {
    const size_t start = place_;
    while (place_ < line_.size() && !IsBlank(line_[place_])) ++place_;
    return line_.substr(start, place_ - start);
  }

  Status ReadLabels(std::vector<Labels::Pair>& labels) {
    Take('{');
    for (;;) {
      if (!style_.strict) SkipBlanks();
      if (Peek() == '}' && (labels.empty() || !style_.strict)) break;
      HN_TRY_VOID(ReadLabel(labels));
      if (!style_.strict) SkipBlanks();
      if (Take(',')) continue;
      if (Peek() != '}') return Expected("a comma or a closing brace after a label");
      break;
    }
    Take('}');
    if (!style_.strict) SkipBlanks();
    return {};
  }

  Status ReadLabel(std::vector<Labels::Pair>& labels) {
    const size_t start = place_;
    const std::string_view name = TakeName(false);
    if (name.empty()) return Expected("a label's name");
    if (!style_.strict) SkipBlanks();
    if (!Take('=')) return Expected("= after the label's name");
    if (!style_.strict) SkipBlanks();
    if (!Take('"')) return Expected("a quoted label value");
    const size_t value_start = place_;
    while (place_ < line_.size() && line_[place_] != '"') {
      if (line_[place_] == '\\') ++place_;
      ++place_;
    }
    if (place_ >= line_.size()) {
      place_ = line_.size();
      return Expected("a closing quote after the label's value");
    }
    const std::string_view raw = line_.substr(value_start, place_ - value_start);
    Take('"');
    if (!IsValidUtf8(raw)) {
      place_ = value_start;
      return InvalidArgument("column " + std::to_string(place_ + 1) + ": the value of label " +
                             std::string(name) + " is not UTF-8");
    }
    for (const auto& [other, value] : labels) {
      if (other != name) continue;
      return InvalidArgument("column " + std::to_string(start + 1) + ": label " +
                             std::string(name) + " stands twice");
    }
    labels.emplace_back(name, Unescape(raw, true));
    return {};
  }

  Result<double> ReadValue(std::string_view what) {
    const size_t start = place_;
    const auto value = ParseValue(TakeToken());
    if (value) return *value;
    place_ = start;
    return Expected(what);
  }

  Status ReadTime(SampleRest& sample) {
    if (style_.strict ? !(Peek() == ' ' && !At(place_ + 1, [](char c) { return c == '#'; }))
                      : !At(place_, IsBlank))
      return {};
    const size_t before = place_;
    if (style_.strict)
      Take(' ');
    else
      SkipBlanks();
    if (place_ >= line_.size() && !style_.strict) return {};
    if (style_.openmetrics && Peek() == '#') {
      place_ = before;
      return {};
    }
    const size_t start = place_;
    if (style_.openmetrics) {
      HN_TRY(sample.at_s, ReadSeconds());
      sample.at_ms = ToMillis(*sample.at_s);
    } else {
      sample.at_ms = ParseInt(TakeToken());
    }
    if (sample.at_ms) return {};
    place_ = start;
    return Expected("a timestamp in milliseconds");
  }

  Result<double> ReadSeconds() {
    const size_t start = place_;
    const std::string_view token = TakeToken();
    const auto seconds = IsRealNumber(token) ? ParseValue(token) : std::nullopt;
    if (seconds && ToMillis(*seconds)) return *seconds;
    place_ = start;
    return Expected("a timestamp in seconds");
  }

  /// " # " in front of an exemplar.
  bool TakeExemplarSign() {
    const size_t before = place_;
    if (style_.strict) {
      if (Take(' ') && Take('#')) return true;
    } else {
      SkipBlanks();
      if (Take('#')) return true;
    }
    place_ = before;
    return false;
  }

  Status ReadExemplar(ExemplarLine& exemplar) {
    if (style_.strict && !Take(' ')) return Expected("a space after # of the exemplar");
    if (!style_.strict) SkipBlanks();
    if (Peek() != '{') return Expected("the exemplar's labels in braces");
    const size_t start = place_;
    HN_TRY_VOID(ReadLabels(exemplar.labels));
    size_t characters = 0;
    const auto count = [&](const std::string& text) {
      characters += static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<uint8_t>(c) & 0xC0) != 0x80;
      }));
    };
    for (const auto& [name, value] : exemplar.labels) {
      count(name);
      count(value);
    }
    if (characters > kExemplarCharacters && style_.strict) {
      place_ = start;
      return Expected("at most 128 characters in the exemplar's labels");
    }
    if (style_.strict && !Take(' ')) return Expected("a space in front of the exemplar's value");
    HN_TRY(exemplar.value, ReadValue("the exemplar's value"));
    if (style_.strict ? Take(' ') : At(place_, IsBlank)) {
      if (!style_.strict) SkipBlanks();
      if (place_ >= line_.size() && !style_.strict) return {};
      HN_TRY(exemplar.at_s, ReadSeconds());
    }
    return {};
  }

  std::string_view line_;
  LineStyle style_;
  size_t place_;
};

}  // namespace

std::optional<int64_t> ExemplarLine::at_ms() const {
  return at_s ? ToMillis(*at_s) : std::nullopt;
}

Result<SampleLine> ParseSampleLine(std::string_view line, LineStyle style) {
  return LineReader(line, style).Read();
}

Status ParseSampleRest(std::string_view line, size_t value_at, LineStyle style, SampleRest& rest) {
  return LineReader(line, style, value_at).ReadRest(rest);
}

size_t FindValue(std::string_view line) {
  const auto skip_blanks = [&](size_t at) {
    while (at < line.size() && IsBlank(line[at])) ++at;
    return at;
  };
  size_t at = 0;
  while (at < line.size() && !IsBlank(line[at]) && line[at] != '{') ++at;
  at = skip_blanks(at);
  if (at >= line.size() || line[at] != '{') return at;
  bool quoted = false;
  for (; at < line.size(); ++at) {
    if (line[at] == '"') quoted = !quoted;
    if (line[at] == '}' && !quoted) return skip_blanks(at + 1);
    if (line[at] == '\\' && quoted) ++at;
  }
  return line.size();
}

bool IsMetricName(std::string_view name) {
  return !name.empty() && !IsDigit(name[0]) && std::all_of(name.begin(), name.end(), [](char c) {
    return IsLetter(c) || IsDigit(c) || c == ':';
  });
}

bool IsLabelName(std::string_view name) {
  return IsMetricName(name) && name.find(':') == std::string_view::npos;
}

bool IsRealNumber(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  size_t place = 0;
  size_t digits = 0;
  const auto skip_digits = [&] {
    while (place < text.size() && IsDigit(text[place])) {
      ++place;
      ++digits;
    }
  };
  skip_digits();
  if (place < text.size() && text[place] == '.') {
    ++place;
    skip_digits();
  }
  if (digits == 0) return false;
  if (place == text.size()) return true;
  if (text[place] != 'e' && text[place] != 'E') return false;
  ++place;
  if (place < text.size() && (text[place] == '+' || text[place] == '-')) ++place;
  digits = 0;
  skip_digits();
  return digits > 0 && place == text.size();
}

std::string Unescape(std::string_view text, bool quotes) {
  if (text.find('\\') == std::string_view::npos) return std::string(text);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] != '\\' || (next != '\\' && next != 'n' && !(quotes && next == '"'))) {
      out += text[i];
      continue;
    }
    out += next == 'n' ? '\n' : next;
    ++i;
  }
  return out;
}

}  // namespace hinomi::metrics
