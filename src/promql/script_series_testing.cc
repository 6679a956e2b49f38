#include "promql/script_series_testing.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <regex>
#include <string>

#include "base/strings.h"
#include "metrics/native_histogram_buckets.h"
#include "metrics/native_histogram_math.h"
#include "promql/impl/lexer.h"
#include "promql/impl/parse_numbers.h"

namespace hinomi::promql {
namespace {

using metrics::NativeHistogram;
using metrics::NativeHistogramPtr;
using Kind = ScriptValue::Kind;
using ResetHint = NativeHistogram::ResetHint;

/// Splits at blanks, but not between `open` and `close`.
std::vector<std::string> Items(std::string_view text, std::string_view open,
                               std::string_view close) {
  std::vector<std::string> out;
  std::string current;
  int depth = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    if (text.substr(std::min(i, text.size()), open.size()) == open) ++depth;
    if (text.substr(std::min(i, text.size()), close.size()) == close) --depth;
    if ((c == ' ' || c == '\t') && depth == 0) {
      if (!current.empty()) out.push_back(std::move(current));
      current.clear();
    } else {
      current += c;
    }
  }
  return out;
}

/// "[1 2 3]".
std::vector<double> Numbers(std::string_view text) {
  std::vector<double> out;
  for (const std::string& item : Items(text.substr(1, text.size() - 2), "[", "]"))
    out.push_back(ScriptNumber(item));
  return out;
}

std::vector<NativeHistogram::Bucket> BucketsFrom(const std::map<std::string, std::string>& fields,
                                                 const std::string& key,
                                                 const std::string& offset_key) {
  std::vector<NativeHistogram::Bucket> out;
  const auto found = fields.find(key);
  if (found == fields.end()) return out;
  const auto offset = fields.find(offset_key);
  int32_t index = offset == fields.end() ? 0 : std::stoi(offset->second);
  for (const double count : Numbers(found->second)) out.push_back({index++, count});
  return out;
}

ResetHint HintFrom(std::string_view text) {
  if (text == "reset") return ResetHint::kReset;
  if (text == "not_reset") return ResetHint::kNoReset;
  return text == "gauge" ? ResetHint::kGauge : ResetHint::kUnknown;
}

/// "{{schema:1 sum:5 buckets:[1 2]}}".
ScriptValue ParseHistogram(std::string_view text) {
  std::map<std::string, std::string> fields;
  for (const std::string& item : Items(text.substr(2, text.size() - 4), "[", "]")) {
    const size_t colon = item.find(':');
    fields[item.substr(0, colon)] = item.substr(colon + 1);
  }
  const auto number = [&](const char* key) {
    const auto it = fields.find(key);
    return it == fields.end() ? 0 : ScriptNumber(it->second);
  };
  auto out = std::make_shared<NativeHistogram>();
  out->schema = static_cast<int32_t>(number("schema"));
  out->count = number("count");
  out->sum = number("sum");
  out->zero_count = number("z_bucket");
  out->zero_threshold = number("z_bucket_w");
  if (const auto it = fields.find("custom_values"); it != fields.end())
    out->custom_values = Numbers(it->second);
  out->positive = BucketsFrom(fields, "buckets", "offset");
  out->negative = BucketsFrom(fields, "n_buckets", "n_offset");
  const auto hint = fields.find("counter_reset_hint");
  if (hint != fields.end()) out->reset_hint = HintFrom(hint->second);
  return {Kind::kHistogram, 0, std::move(out), hint != fields.end()};
}

/// "{{…}}", "{{…}}x3", "{{…}}+{{…}}x3" and "{{…}}-{{…}}x3".
void AppendHistograms(const std::string& item, std::vector<ScriptValue>& out) {
  const size_t end = item.find("}}") + 2;
  ScriptValue value = ParseHistogram(std::string_view(item).substr(0, end));
  const size_t times = item.find('x', item.rfind("}}"));
  const size_t n = times == std::string::npos ? 0 : std::stoul(item.substr(times + 1));
  if (end >= item.size() || item[end] == 'x') {
    out.insert(out.end(), n + 1, value);
    return;
  }
  const ScriptValue step =
      ParseHistogram(std::string_view(item).substr(end + 1, item.rfind("}}") + 1 - end));
  value.hint_set = step.hint_set;
  for (size_t i = 0; i <= n; ++i) {
    out.push_back(value);
    metrics::NativeHistogramSum sum(*value.histogram);
    item[end] == '+' ? sum.Add(*step.histogram) : sum.Subtract(*step.histogram);
    value.histogram = std::make_shared<NativeHistogram>(sum.Result());
  }
}

void ParseValues(std::string_view text, ScriptSeries& series) {
  static const std::regex number(
      R"(([+-]?(?:[Ii]nf|[Nn]a[Nn]|stale|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?))([+-](?:[Ii]nf|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+))?(?:x(\d+))?)");
  for (const std::string& item : Items(text, "{{", "}}")) {
    std::smatch m;
    if (item[0] == '_') {
      const size_t n = item.size() > 2 ? std::stoul(item.substr(2)) : 1;
      series.values.insert(series.values.end(), n, {});
    } else if (item.starts_with("{{")) {
      AppendHistograms(item, series.values);
    } else if (std::regex_match(item, m, number)) {
      double value = m[1] == "stale" ? metrics::StaleMarker() : ScriptNumber(m[1].str());
      const double add = m[2].matched ? ScriptNumber(m[2].str()) : 0;
      const size_t n = m[3].matched ? std::stoul(m[3].str()) + 1 : 1;
      for (size_t i = 0; i < n; ++i) {
        series.values.push_back({Kind::kFloat, value, nullptr, false});
        if (m[2].matched) value += add;
      }
    }
  }
}

bool SameBuckets(const std::vector<NativeHistogram::Bucket>& a,
                 const std::vector<NativeHistogram::Bucket>& b) {
  std::map<int32_t, double> counts;
  for (const auto& bucket : a) {
    if (bucket.count != 0) counts[bucket.index] = bucket.count;
  }
  for (const auto& bucket : b) {
    if (bucket.count == 0) continue;
    const auto it = counts.find(bucket.index);
    if (it == counts.end() || !AlmostEqual(it->second, bucket.count)) return false;
    counts.erase(it);
  }
  return counts.empty();
}

bool SameHistogram(const NativeHistogram& a, const NativeHistogram& b, bool hints) {
  return a.schema == b.schema && AlmostEqual(a.count, b.count) && AlmostEqual(a.sum, b.sum) &&
         a.custom_values == b.custom_values && a.zero_threshold == b.zero_threshold &&
         AlmostEqual(a.zero_count, b.zero_count) && SameBuckets(a.positive, b.positive) &&
         SameBuckets(a.negative, b.negative) && (!hints || a.reset_hint == b.reset_hint);
}

bool SameLayout(const NativeHistogram& a, const NativeHistogram& b) {
  return a.schema == b.schema && a.zero_threshold == b.zero_threshold &&
         a.custom_values == b.custom_values;
}

/// A classic histogram at one time.
struct Classic {
  std::map<double, double> cumulative;  ///< By le.
  std::optional<double> count;
  double sum = 0;

