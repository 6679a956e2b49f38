#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "services/impl/arithmetic.h"
#include "services/impl/scaler.h"

namespace hinomi::services::impl {

using ops_model::CommandInput;
using ops_model::Decision;
using ops_model::JobResult;
using ops_model::JobVerdict;
using ops_model::ServiceDeclared;
using ops_model::ServiceScaleAttempted;

namespace {

constexpr size_t kDetailBytes = 500;

Decision Refuse(std::string why) {
  Decision decision;
  decision.refusal = std::move(why);
  return decision;
}

std::string NoSuchService(const std::string& name, const policy::OpsFolder& policy) {
  std::vector<std::string> names;
  for (const policy::ServiceDocument& service : policy.targets.services)
    if (service.managed()) names.push_back(service.name);
  std::string message = "There is no service \"" + name + "\" that Hinomi runs";
  if (names.empty()) return message + ": none in targets.yml has a command.";
  if (const auto nearest = NearestName(name, names))
    return message + "; did you mean " + *nearest + "?";
  return message + ". It runs " + Join(names, ", ") + ".";
}

/// The runtime's own words, cut where a character begins.
std::string Shortened(const std::string& detail) {
  if (detail.size() <= kDetailBytes) return detail;
  size_t end = kDetailBytes;
  while (end > 0 && (static_cast<unsigned char>(detail[end]) & 0xC0) == 0x80) --end;
  return detail.substr(0, end) + "…";
}

Decision Ended(const JobResult& result, std::string why) {
  Decision decision;
  decision.verdicts.push_back(
      {result.id, JobVerdict::Action::kDone, {}, std::move(why), result.key});
  return decision;
}

/// The job under way, if any, must not be done any more.
void CallOff(const Service& service, std::string why, Decision& decision) {
  if (service.under_way.empty()) return;
  decision.verdicts.push_back(
      {0, JobVerdict::Action::kDead, {}, std::move(why), service.under_way});
}

}  // namespace

Decision OnCommand(const State& state, const CommandInput& command, Instant now,
                   const policy::OpsFolder& policy) {
  const std::string name(Trim(command.arguments["service"].as_string()));
  const policy::ServiceDocument* document = nullptr;
  for (const policy::ServiceDocument& service : policy.targets.services)
    if (service.name == name && service.managed()) document = &service;
  if (document == nullptr) return Refuse(NoSuchService(name, policy));
  const Scaler scaler(state, *document, now);
  if (!scaler.known())
    return Refuse("The service " + name + " is not taken into use yet; ask again.");
  const Json& wanted = command.arguments["count"];
  if (!wanted.is_int())
    return Refuse("Say how many replicas " + name + " is to have: \"count\" is a whole number.");
  const int64_t count = wanted.as_int();
  if (count < document->min_count || count > document->max_count)
    return Refuse(name + " can have " + std::to_string(document->min_count) + " to " +
                  Replicas(document->max_count) +
                  " (min_count and max_count in targets.yml), not " + std::to_string(count) + ".");
  const int from = scaler.service().desired;
  Ask ask;
  ask.to = static_cast<int>(count);
  ask.policy = "manual";
  ask.by = command.who;
  ask.reason_code = "asked";
  ask.reason = command.who + " asked for " + Replicas(ask.to);
  const bool dry_run = command.arguments["dry_run"].as_bool();
  Decision decision;
  if (!dry_run) decision = scaler.AtOnce(ask);
  const bool out = ask.to > from;
  const Duration rest = out ? document->scaling.cooldown_out : document->scaling.cooldown_in;
  decision.answer.Set("service", name)
      .Set("from", from)
      .Set("to", ask.to)
      .Set("minimum", document->min_count)
      .Set("maximum", document->max_count)
      .Set("healthy", scaler.service().healthy < 0 ? Json() : Json(scaler.service().healthy))
      .Set("already", ask.to == from)
      .Set("dry_run", dry_run)
      .Set("rests_until", ask.to == from ? Json() : Json(FormatRfc3339(now + rest)));
  if (!decision.jobs.empty()) decision.answer.Set("scaling", decision.jobs.front().key);
  return decision;
}

Decision OnJobResult(const State& state, const JobResult& result, Instant now) {
  const std::string& name = result.payload["service"].as_string();
  const auto found = state.services.find(name);
  if (found == state.services.end() || found->second.under_way != result.key)
    return Ended(result, "another number is wanted by now");
  ServiceScaleAttempted attempted;
  attempted.service = name;
  attempted.scaling = result.key;
  attempted.desired = found->second.desired;
  attempted.attempt = result.attempt;
  attempted.reason_code = result.reason_code;
  attempted.detail = Shortened(result.detail);
  if (result.outcome == JobResult::Outcome::kDone) {
    attempted.outcome = "done";
    Decision decision = Ended(result, "");
    decision.events.emplace_back(std::move(attempted));
    return decision;
  }
  Decision decision;
  const std::string error = result.reason_code + ": " + attempted.detail;
  // It names a number, so that whatever came of a try it can be made again.
  // Who took it for called off looked at an older state.
  const bool for_good =
      result.outcome == JobResult::Outcome::kFailed && result.reason_code != "cancelled";
  const bool again = !for_good && result.attempt < kMostTries;
  if (again) {
    const Duration pause =
        std::max(PauseAfterTry(result.attempt), std::min(result.retry_after, Duration::Minutes(5)));
    attempted.outcome = "retry";
    attempted.next_attempt = now + pause;
    decision.verdicts.push_back(
        {result.id, JobVerdict::Action::kRetryAt, now + pause, error, result.key});
  } else {
    attempted.outcome = "failed";
    if (!for_good) attempted.reason_code = "exhausted";
    decision.verdicts.push_back({result.id, JobVerdict::Action::kDead, {}, error, result.key});
  }
  decision.events.emplace_back(std::move(attempted));
  return decision;
}

Decision OnLoaded(const State& state, Instant now, const policy::OpsFolder& policy) {
  Decision decision;
  std::set<std::string> present;
  uint64_t scalings = state.last_scaling;
  for (const policy::ServiceDocument& document : policy.targets.services) {
    if (!document.managed()) continue;
    present.insert(document.name);
    const auto found = state.services.find(document.name);
    const bool is_new = found == state.services.end();
    if (!is_new && found->second.declared == document.desired_count &&
        found->second.minimum == document.min_count && found->second.maximum == document.max_count)
      continue;
    decision.events.emplace_back(ServiceDeclared{document.name, document.desired_count,
                                                 document.min_count, document.max_count, false});
    // Another desired_count is the present one, by the runtime's own rule.
    if (is_new) continue;
    if (found->second.declared != document.desired_count) {
      CallOff(found->second, "targets.yml has another desired_count", decision);
      continue;
    }
    Ask ask;
    ask.to = std::clamp(found->second.desired, document.min_count, document.max_count);
    ask.policy = "bounds";
    ask.reason_code = "beyond_bounds";
    ask.reason = "min_count and max_count are " + std::to_string(document.min_count) + " and " +
                 std::to_string(document.max_count) + " now";
    State numbered;
    numbered.services.emplace(*found);
    numbered.last_scaling = scalings;
    Decision bounded = Scaler(numbered, document, now).AtOnce(ask);
    scalings += bounded.jobs.size();
    decision.Merge(std::move(bounded));
  }
  for (const auto& [name, service] : state.services) {
    if (present.contains(name)) continue;
    decision.events.emplace_back(ServiceDeclared{name, 0, 0, 0, true});
    CallOff(service, "its service is gone from targets.yml", decision);
  }
  return decision;
}

}  // namespace hinomi::services::impl
