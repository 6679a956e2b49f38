#include "templates/value.h"

#include <fmt/format.h>

#include <cmath>

#include "base/strings.h"
#include "templates/impl/functions.h"

namespace hinomi::templates {
namespace {

/// Without zeros at the end: ".123", "".
std::string Fraction(int64_t part, int digits) {
  if (part == 0) return {};
  std::string text = fmt::format(".{:0{}}", part, digits);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

/// As Go's time.Time prints itself: "2009-02-13 23:31:30.5 +0000 UTC".
std::string TimeText(Instant at) {
  std::string text = FormatRfc3339(Instant::FromSeconds(at.seconds()));
  text.resize(std::min(text.find_first_of(".Z"), text.size()));
  if (const size_t t = text.find('T'); t != std::string::npos) text[t] = ' ';
  const int64_t rest = at.millis() - at.seconds() * 1000;
  return text + Fraction(rest, 3) + " +0000 UTC";
}

/// As Go's time.Duration prints itself: "1h2m0.5s", "15ms", "0s".
std::string DurationText(Duration duration) {
  const int64_t nanos = duration.nanos();
  const std::string sign = nanos < 0 ? "-" : "";
  const uint64_t size = nanos < 0 ? 0 - static_cast<uint64_t>(nanos) : static_cast<uint64_t>(nanos);
  if (size == 0) return "0s";
  for (const auto& [unit, name, digits] :
       {std::tuple(1'000u, "ns", 0), std::tuple(1'000'000u, "µs", 3),
        std::tuple(1'000'000'000u, "ms", 6)}) {
    if (size >= unit) continue;
    const uint64_t one = unit / 1000;
    return sign + std::to_string(size / one) + Fraction(static_cast<int64_t>(size % one), digits) +
           name;
  }
  const uint64_t seconds = size / 1'000'000'000;
  const std::string rest =
      std::to_string(seconds % 60) + Fraction(static_cast<int64_t>(size % 1'000'000'000), 9) + "s";
  if (seconds < 60) return sign + rest;
  if (seconds < 3600) return sign + std::to_string(seconds / 60) + "m" + rest;
  return sign + std::to_string(seconds / 3600) + "h" + std::to_string(seconds / 60 % 60) + "m" +
         rest;
}

std::string ListText(const List& list) {
  std::string out = "[";
  for (size_t i = 0; i < list.items.size(); ++i) out += (i > 0 ? " " : "") + list.items[i].Text();
  return out + "]";
}

std::string ObjectText(const Object& object) {
  std::string out = object.is_struct ? object.type.starts_with('*') ? "&{" : "{" : "map[";
  bool first = true;
  for (const auto& [name, member] : object.members) {
    if (!first) out += ' ';
    first = false;
    out += (object.is_struct ? "" : name + ":") + member.Text();
  }
  return out + (object.is_struct ? "}" : "]");
}

}  // namespace

Value Object::Missing() const {
  return type == "map[string]string" ? Value("") : Value();
}

bool Value::Truth() const {
  if (const auto* b = As<bool>()) return *b;
  if (const auto* i = As<int64_t>()) return *i != 0;
  if (const auto* d = As<double>()) return *d != 0;
  if (const auto* s = As<std::string>()) return !s->empty();
  if (const auto* list = AsList()) return !list->items.empty();
  if (const auto* object = AsObject()) return object->is_struct || !object->members.empty();
  return !is_missing();
}

std::string Value::Text() const {
  if (const auto* b = As<bool>()) return *b ? "true" : "false";
  if (const auto* i = As<int64_t>()) return std::to_string(*i);
  if (const auto* d = As<double>()) return impl::FormatFloat(*d, 'g', -1);
  if (const auto* s = As<std::string>()) return *s;
  if (const auto* list = AsList()) return ListText(*list);
  if (const auto* object = AsObject()) return ObjectText(*object);
  if (const auto* time = As<TimeValue>()) return TimeText(time->at);
  if (const auto* duration = As<Duration>()) return DurationText(*duration);
  return "<no value>";
}

std::string Value::TypeName() const {
  if (As<bool>() != nullptr) return "bool";
  if (As<int64_t>() != nullptr) return "int";
  if (As<double>() != nullptr) return "float64";
  if (As<std::string>() != nullptr) return "string";
  if (const auto* list = AsList()) return list->type;
  if (const auto* object = AsObject()) return object->type;
  if (As<TimeValue>() != nullptr) return "*time.Time";
  if (As<Duration>() != nullptr) return "*time.Duration";
  return "<nil>";
}

Value TextMap(const std::map<std::string, std::string>& texts) {
  auto object = std::make_shared<Object>();
  object->type = "map[string]string";
  for (const auto& [name, text] : texts) object->members.emplace(name, text);
  return Value(Value::ObjectPtr(std::move(object)));
}

Value MakeSample(const std::map<std::string, std::string>& labels, double value) {
  auto sample = std::make_shared<Object>();
  sample->type = "*template.sample";
  sample->is_struct = true;
  sample->members.emplace("Labels", TextMap(labels));
  sample->members.emplace("Value", value);
  return Value(Value::ObjectPtr(std::move(sample)));
}

}  // namespace hinomi::templates
