#include "templates/impl/methods.h"

#include <map>

namespace hinomi::templates::impl {
namespace {

using Arguments = std::span<const Value>;

Instant TimeIn(const Value& value) {
  return value.As<TimeValue>()->at;
}

const std::map<std::string_view, Method>& TimeMethods() {
  static const auto* methods = new std::map<std::string_view, Method>{
      {"Format",
       {"Format",
        {Parameter::kText},
        [](const Value& of, Arguments given) {
          return Value(FormatTime(TimeIn(of), *given[0].As<std::string>()));
        }}},
      {"String", {"String", {}, [](const Value& of, Arguments) { return Value(of.Text()); }}},
      {"UTC", {"UTC", {}, [](const Value& of, Arguments) { return of; }}},
      {"Unix",
       {"Unix", {}, [](const Value& of, Arguments) { return Value(TimeIn(of).seconds()); }}},
      {"UnixMilli",
       {"UnixMilli", {}, [](const Value& of, Arguments) { return Value(TimeIn(of).millis()); }}},
      {"UnixNano",
       {"UnixNano", {}, [](const Value& of, Arguments) { return Value(TimeIn(of).nanos()); }}},
  };
  return *methods;
}

const std::map<std::string_view, Method>& DurationMethods() {
  constexpr double kSecond = 1e9;
  static const auto* methods = new std::map<std::string_view, Method>{
      {"String", {"String", {}, [](const Value& of, Arguments) { return Value(of.Text()); }}},
      {"Hours",
       {"Hours",
        {},
        [](const Value& of, Arguments) {
          return Value(static_cast<double>(of.As<Duration>()->nanos()) / (3600 * kSecond));
        }}},
      {"Minutes",
       {"Minutes",
        {},
        [](const Value& of, Arguments) {
          return Value(static_cast<double>(of.As<Duration>()->nanos()) / (60 * kSecond));
        }}},
      {"Seconds",
       {"Seconds",
        {},
        [](const Value& of, Arguments) {
          return Value(static_cast<double>(of.As<Duration>()->nanos()) / kSecond);
        }}},
      {"Milliseconds",
       {"Milliseconds",
        {},
        [](const Value& of, Arguments) { return Value(of.As<Duration>()->millis()); }}},
  };
  return *methods;
}

}  // namespace

const Method* FindMethod(const Value& of, std::string_view name) {
  const bool is_time = of.As<TimeValue>() != nullptr;
  if (!is_time && of.As<Duration>() == nullptr) return nullptr;
  const auto& methods = is_time ? TimeMethods() : DurationMethods();
  const auto found = methods.find(name);
  return found == methods.end() ? nullptr : &found->second;
}

}  // namespace hinomi::templates::impl
