#include <cmath>

#include "policy/binder.h"

namespace hinomi::policy {
namespace {

using yaml::Kind;

bool HasControlCharacter(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return true;
  }
  return false;
}

class TextForm : public Form<std::string> {
 public:
  explicit TextForm(TextRules rules) : rules_(std::move(rules)) {}

  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            std::string& out) const override {
    const bool number = node.kind == Kind::kInt || node.kind == Kind::kFloat;
    const bool plain = number || node.kind == Kind::kBool;
    if (plain && !rules_.any_scalar && rules_.one_of.empty()) {
      reader.Mistake(node.span, path,
                     "expected " + rules_.what + ", got " + Describe(node) +
                         "; if it is meant, put it in quotes: \"" + node.text + "\"");
      return false;
    }
    if (node.kind != Kind::kText && !plain) {
      reader.Expected(node, path, What());
      return false;
    }
    if (!rules_.one_of.empty()) {
      for (const std::string& word : rules_.one_of) {
        if (word == node.text) {
          out = word;
          return true;
        }
      }
      reader.Mistake(node.span, path,
                     "expected " + What() + ", got " + Describe(node) + Nearest(node.text));
      return false;
    }
    if (node.text.empty() && !rules_.may_be_empty) {
      reader.Expected(node, path, rules_.what);
      return false;
    }
    if (rules_.check) {
      if (const auto wrong = rules_.check(node.text)) {
        reader.Mistake(node.span, path, *wrong);
        return false;
      }
    }
    out = node.text;
    return true;
  }

  Json Schema() const override {
    Json schema = Json::MakeObject();
    if (rules_.any_scalar) {
      schema.Set("type", Json(Json::Array{"string", "number", "boolean"}));
    } else {
      schema.Set("type", "string");
    }
    if (!rules_.one_of.empty()) {
      Json words = Json::MakeArray();
      for (const std::string& word : rules_.one_of) words.Append(word);
      schema.Set("enum", std::move(words));
      return schema;
    }
    if (!rules_.pattern.empty()) schema.Set("pattern", rules_.pattern);
    if (!rules_.may_be_empty && !rules_.any_scalar) schema.Set("minLength", 1);
    return schema;
  }

 private:
  std::string What() const {
    return rules_.one_of.empty() ? rules_.what : "one of " + Join(rules_.one_of, ", ");
  }
  std::string Nearest(std::string_view text) const {
    const auto nearest = NearestName(text, rules_.one_of);
    return nearest ? "; did you mean \"" + *nearest + "\"?" : "";
  }
  TextRules rules_;
};

class NumberForm : public Form<double> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            double& out) const override {
    const bool number = node.kind == Kind::kInt || node.kind == Kind::kFloat;
    if (!number || !std::isfinite(node.number)) {
      reader.Expected(node, path, "a number");
      return false;
    }
    out = node.number;
    return true;
  }
  Json Schema() const override { return Json::MakeObject().Set("type", "number"); }
};

/// Whole numbers in a range; double holds them exactly up to 2^53.
template <typename T>
class WholeForm : public Form<T> {
 public:
  WholeForm(T least, T most) : least_(least), most_(most) {}
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            T& out) const override {
    if (node.kind != Kind::kInt || node.number < static_cast<double>(least_) ||
        node.number > static_cast<double>(most_)) {
      reader.Expected(
          node, path,
          "a whole number from " + std::to_string(least_) + " to " + std::to_string(most_));
      return false;
    }
    out = static_cast<T>(node.number);
    return true;
  }
  Json Schema() const override {
    return Json::MakeObject()
        .Set("type", "integer")
        .Set("minimum", Json(static_cast<int64_t>(least_)))
        .Set("maximum", Json(static_cast<int64_t>(most_)));
  }

 private:
  T least_, most_;
};

constexpr std::pair<std::string_view, uint64_t> kByteUnits[] = {{"TiB", uint64_t{1} << 40},
                                                                {"GiB", uint64_t{1} << 30},
                                                                {"MiB", uint64_t{1} << 20},
                                                                {"KiB", uint64_t{1} << 10}};

std::string FormatBytes(uint64_t bytes) {
  for (const auto& [unit, size] : kByteUnits)
    if (bytes >= size && bytes % size == 0) return std::to_string(bytes / size) + std::string(unit);
  return std::to_string(bytes);
}

