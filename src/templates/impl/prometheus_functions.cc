// The functions that Prometheus gives to its templates
// (https://prometheus.io/docs/prometheus/latest/configuration/template_reference/).
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/strings.h"
#include "templates/impl/functions.h"

namespace hinomi::templates::impl {
namespace {

using Arguments = std::span<const Value>;
using enum Parameter;

const std::string& TextIn(const Value& value) {
  return *value.As<std::string>();
}

Result<double> NumberIn(const Value& value) {
  if (const auto* number = value.As<double>()) return *number;
  if (const auto* integer = value.As<int64_t>()) return static_cast<double>(*integer);
  if (const auto* duration = value.As<Duration>()) return duration->ToSeconds();
  if (const auto* text = value.As<std::string>()) {
    if (const auto number = ParseDouble(*text)) return *number;
    return InvalidArgument("strconv.ParseFloat: parsing \"" + *text + "\": invalid syntax");
  }
  return InvalidArgument("can't convert " + value.TypeName() + " to float");
}

bool IsOdd(double value) {
  return std::isnan(value) || std::isinf(value);
}

std::string FourDigits(double value) {
  return FormatFloat(value, 'g', 4);
}

/// With the largest of the prefixes by which it is at least 1.
std::string WithPrefix(double value, double step, std::span<const char* const> prefixes) {
  const char* prefix = "";
  for (const char* next : prefixes) {
    if (std::abs(value) < step) break;
    prefix = next;
    value /= step;
  }
  return FourDigits(value) + prefix;
}

/// The same below 1.
std::string WithSmallPrefix(double value) {
  const char* prefix = "";
  for (const char* next : {"m", "u", "n", "p", "f", "a", "z", "y"}) {
    if (std::abs(value) >= 1) break;
    prefix = next;
    value *= 1000;
  }
  return FourDigits(value) + prefix;
}

Result<Value> Humanize(const Context&, Arguments given) {
  constexpr std::array kPrefixes = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
  HN_TRY(const double value, NumberIn(given[0]));
  if (value == 0 || IsOdd(value)) return Value(FourDigits(value));
  return Value(std::abs(value) >= 1 ? WithPrefix(value, 1000, kPrefixes) : WithSmallPrefix(value));
}

Result<Value> Humanize1024(const Context&, Arguments given) {
  constexpr std::array kPrefixes = {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};
  HN_TRY(const double value, NumberIn(given[0]));
  if (std::abs(value) <= 1 || IsOdd(value)) return Value(FourDigits(value));
  return Value(WithPrefix(value, 1024, kPrefixes));
}

std::string DaysToSeconds(double value) {
  const std::string sign = value < 0 ? "-" : "";
  value = std::abs(value);
  // More seconds than that are no time that anybody reads.
  const auto whole = static_cast<int64_t>(std::min(value, 9e18));
  const int64_t days = whole / 86'400, hours = whole / 3600 % 24, minutes = whole / 60 % 60;
  const std::string seconds = std::to_string(whole % 60) + "s";
  if (days != 0) {
    return sign + std::to_string(days) + "d " + std::to_string(hours) + "h " +
           std::to_string(minutes) + "m " + seconds;
  }
  if (hours != 0)
    return sign + std::to_string(hours) + "h " + std::to_string(minutes) + "m " + seconds;
  if (minutes != 0) return sign + std::to_string(minutes) + "m " + seconds;
  return sign + FourDigits(value) + "s";
}

Result<Value> HumanizeDuration(const Context&, Arguments given) {
  HN_TRY(const double value, NumberIn(given[0]));
  if (IsOdd(value)) return Value(FourDigits(value));
  if (value == 0) return Value(FourDigits(value) + "s");
  return Value(std::abs(value) >= 1 ? DaysToSeconds(value) : WithSmallPrefix(value) + "s");
}

Result<Value> HumanizePercentage(const Context&, Arguments given) {
  HN_TRY(const double value, NumberIn(given[0]));
  return Value(FourDigits(value * 100) + "%");
}

Result<Value> TimeOf(double seconds) {
  if (IsOdd(seconds)) return InvalidArgument("value is NaN or Inf");
  const double nanos = seconds * 1e9;
  // 2^63 itself is a double, and one too many.
  if (nanos >= 9223372036854775808.0 || nanos < -9223372036854775808.0) {
    return InvalidArgument(FormatFloat(seconds, 'g', -1) +
                           " cannot be represented as a nanoseconds timestamp since it overflows "
                           "int64");
  }
  return Value(TimeValue{Instant::FromMillis(static_cast<int64_t>(nanos) / 1'000'000)});
}

Result<Value> HumanizeTimestamp(const Context&, Arguments given) {
  HN_TRY(const double value, NumberIn(given[0]));
  if (IsOdd(value)) return Value(FourDigits(value));
  HN_TRY(const Value time, TimeOf(value));
  return Value(time.Text());
}

Result<Value> ToTime(const Context&, Arguments given) {
  HN_TRY(const double value, NumberIn(given[0]));
  return TimeOf(value);
}

Result<Value> ToDuration(const Context&, Arguments given) {
  HN_TRY(const double value, NumberIn(given[0]));
  const double nanos = value * 1e9;
  constexpr double kMost = 9.2e18;
  return Value(Duration::Nanos(
      static_cast<int64_t>(std::isnan(nanos) ? 0.0 : std::clamp(nanos, -kMost, kMost))));
}

Result<Value> Query(const Context& context, Arguments given) {
  if (!context.query) return InvalidArgument("there is nothing to query here");
  return context.query(TextIn(given[0]));
}

Result<Value> First(const Context&, Arguments given) {
  const auto& samples = given[0].AsList()->items;
  if (samples.empty()) return InvalidArgument("first() called on vector with no elements");
  return samples.front();
}

/// A label of a sample; "" where it has none.
Value LabelOf(const Value& sample, const std::string& name) {
  const Object* labels = sample.AsObject()->members.at("Labels").AsObject();
  const auto found = labels->members.find(name);
  return found == labels->members.end() ? Value("") : found->second;
}

Result<Value> SortByLabel(const Context&, Arguments given) {
  auto sorted = std::make_shared<List>(*given[1].AsList());
  const std::string& name = TextIn(given[0]);
  std::ranges::stable_sort(sorted->items, [&](const Value& a, const Value& b) {
    return TextIn(LabelOf(a, name)) < TextIn(LabelOf(b, name));
  });
  return Value(Value::ListPtr(std::move(sorted)));
}

Result<Value> ArgumentMap(const Context&, Arguments given) {
  auto map = std::make_shared<Object>();
  for (size_t i = 0; i < given.size(); ++i)
    map->members.emplace("arg" + std::to_string(i), given[i]);
  return Value(Value::ObjectPtr(std::move(map)));
}

RE2::Options RegexOptions() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  return options;
}

Error BadRegex(const std::string& pattern, const RE2& regex) {
  const bool open = regex.error_code() == RE2::ErrorMissingParen;
  return InvalidArgument("error parsing regexp: " + (open ? "missing closing )" : regex.error()) +
                         ": `" + pattern + "`");
}

/// Go's "$1" and "${name}" as RE2's "\1"; groups that are not there are empty.
std::string Expanded(const RE2& regex, const std::string& replacement,
                     const std::vector<re2::StringPiece>& groups) {
  std::string out;
  for (size_t at = 0; at < replacement.size(); ++at) {
    if (replacement[at] != '$' || at + 1 >= replacement.size()) {
      out += replacement[at];
      continue;
    }
    if (replacement[at + 1] == '$') {
      out += '$';
      ++at;
      continue;
    }
    const bool braced = replacement[at + 1] == '{';
    size_t end = at + (braced ? 2 : 1);
    const size_t begin = end;
    const auto is_word = [](char c) {
      return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
    };
    while (end < replacement.size() && is_word(replacement[end])) ++end;
    if (end == begin || (braced && (end >= replacement.size() || replacement[end] != '}'))) {
      out += '$';
      continue;
    }
    const std::string name = replacement.substr(begin, end - begin);
    auto number = ParseUint(name);
    const auto& named = regex.NamedCapturingGroups();
    if (const auto found = named.find(name); !number && found != named.end())
      number = static_cast<uint64_t>(found->second);
    if (number && *number < groups.size() && groups[*number].data() != nullptr)
      out.append(groups[*number].data(), groups[*number].size());
    at = braced ? end : end - 1;
  }
  return out;
}

Result<Value> ReplaceAll(const Context&, Arguments given) {
  const std::string& text = TextIn(given[2]);
  const RE2 regex(TextIn(given[0]), RegexOptions());
  if (!regex.ok()) return BadRegex(TextIn(given[0]), regex);
  std::vector<re2::StringPiece> groups(static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1);
  const re2::StringPiece input(text);
  std::string out;
  size_t at = 0;
  bool after_match = false;
  while (at <= text.size() && regex.Match(input, at, text.size(), RE2::UNANCHORED, groups.data(),
                                          static_cast<int>(groups.size()))) {
    const auto from = static_cast<size_t>(groups[0].data() - text.data());
    const size_t length = groups[0].size();
    out.append(text, at, from - at);
    // Nothing is no match right behind one.
    if (length > 0 || !(after_match && from == at))
      out += Expanded(regex, TextIn(given[1]), groups);
    at = from + length;
    after_match = length > 0;
    if (length > 0) continue;
    if (at < text.size()) out += text[at];
    ++at;
  }
  if (at < text.size()) out.append(text, at);
  return Value(std::move(out));
}

Result<Value> Match(const Context&, Arguments given) {
  const RE2 regex(TextIn(given[0]), RegexOptions());
  if (!regex.ok()) return BadRegex(TextIn(given[0]), regex);
  return Value(RE2::PartialMatch(TextIn(given[1]), regex));
}

std::string Title(std::string text) {
  bool begins = true;
  for (char& c : text) {
    const bool word = c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                      static_cast<unsigned char>(c) >= 0x80;
    if (begins && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    begins = !word;
  }
  return text;
}

/// Go's net.SplitHostPort; nothing where the text has no port.
struct HostPort {
  std::string host, port;
};
std::optional<HostPort> SplitHostPort(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[')) {
    if (host.size() < 2 || host.find(']') != host.size() - 1) return std::nullopt;
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != std::string::npos) {
    return std::nullopt;
  }
  return HostPort{host, text.substr(colon + 1)};
}

bool IsIpAddress(const std::string& host) {
  if (host.find(':') != std::string::npos)
    return host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos;
  const auto parts = Split(host, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           const auto number = ParseUint(part);
           return number && *number <= 255 && (part.size() == 1 || part[0] != '0');
         });
}

std::string StripDomain(const std::string& text) {
  const auto split = SplitHostPort(text);
  const std::string host = split ? split->host : text;
  if (IsIpAddress(host)) return text;
  const std::string first = host.substr(0, host.find('.'));
  return split && !split->port.empty() ? first + ":" + split->port : first;
}

Result<Value> ParseDurationText(const Context&, Arguments given) {
  const auto duration = ParseDuration(TextIn(given[0]));
  if (!duration)
    return InvalidArgument("not a valid duration string: \"" + TextIn(given[0]) + "\"");
  return Value(duration->ToSeconds());
}

std::string PathOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  const size_t slash = url.find('/');
  return slash == std::string_view::npos ? "" : std::string(url.substr(slash));
}

