#include "policy/impl/forms.h"
#include "policy/mute_schedule.h"

namespace hinomi::policy::impl {

FormPtr<MuteRuleDocument> MuteRuleForm() {
  using M = MuteRuleDocument;
  TextRules schedule;
  schedule.what = "a schedule";
  schedule.pattern = "^(cron|at)\\(.+\\)$";
  schedule.check = [](std::string_view text) -> std::optional<std::string> {
    const auto parsed = MuteSchedule::Parse(text);
    return parsed ? std::nullopt : std::optional(parsed.error().message);
  };
  auto form = std::make_shared<Record<M>>(
      "When nothing follows from some alarms; their states go on being looked at.");
  form->Required("name", &M::name, Name(), "the rule's name, unique in the folder")
      .Optional("description", &M::description, Text({.may_be_empty = true}), "what is going on")
      .Required("alarms", &M::alarms, ListOf(Name(), 1), "names of alarms, at most 100")
      .Required("schedule", &M::schedule, Text(std::move(schedule)),
                "when it begins: cron(0 2 * * SUN) or at(2026-12-24T18:00)")
      .Optional("timeZone", &M::time_zone, Name(),
                "IANA name or offset such as +09:00; without one the server's")
      .Required("duration", &M::duration,
                Time({.least = Duration::Minutes(1), .most = Duration::Days(15)}),
                "how long from each beginning, from 1m to 15d");
  form->Then({"alarms"}, [](Reader& reader, const yaml::Node&, const std::string& path, M& rule) {
    constexpr size_t kMostAlarms = 100;
    if (rule.alarms.size() <= kMostAlarms) return;
    const std::string at = yaml::PathKey(path, "alarms");
    reader.Mistake(reader.PlaceOf(at), at,
                   "expected at most " + std::to_string(kMostAlarms) + " alarms, got " +
                       std::to_string(rule.alarms.size()) + "; make a second rule");
  });
  return form;
}

}  // namespace hinomi::policy::impl