  ScriptValue Convert() const {
    auto out = std::make_shared<NativeHistogram>();
    out->schema = metrics::kCustomBucketsSchema;
    out->sum = sum;
    std::map<double, double> buckets = cumulative;
    const double last = buckets.empty() ? 0 : buckets.rbegin()->second;
    out->count = count.value_or(last);
    buckets.try_emplace(std::numeric_limits<double>::infinity(), out->count);
    double before = 0;
    for (const auto& [le, total] : buckets) {
      out->positive.push_back({static_cast<int32_t>(out->positive.size()), total - before});
      before = total;
      if (!std::isinf(le)) out->custom_values.push_back(le);
    }
    std::erase_if(out->positive, [](const auto& bucket) { return bucket.count == 0; });
    return {Kind::kHistogram, 0, std::move(out), false};
  }
};

}  // namespace

double ScriptNumber(std::string_view text) {
  double sign = 1;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  return sign * ParseNumber(text).value_or(std::numeric_limits<double>::quiet_NaN());
}

bool IsScriptNumber(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  return !text.empty() && ParseNumber(text).has_value() && text.find(' ') == std::string_view::npos;
}

ScriptSeries ParseScriptSeries(std::string_view line) {
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

bool AsExpected(const ScriptValue& expected, double value, const NativeHistogramPtr& histogram) {
  if (expected.kind == Kind::kHistogram)
    return histogram && SameHistogram(*expected.histogram, *histogram, expected.hint_set);
  return expected.kind == Kind::kFloat && !histogram && AlmostEqual(expected.value, value);
}

void SetHintsAsStored(std::vector<ScriptValue>& values) {
  NativeHistogramPtr previous;  // In the same chunk of that store.
  for (ScriptValue& value : values) {
    if (value.kind == Kind::kOmitted) continue;
    if (value.kind == Kind::kFloat || value.histogram->reset_hint == ResetHint::kGauge) {
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

std::vector<ScriptSeries> ConvertClassic(const std::vector<ScriptSeries>& loaded) {
  std::map<metrics::Labels, std::map<size_t, Classic>> histograms;
  for (const ScriptSeries& series : loaded) {
    const std::string name(series.labels.name());
    const size_t suffix = name.rfind('_');
    if (suffix == std::string::npos) continue;
    const std::string kind = name.substr(suffix);
    const auto le = ParseDouble(series.labels.Get("le"));
    const bool part =
        (kind == "_bucket" && le && !std::isnan(*le)) || kind == "_count" || kind == "_sum";
    if (!part) continue;
    metrics::Labels labels = series.labels;
    labels.Set("__name__", name.substr(0, suffix));
    labels.Set("le", "");
    for (size_t i = 0; i < series.values.size(); ++i) {
      const ScriptValue& value = series.values[i];
      if (value.kind != Kind::kFloat || metrics::IsStaleMarker(value.value)) continue;
      Classic& classic = histograms[labels][i];
      if (kind == "_bucket") classic.cumulative[*le] = value.value;
      if (kind == "_count") classic.count = value.value;
      if (kind == "_sum") classic.sum = value.value;
    }
  }
  std::vector<ScriptSeries> out;
  for (const auto& [labels, times] : histograms) {
    ScriptSeries series;
    series.labels = labels;
    series.values.resize(times.rbegin()->first + 1);
    for (const auto& [i, classic] : times) series.values[i] = classic.Convert();
    out.push_back(std::move(series));
  }
  return out;
}

}  // namespace hinomi::promql
