#include "services/impl/scaler.h"

#include <algorithm>
#include <utility>

namespace hinomi::services::impl {

using ops_model::Decision;
using ops_model::JobVerdict;
using ops_model::ServiceScaled;
using ops_model::ServiceScalingDeclined;

std::string Replicas(int count) {
  return std::to_string(count) + (count == 1 ? " replica" : " replicas");
}

std::string DeclineKey(const ServiceScalingDeclined& declined) {
  return declined.direction + " " + declined.policy + " " + declined.alarm;
}

Instant Scaler::CooldownUntil(bool out) const {
  if (out)
    return service_->last_out == Instant() ? Instant() : service_->last_out + rules().cooldown_out;
  // After scaling out as well: what was just added is not taken away.
  const Instant last = std::max(service_->last_in, service_->last_out);
  return last == Instant() ? Instant() : last + rules().cooldown_in;
}

std::pair<const char*, std::string> Scaler::Unhealthy(int to) const {
  const int least = rules().healthy_minimum;
  if (least == 0) return {nullptr, ""};
  const int healthy = service_->healthy;
  if (healthy < 0)
    return {"health_unknown", "nobody knows how many replicas are healthy, and " +
                                  std::to_string(least) + " must stay so"};
  // The one that goes may be a healthy one.
  const int left = std::min(healthy - (service_->desired - to), to);
  if (left >= least) return {nullptr, ""};
  return {"below_healthy_minimum", std::to_string(healthy) + " of " + Replicas(service_->desired) +
                                       " healthy, and " + std::to_string(least) + " must stay so"};
}

Decision Scaler::Automatic(const Ask& ask) const {
  const int from = service_->desired;
  const bool out = ask.to > from;
  const int least = std::max(document_.min_count, ask.floor);
  Ask bounded = ask;
  bounded.to = std::clamp(ask.to, std::min(least, document_.max_count), document_.max_count);
  if (out && from >= document_.max_count)
    return Decline(
        ask, out, "at_maximum",
        "it has " + Replicas(from) + ", and max_count is " + std::to_string(document_.max_count));
  if (!out && from <= least)
    return Decline(ask, out, "at_minimum",
                   "it has " + Replicas(from) + ", and no fewer are wanted");
  if (const Instant until = CooldownUntil(out); now_ < until)
    return Decline(ask, out, "cooldown",
                   "it was scaled shortly before and rests until " + FormatRfc3339(until), until);
  if (!out)
    if (auto [code, why] = Unhealthy(bounded.to); code != nullptr)
      return Decline(ask, out, code, std::move(why));
  return AtOnce(bounded);
}

Decision Scaler::Decline(const Ask& ask, bool out, const char* code, std::string why,
                         Instant until) const {
  ServiceScalingDeclined declined;
  declined.service = document_.name;
  declined.desired = service_->desired;
  declined.direction = out ? "out" : "in";
  declined.policy = ask.policy;
  declined.alarm = ask.alarm;
  declined.reason_code = code;
  declined.reason = ask.reason + ", but " + std::move(why);
  declined.until = until;
  const auto said = service_->declined.find(DeclineKey(declined));
  Decision decision;
  if (said != service_->declined.end() && said->second.reason_code == code &&
      said->second.until == until)
    return decision;
  decision.events.emplace_back(std::move(declined));
  return decision;
}

Decision Scaler::AtOnce(const Ask& ask) const {
  Decision decision;
  const int from = service_->desired;
  if (ask.to == from) return decision;
  ServiceScaled scaled;
  scaled.scaling = "SC-" + std::to_string(state_.last_scaling + 1);
  scaled.service = document_.name;
  scaled.from = from;
  scaled.to = ask.to;
  scaled.direction = ask.to > from ? "out" : "in";
  scaled.policy = ask.policy;
  scaled.alarm = ask.alarm;
  scaled.by = ask.by;
  scaled.reason_code = ask.reason_code;
  scaled.reason = ask.reason;
  scaled.metric = ask.metric;
  scaled.datapoints = ask.datapoints;
  scaled.threshold = ask.threshold;
  scaled.healthy = service_->healthy;
  scaled.minimum = document_.min_count;
  scaled.maximum = document_.max_count;
  scaled.cooldown = ask.to > from ? rules().cooldown_out : rules().cooldown_in;
  scaled.transition = ask.transition;
  ops_model::JobSpec job;
  job.kind = std::string(kJobKind);
  job.key = scaled.scaling;
  job.due = now_;
  job.payload = Json::MakeObject()
                    .Set("scaling", scaled.scaling)
                    .Set("service", scaled.service)
                    .Set("desired", scaled.to)
                    .Set("reason", scaled.reason);
  if (!service_->under_way.empty())
    decision.verdicts.push_back(
        {0, JobVerdict::Action::kDead, {}, "taken over by " + scaled.scaling, service_->under_way});
  decision.events.emplace_back(std::move(scaled));
  decision.jobs.push_back(std::move(job));
  return decision;
}

}  // namespace hinomi::services::impl
