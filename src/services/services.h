#ifndef HINOMI_SERVICES_SERVICES_H_
#define HINOMI_SERVICES_SERVICES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "ops_model/decision.h"
#include "ops_model/event.h"
#include "policy/documents.h"

/// How many replicas each service is to have, and why. Values only; owned by the
/// control thread.
namespace hinomi::services {

/// Kind of the jobs that have a runtime do it. Payload {scaling, service,
/// desired, reason}; may run more than once: it names the number, not a change.
inline constexpr std::string_view kJobKind = "service.scale";
/// After so many tries in vain the service stays as it was.
inline constexpr int kMostTries = 8;

/// Where an alarm stands, as far as it may ask for scaling.
struct AlarmView {
  ops_model::AlarmState state = ops_model::AlarmState::kInsufficientData;
  Instant since;     ///< Of the state.
  Instant moved_at;  ///< Of the newest transition.
  uint64_t transition = 0;
  bool observing = false;
};

/// One service that Hinomi runs.
struct Service {
  int declared = 1, minimum = 1, maximum = 1;
  int desired = 1;
  /// Back to where it is scaled in: what the folder declares, or what a person
  /// asked for since.
  int held = 1;
  int held_before = 1;    ///< The last that was done.
  int applied = 1;        ///< The last number that the runtime has taken.
  int healthy = -1;       ///< -1: not known.
  Instant last_out;       ///< Zero: never.
  Instant last_in;        ///< Zero: never.
  std::string under_way;  ///< The scaling whose job has not ended; "" if none.
  ops_model::ServiceScaled last;
  std::set<std::string> asked;  ///< Alarms that scaled it out since it was as held.
  /// What was said already, by alarm, direction and policy.
  std::map<std::string, ops_model::ServiceScalingDeclined> declined;
};

struct State {
  std::map<std::string, Service> services;
  std::map<std::string, AlarmView> alarms;
  uint64_t last_scaling = 0;
  /// Of the first start ever, by the present clock; zero if none is known.
  Instant installed_at;
};

/// What follows from an input:
/// - `AlarmTransitioned` to ALARM with an action "scale: up" → `ServiceScaled` by
///   the service's steps and a job; with "scale: down" one replica less. Again at
///   each `AlarmEvaluation` while it stands, as Amazon CloudWatch repeats Auto
///   Scaling actions; the cooldown decides. Never while the alarm observes.
/// - `AlarmEvaluation` of a service's target alarm: the newest three periods above
///   the target → as many replicas as the proportion asks for, rounded up; the
///   newest fifteen below nine tenths of it → one less, if the highest of them
///   allows it.
/// - `AlarmEvaluation` of an alarm that scaled out and has been OK for
///   `scale_in_after` → one replica less, down to `scale_in`, never below
///   `healthy_minimum` healthy ones.
/// - What is asked for and not done → `ServiceScalingDeclined`, once a reason.
/// - The command service.scale {service, count, dry_run} → at once, whatever the
///   cooldown; refused beyond min_count and max_count.
/// - A job's failure → again after 1, 2, 4 … 60 s, `kMostTries` times.
/// - `OpsLoaded` → `ServiceDeclared` where a service's counts are news.
/// - `ServiceObservation` → `ServiceHealthChanged` where it is news.
ops_model::Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                           const policy::OpsFolder& policy);

/// Folds one fact; total.
void Apply(State& state, const ops_model::Event& event);

/// True while the job with this key is the newest of its service and has not
/// ended: another one must not be done any more.
bool StillWanted(const State& state, const std::string& scaling);

Json Save(const State& state);
State Load(const Json& saved);

}  // namespace hinomi::services

#endif  // HINOMI_SERVICES_SERVICES_H_