Value GraphLink(const std::string& expr, int tab) {
  return Value("/graph?g0.expr=" + QueryEscape(expr) + "&g0.tab=" + std::to_string(tab));
}

template <std::string (*kChange)(std::string_view)>
Result<Value> Changed(const Context&, Arguments given) {
  return Value(kChange(TextIn(given[0])));
}

const Function kFunctions[] = {
    {"query", {kText}, false, Query},
    {"first", {kSamples}, false, First},
    {"label",
     {kText, kSample},
     false,
     [](const Context&, Arguments given) -> Result<Value> {
       return LabelOf(given[1], TextIn(given[0]));
     }},
    {"value",
     {kSample},
     false,
     [](const Context&, Arguments given) -> Result<Value> {
       return given[0].AsObject()->members.at("Value");
     }},
    {"strvalue",
     {kSample},
     false,
     [](const Context&, Arguments given) -> Result<Value> {
       return LabelOf(given[0], "__value__");
     }},
    {"sortByLabel", {kText, kSamples}, false, SortByLabel},
    {"args", {kAny}, true, ArgumentMap},
    {"reReplaceAll", {kText, kText, kText}, false, ReplaceAll},
    {"safeHtml",
     {kText},
     false,
     [](const Context&, Arguments given) -> Result<Value> { return given[0]; }},
    {"match", {kText, kText}, false, Match},
    {"title",
     {kText},
     false,
     [](const Context&, Arguments given) -> Result<Value> {
       return Value(Title(TextIn(given[0])));
     }},
    {"toUpper", {kText}, false, Changed<ToUpperAscii>},
    {"toLower", {kText}, false, Changed<ToLowerAscii>},
    {"urlQueryEscape", {kText}, false, Changed<QueryEscape>},
    {"graphLink",
     {kText},
     false,
     [](const Context&, Arguments given) -> Result<Value> {
       return GraphLink(TextIn(given[0]), 0);
     }},
    {"tableLink",
     {kText},
     false,
     [](const Context&, Arguments given) -> Result<Value> {
       return GraphLink(TextIn(given[0]), 1);
     }},
    {"stripPort",
     {kText},
     false,
     [](const Context&, Arguments given) -> Result<Value> {
       const auto split = SplitHostPort(TextIn(given[0]));
       return split ? Value(split->host) : given[0];
     }},
    {"stripDomain",
     {kText},
     false,
     [](const Context&, Arguments given) -> Result<Value> {
       return Value(StripDomain(TextIn(given[0])));
     }},
    {"humanize", {kAny}, false, Humanize},
    {"humanize1024", {kAny}, false, Humanize1024},
    {"humanizeDuration", {kAny}, false, HumanizeDuration},
    {"humanizePercentage", {kAny}, false, HumanizePercentage},
    {"humanizeTimestamp", {kAny}, false, HumanizeTimestamp},
    {"toTime", {kAny}, false, ToTime},
    {"toDuration", {kAny}, false, ToDuration},
    {"now",
     {},
     false,
     [](const Context& context, Arguments) -> Result<Value> {
       return Value(static_cast<double>(context.now.millis()) / 1000);
     }},
    {"parseDuration", {kText}, false, ParseDurationText},
    {"pathPrefix",
     {},
     false,
     [](const Context& context, Arguments) -> Result<Value> {
       return Value(PathOf(context.external_url));
     }},
    {"externalURL",
     {},
     false,
     [](const Context& context, Arguments) -> Result<Value> {
       return Value(context.external_url);
     }},
};

}  // namespace

std::span<const Function> PrometheusFunctions() {
  return kFunctions;
}

std::string QueryEscape(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

}  // namespace hinomi::templates::impl