class BytesForm : public Form<uint64_t> {
 public:
  BytesForm(uint64_t least, uint64_t most) : least_(least), most_(most) {}
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            uint64_t& out) const override {
    const auto bytes = node.kind == Kind::kText ? ParseBytes(node.text) : std::nullopt;
    if (bytes && *bytes >= least_ && *bytes <= most_) {
      out = *bytes;
      return true;
    }
    std::string message = "expected a size from " + FormatBytes(least_) + " to " +
                          FormatBytes(most_) + ", got " + Describe(node);
    if (!bytes) message += "; it is a number with KiB, MiB, GiB or TiB behind it";
    reader.Mistake(node.span, path, message);
    return false;
  }
  Json Schema() const override {
    return Json::MakeObject().Set("type", "string").Set("pattern", "^[0-9]+[KMGT]iB$");
  }

 private:
  uint64_t least_, most_;
};

class BooleanForm : public Form<bool> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            bool& out) const override {
    if (node.kind != Kind::kBool) {
      reader.Expected(node, path, "true or false");
      return false;
    }
    out = node.boolean;
    return true;
  }
  Json Schema() const override { return Json::MakeObject().Set("type", "boolean"); }
};

/// "30_days" as "30d"; anything else as it is.
std::string ShortForm(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> kUnits[] = {
      {"_minutes", "m"}, {"_hours", "h"}, {"_days", "d"}, {"_weeks", "w"}, {"_years", "y"},
      {"_minute", "m"},  {"_hour", "h"},  {"_day", "d"},  {"_week", "w"},  {"_year", "y"}};
  for (const auto& [unit, letter] : kUnits) {
    if (text.ends_with(unit)) {
      return std::string(text.substr(0, text.size() - unit.size())) + std::string(letter);
    }
  }
  return std::string(text);
}

constexpr std::string_view kForever = "forever";

class TimeForm : public Form<Duration> {
 public:
  explicit TimeForm(TimeRules rules) : rules_(rules) {}
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            Duration& out) const override {
    if (rules_.forever && node.text == kForever) {
      out = Duration();
      return true;
    }
    std::string text = node.text;
    if (rules_.long_form) text = ShortForm(text);
    if (node.kind == Kind::kInt && rules_.bare_seconds) text += "s";
    const bool scalar =
        node.kind == Kind::kText || (node.kind == Kind::kInt && rules_.bare_seconds);
    const Result<Duration> parsed = ParseDuration(text);
    if (!scalar || !parsed.has_value()) {
      std::string message = "expected " + What() + ", got " + Describe(node);
      if (node.kind == Kind::kInt) {
        message += "; a unit is missing: " + node.text + (rules_.long_form ? "_days?" : "s?");
      }
      reader.Mistake(node.span, path, message);
      return false;
    }
    if (*parsed < rules_.least || *parsed > rules_.most) {
      reader.Mistake(node.span, path,
                     "expected a duration from " + FormatDuration(rules_.least) + " to " +
                         FormatDuration(rules_.most) + ", got " + node.text);
      return false;
    }
    out = *parsed;
    return true;
  }
  Json Schema() const override {
    std::string pattern = "^([0-9]+(ms|[smhdwy]))+$|^0$";
    if (rules_.long_form) pattern += "|^[0-9]+_(minute|hour|day|week|year)s?$";
    if (rules_.forever) pattern += "|^" + std::string(kForever) + "$";
    Json text = Json::MakeObject();
    text.Set("type", "string").Set("pattern", pattern);
    if (!rules_.bare_seconds) return text;
    Json seconds = Json::MakeObject();
    seconds.Set("type", "integer").Set("minimum", Json(rules_.least.seconds()));
    return Json::MakeObject().Set("anyOf", Json(Json::Array{std::move(seconds), std::move(text)}));
  }

 private:
  std::string What() const {
    std::string what = "a duration such as ";
    what += rules_.long_form ? "30_days or 12h" : "30s, 5m or 1h30m";
    if (rules_.bare_seconds) what += ", or whole seconds";
    if (rules_.forever) what += ", or " + std::string(kForever);
    return what;
  }
  TimeRules rules_;
};

}  // namespace

FormPtr<std::string> Text(TextRules rules) {
  return std::make_shared<TextForm>(std::move(rules));
}

