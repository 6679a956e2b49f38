#include "api/console/impl/explain.h"

#include <algorithm>
#include <utility>

#include "api/console/impl/bands.h"
#include "api/console/impl/contributors.h"
#include "api/console/impl/explainer.h"
#include "api/console/impl/render.h"
#include "api/console/impl/words.h"
#include "base/strings.h"
#include "policy/find.h"

namespace hinomi::api::impl {

using ops_model::AlarmContributorMoved;
using ops_model::AlarmState;
using ops_model::AlarmTransitioned;
using ops_model::IncidentOpened;
using ops_model::ServiceScaleAttempted;
using ops_model::ServiceScaled;
using ops_model::ServiceScalingDeclined;

const policy::AlarmDocument* Explainer::FindAlarm(const std::string& name) const {
  return policy::FindAlarm(*picture_.policy, name);
}

std::string Explainer::Compared(const AlarmTransitioned& moved) const {
  policy::AlarmDocument alarm;
  if (const policy::AlarmDocument* document = FindAlarm(moved.alarm)) alarm = *document;
  alarm.metric = moved.metric;
  alarm.threshold = moved.threshold;
  std::vector<std::string> values;
  for (const ops_model::Datapoint& point : moved.datapoints)
    if (point.value && values.size() < static_cast<size_t>(alarm.evaluation_periods))
      values.push_back(Spoken(alarm, *point.value, language_));
  if (alarm.is_composite()) return Words("explain.by_rule", {{"rule", alarm.rule}});
  if (std::ranges::any_of(moved.datapoints,
                          [](const auto& point) { return point.band.has_value(); }))
    return ComparedWithBands(alarm, moved);
  constexpr std::pair<std::string_view, std::string_view> kSigns[] = {
      {"GreaterThanOrEqualToThreshold", "≥"},
      {"GreaterThanThreshold", ">"},
      {"LessThanThreshold", "<"},
      {"LessThanOrEqualToThreshold", "≤"},
  };
  std::string sign = moved.comparison;
  for (const auto& [name, shown] : kSigns)
    if (moved.comparison == name) sign = shown;
  return Words(values.empty() ? "explain.no_values" : "explain.compared",
               {{"metric", MetricName(moved.metric, language_)},
                {"values", Join(values, ", ")},
                {"sign", sign},
                {"limit", Spoken(alarm, moved.threshold, language_)}});
}

std::string Explainer::ComparedWithBands(const policy::AlarmDocument& alarm,
                                         const AlarmTransitioned& moved) const {
  std::vector<std::string> values;
  for (const ops_model::Datapoint& point : moved.datapoints) {
    if (!point.value || !point.band) continue;
    if (values.size() == static_cast<size_t>(alarm.evaluation_periods)) break;
    values.push_back(Words("band.value", {{"value", Spoken(alarm, *point.value, language_)},
                                          {"range", SpokenBand(alarm, *point.band, language_)}}));
  }
  return Words("explain.compared_band",
               {{"metric", MetricName(moved.metric, language_)}, {"values", Join(values, ", ")}});
}

std::string Explainer::Learnt(const policy::AlarmDocument& alarm) const {
  if (!alarm.has_band() || !source_.model) return {};
  const auto model = source_.model(alarm);
  if (!model) return {};
  const bool apart = language_ == text::Language::kEnglish;
  return (apart ? " " : "") + LearntSentence(*model, language_);
}

Json Explainer::RuleOf(const policy::AlarmDocument& alarm, const AlarmTransitioned* moved) const {
  Json dimensions = Json::MakeObject();
  for (const auto& [key, value] : alarm.dimensions) dimensions.Set(key, value);
  Json rule = Json::MakeObject();
  rule.Set("alarm", alarm.name)
      .Set("metric", moved == nullptr ? alarm.metric : moved->metric)
      .Set("dimensions", std::move(dimensions))
      .Set("statistic", alarm.statistic)
      .Set("comparison", moved == nullptr ? std::string(policy::ComparisonName(alarm.comparison))
                                          : moved->comparison)
      .Set("threshold",
           alarm.has_band() ? Json() : Json(moved == nullptr ? alarm.threshold : moved->threshold))
      .Set("threshold_text", LimitText(alarm))
      .Set("period_seconds", alarm.period.seconds())
      .Set("evaluation_periods", alarm.evaluation_periods)
      .Set("datapoints_to_alarm", alarm.datapoints_to_alarm)
      .Set("treat_missing_data", policy::MissingDataName(alarm.treat_missing_data))
      .Set("action", moved == nullptr ? alarm.action : moved->action);
  if (FindAlarm(alarm.name) != nullptr) SetWorstDelay(rule, *picture_.policy, alarm);
  return rule;
}

void Explainer::RestsOnAlarm(Explanation& answer, const Fact& transition) const {
  const auto& moved = *transition.As<AlarmTransitioned>();
  answer.Rests(transition);
  answer.Points(moved.datapoints);
  policy::AlarmDocument gone;
  gone.name = moved.alarm;
  const policy::AlarmDocument* alarm = FindAlarm(moved.alarm);
  answer.Rule(RuleOf(alarm == nullptr ? gone : *alarm, &moved));
}

Result<std::optional<Fact>> Explainer::AlarmBefore(const std::string& alarm,
                                                   uint64_t sequence) const {
  if (alarm.empty()) return std::optional<Fact>();
  HN_TRY(const auto facts, reader_.About("alarm:" + alarm));
  const Fact* found =
      FindFact<AlarmTransitioned>(facts, [&](const Fact& fact, const AlarmTransitioned& moved) {
        return fact.entry.sequence < sequence && moved.to == AlarmState::kAlarm;
      });
  return found == nullptr ? std::optional<Fact>() : std::optional(*found);
}

/// What followed from the transition, as the end of a sentence.
std::string Explainer::Then(const policy::AlarmDocument& alarm, const Fact& transition,
                            Explanation& answer) const {
  const auto& moved = *transition.As<AlarmTransitioned>();
  if (moved.to != AlarmState::kAlarm) return {};
  if (moved.observing) return Words("explain.then_observing");
  if (const std::string what = WhatHolds(moved, alarm, language_); !what.empty())
    return Words("explain.then_held", {{"what", what}});
  const uint64_t sequence = transition.entry.sequence;
  for (const auto& [name, incident] : picture_.world.incidents.open)
    if (incident.opened.alarm == alarm.name)
      if (const auto facts = reader_.About("incident:" + name))
        if (const Fact* opened = FindFact<IncidentOpened>(*facts)) {
          answer.Rests(*opened);
          return Words("explain.then_incident", {{"incident", name}});
        }
  if (moved.service.empty()) return {};
  const auto facts = reader_.About("service:" + moved.service);
  if (!facts) return {};
  for (const Fact& fact : *facts) {
    if (fact.entry.sequence < sequence) break;
    const auto* scaled = fact.As<ServiceScaled>();
    if (scaled != nullptr && scaled->alarm == alarm.name) {
      answer.Rests(fact);
      return Words("explain.then_scaled", {{"scaling", scaled->scaling},
                                           {"service", scaled->service},
                                           {"from", std::to_string(scaled->from)},
                                           {"to", std::to_string(scaled->to)}});
    }
    const auto* declined = fact.As<ServiceScalingDeclined>();
    if (declined == nullptr || declined->alarm != alarm.name || declined->reason_code == "cooldown")
      continue;
    answer.Rests(fact);
    return Words("explain.then_declined", {{"service", declined->service},
                                           {"n", std::to_string(declined->desired)},
                                           {"reason", WhyNotScaled(language_, *declined)}});
  }
  return {};
}

/// Each contributor that is in ALARM, and what was last said of the others.
Result<Json> Explainer::PromqlAlarm(const policy::AlarmDocument& alarm) const {
  Explanation answer(source_, "alarm", alarm.name);
  Json rule = Json::MakeObject();
  rule.Set("alarm", alarm.name)
      .Set("expr", alarm.expr)
      .Set("for_seconds", alarm.hold.seconds())
      .Set("rule_file", alarm.rule_file)
      .Set("action", alarm.action);
  SetWorstDelay(rule, *picture_.policy, alarm);
  answer.Rule(std::move(rule));
  HN_TRY(const auto facts, reader_.About("alarm:" + alarm.name));
  const auto known = picture_.world.alarms.alarms.find(alarm.name);
  const alarms::AlarmStatus status =
      known == picture_.world.alarms.alarms.end() ? alarms::AlarmStatus() : known->second;
  for (const Fact& fact : facts) {
    const auto* moved = fact.As<AlarmContributorMoved>();
    if (moved == nullptr) continue;
    const auto standing = status.contributors.find(moved->contributor);
    const bool stands =
        standing != status.contributors.end() && standing->second.transition == fact.entry.sequence;
    if (!stands && !status.contributors.empty()) continue;
    answer.Rests(fact);
    if (!stands) break;  // All are OK: the newest says why.
  }
  answer.Since(status.since);
  answer.Say(Words("explain.promql_alarm",
                   {{"alarm", alarm.name},
                    {"state", std::string(ops_model::AlarmStateName(status.state))},
                    {"time", Moment(status.since)},
                    {"why", PromqlSentence(alarm, status, language_)}}));
  return answer.Take();
}

Result<Json> Explainer::Alarm(const policy::AlarmDocument& alarm) const {
  if (alarm.is_promql()) return PromqlAlarm(alarm);
  Explanation answer(source_, "alarm", alarm.name);
  answer.Rule(RuleOf(alarm, nullptr));
  HN_TRY(const auto facts, reader_.About("alarm:" + alarm.name));
  const Fact* transition = FindFact<AlarmTransitioned>(facts);
  if (transition == nullptr) {
    answer.Say(Words("explain.alarm_never", {{"alarm", alarm.name}}) + Learnt(alarm));
    return answer.Take();
  }
  const auto& moved = *transition->As<AlarmTransitioned>();
  RestsOnAlarm(answer, *transition);
  answer.Since(transition->entry.at);
  for (const Fact& fact : facts)
    if (fact.entry.sequence > transition->entry.sequence &&
        fact.As<ops_model::AlarmActionTaken>() != nullptr)
      answer.Rests(fact);
  const bool unknown = moved.to == AlarmState::kInsufficientData;
  std::string_view key = unknown ? "explain.alarm_unknown" : "explain.alarm";
  if (moved.reason_code == "no_band") key = "explain.alarm_no_band";
  answer.Say(Words(key, {{"alarm", alarm.name},
                         {"state", std::string(ops_model::AlarmStateName(moved.to))},
                         {"time", Moment(transition->entry.at)},
                         {"metric", MetricName(moved.metric, language_)},
                         {"compared", Compared(moved)},
                         {"then", Then(alarm, *transition, answer)}}) +
             Learnt(alarm));
  return answer.Take();
}

Result<Json> Explainer::Scaled(const Fact& fact, const std::vector<Fact>& facts) const {
  const ServiceScaled& scaled = *fact.As<ServiceScaled>();
  Explanation answer(source_, "scaling", scaled.scaling);
  answer.Since(fact.entry.at);
  HN_TRY(const auto transition, reader_.At(scaled.transition));
  if (transition && transition->As<AlarmTransitioned>() != nullptr)
    RestsOnAlarm(answer, *transition);
  if (!scaled.datapoints.empty()) answer.Points(scaled.datapoints);
  answer.Rests(fact);
  std::string went = Words("explain.scaling_under_way");
  // Newest first: the end, if there is one.
  for (const Fact& other : facts) {
    const auto* tried = other.As<ServiceScaleAttempted>();
    if (tried == nullptr || tried->scaling != scaled.scaling) continue;
    answer.Rests(other);
    if (tried->outcome == "done")
      went = Words("explain.scaling_done", {{"time", Moment(other.entry.at)}});
    if (tried->outcome == "failed")
      went = Words("explain.scaling_failed", {{"reason", tried->reason_code}});
  }
  answer.Say(Words("explain.scaled", {{"scaling", scaled.scaling},
                                      {"service", scaled.service},
                                      {"from", std::to_string(scaled.from)},
                                      {"to", std::to_string(scaled.to)},
                                      {"time", Moment(fact.entry.at)},
                                      {"reason", WhyScaled(language_, scaled)},
                                      {"went", went}}));
  return answer.Take();
}

Result<Json> Explainer::Scaling(const std::string& name) const {
  HN_TRY(const auto found, reader_.Newest("service.scaled", [&](const Fact& fact) {
    return fact.As<ServiceScaled>()->scaling == name;
  }));
  if (!found) {
    const uint64_t newest = picture_.world.services.last_scaling;
    return NotFound("there is no scaling " + name +
                    (newest == 0 ? "; nothing was ever scaled"
                                 : "; the newest is SC-" + std::to_string(newest)));
  }
  HN_TRY(const auto facts, reader_.About("service:" + found->As<ServiceScaled>()->service));
  return Scaled(*found, facts);
}

/// The newest decision about its replicas.
Result<Json> Explainer::Service(const std::string& name) const {
  HN_TRY(const auto facts, reader_.About("service:" + name));
  Explanation answer(source_, "service", name);
  for (const Fact& fact : facts) {
    if (fact.As<ServiceScaled>() != nullptr) return Scaled(fact, facts);
    if (const auto* declined = fact.As<ServiceScalingDeclined>()) {
      answer.Since(fact.entry.at);
      answer.Rests(fact);
      HN_TRY(const auto transition, AlarmBefore(declined->alarm, fact.entry.sequence));
      if (transition) RestsOnAlarm(answer, *transition);
      answer.Say(Words("explain.declined", {{"service", name},
                                            {"n", std::to_string(declined->desired)},
                                            {"time", Moment(fact.entry.at)},
                                            {"reason", WhyNotScaled(language_, *declined)}}));
      return answer.Take();
    }
  }
  if (const Fact* declared = FindFact<ops_model::ServiceDeclared>(facts)) {
    answer.Since(declared->entry.at);
    answer.Rests(*declared);
    answer.Say(Words("explain.as_declared",
                     {{"service", name},
                      {"n", std::to_string(declared->As<ops_model::ServiceDeclared>()->desired)}}));
  } else {
    answer.Say(Words("explain.not_run", {{"service", name}}));
  }
  return answer.Take();
}

namespace {

/// "INC-7" of "inc-7" and "7"; "" where it is no id of that kind.
std::string IdOf(std::string_view name, std::string_view prefix, bool bare) {
  if (bare && ParseUint(name)) return std::string(prefix) + std::string(name);
  if (name.size() <= prefix.size() || !EqualsIgnoreCase(name.substr(0, prefix.size()), prefix) ||
      !ParseUint(name.substr(prefix.size())))
    return {};
  return std::string(prefix) + std::string(name.substr(prefix.size()));
}

std::vector<std::string> Candidates(const Picture& picture) {
  std::vector<std::string> names;
  for (const policy::AlarmDocument& alarm : picture.policy->alarms) names.push_back(alarm.name);
  for (const policy::ServiceDocument& service : picture.policy->targets.services)
    names.push_back(service.name);
  for (const auto& [name, incident] : picture.world.incidents.open) names.push_back(name);
  for (const auto& [name, page] : picture.world.notify.pages) names.push_back(name);
  for (const auto& [name, service] : picture.world.services.services)
    if (!service.last.scaling.empty()) names.push_back(service.last.scaling);
  return names;
}

}  // namespace

Result<Json> Explain(const ExplainSource& source, std::string_view asked) {
  std::string_view name = Trim(asked);
  std::string_view kind;
  for (const std::string_view word : {"alarm", "service", "incident", "page", "scaling"})
    if (name.starts_with(word) && name.substr(word.size()).starts_with(":")) {
      kind = word;
      name.remove_prefix(word.size() + 1);
      break;
    }
  const auto may_be = [&](std::string_view what) { return kind.empty() || kind == what; };
  const Explainer explainer(source);
  const policy::OpsFolder& policy = *source.picture.policy;
  if (may_be("alarm"))
    if (const auto* alarm = explainer.FindAlarm(std::string(name))) return explainer.Alarm(*alarm);
  if (may_be("service"))
    for (const policy::ServiceDocument& service : policy.targets.services)
      if (service.name == name) return explainer.Service(service.name);
  if (const std::string id = IdOf(name, "INC-", true); may_be("incident") && !id.empty()) {
    if (const auto* incident = source.picture.world.incidents.Find(id))
      return explainer.Incident(*incident);
    const uint64_t newest = source.picture.world.incidents.last_number;
    return NotFound(
        "there is no incident " + id +
        (newest == 0 ? "; none was ever opened" : "; the newest is INC-" + std::to_string(newest)));
  }
  if (const std::string id = IdOf(name, "PG-", kind == "page"); may_be("page") && !id.empty())
    return explainer.Page(id);
  if (const std::string id = IdOf(name, "SC-", kind == "scaling"); may_be("scaling") && !id.empty())
    return explainer.Scaling(id);
  std::string message =
      "there is no alarm, service, incident, page or scaling \"" + std::string(name) + "\"";
  const std::vector<std::string> names = Candidates(source.picture);
  if (const auto nearest = NearestName(name, names))
    message += "; did you mean " + *nearest + "?";
  else
    message += "; give an alarm's or a service's name, or an id such as INC-7, PG-12 or SC-3";
  return NotFound(message);
}

}  // namespace hinomi::api::impl