FormPtr<std::string> Name() {
  TextRules rules;
  rules.what = "a name";
  rules.check = [](std::string_view text) -> std::optional<std::string> {
    if (text.size() > 255) return "a name has at most 255 bytes";
    if (Trim(text) != text) return "a name has no blanks at its ends";
    if (HasControlCharacter(text)) return "a name has no control characters";
    return std::nullopt;
  };
  return Text(std::move(rules));
}

FormPtr<std::string> OneOf(std::vector<std::string> words) {
  TextRules rules;
  rules.one_of = std::move(words);
  return Text(std::move(rules));
}

std::optional<std::string> CheckHostPort(std::string_view text) {
  const std::string wrong =
      "expected host:port such as db.example.com:5432, got \"" + std::string(text) + "\"";
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return wrong + "; the port is missing";
  const auto port = ParseUint(text.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) return wrong + "; a port is a number from 1 to 65535";
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (!bracketed && host.find(':') != std::string_view::npos) {
    return wrong + "; put an IPv6 address in brackets: [::1]:9100";
  }
  if (host.find_first_of("/@? \t#") != std::string_view::npos) return wrong;
  return std::nullopt;
}

std::optional<std::string> CheckUrl(std::string_view url, std::span<const std::string> schemes) {
  const std::string wrong = "expected a URL such as " + schemes.front() + "://host/path, got \"" +
                            std::string(url) + "\"";
  const size_t end = url.find("://");
  if (end == std::string_view::npos) return wrong;
  bool known = false;
  for (const std::string& scheme : schemes)
    known = known || EqualsIgnoreCase(scheme, url.substr(0, end));
  if (!known) return wrong + "; the scheme must be " + Join(schemes, " or ");
  std::string_view host = url.substr(end + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (url.find_first_of(" \t") != std::string_view::npos || HasControlCharacter(url)) {
    return wrong + "; blanks in a URL are written %20";
  }
  if (const size_t at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  if (host.empty() || host.starts_with(':')) return wrong + "; the host is missing";
  const size_t colon = host.rfind(':');
  if (!host.ends_with(']') && colon != std::string_view::npos) {
    if (const auto bad = CheckHostPort(host)) return wrong + "; the port must be from 1 to 65535";
  }
  return std::nullopt;
}

FormPtr<std::string> Url(std::vector<std::string> schemes) {
  TextRules rules;
  rules.what = "a URL";
  rules.pattern = "^(" + Join(schemes, "|") + ")://";
  rules.check = [schemes](std::string_view text) { return CheckUrl(text, schemes); };
  return Text(std::move(rules));
}

FormPtr<std::string> HostPort() {
  TextRules rules;
  rules.what = "host:port";
  rules.pattern = "^.+:[0-9]+$";
  rules.check = CheckHostPort;
  return Text(std::move(rules));
}

FormPtr<double> Number() {
  return std::make_shared<NumberForm>();
}
FormPtr<int> Integer(int least, int most) {
  return std::make_shared<WholeForm<int>>(least, most);
}
FormPtr<uint64_t> Size(uint64_t least, uint64_t most) {
  return std::make_shared<WholeForm<uint64_t>>(least, most);
}
FormPtr<uint64_t> Bytes(uint64_t least, uint64_t most) {
  return std::make_shared<BytesForm>(least, most);
}
std::optional<uint64_t> ParseBytes(std::string_view text) {
  for (const auto& [unit, size] : kByteUnits) {
    if (!text.ends_with(unit)) continue;
    const auto count = ParseUint(text.substr(0, text.size() - unit.size()));
    if (!count || *count > UINT64_MAX / size) return std::nullopt;
    return *count * size;
  }
  return std::nullopt;
}
FormPtr<bool> Boolean() {
  return std::make_shared<BooleanForm>();
}
FormPtr<Duration> Time(TimeRules rules) {
  return std::make_shared<TimeForm>(rules);
}

FormPtr<std::map<std::string, std::string>> TextMap() {
  using Map = std::map<std::string, std::string>;
  TextRules rules;
  rules.may_be_empty = true;
  rules.any_scalar = true;
  return std::make_shared<NamedForm<Map, std::string>>(
      Text(std::move(rules)),
      [](Map& out, const std::string& key, std::string value) { out[key] = std::move(value); },
      Name());
}

}  // namespace hinomi::policy
