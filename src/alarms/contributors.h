#ifndef HINOMI_ALARMS_CONTRIBUTORS_H_
#define HINOMI_ALARMS_CONTRIBUTORS_H_

#include "alarms/alarms.h"

/// PromQL alarms and alerts of rule files: each series of their expression has a state of its own
/// (docs/decisions/0017). Pure.
namespace hinomi::alarms {

/// An observation gives at most so many events: a storm is published over several evaluations.
inline constexpr size_t kMostMovedAtOnce = 1000;

/// So many contributors of an alarm are published; /api/v1/alerts shows all of them.
inline constexpr size_t kMostContributors = 1000;

/// What an evaluation of an alerting rule comes to: contributors that fire and did not, those of
/// this rule that are gone, and those whose action was kept back (impl/holds.h) and is not now. One
/// that is pending stays as it was published: after a restart it may be one that fires already.
ops_model::Decision OnAlerts(const State& state, const ops_model::AlertObservation& seen,
                             Instant now, const policy::OpsFolder& policy);

/// Contributors of rules that are no more are OK.
ops_model::Decision OnRulesInForce(const State& state,
                                   const ops_model::AlertRulesInForce& in_force);

void ApplyContributor(State& state, const ops_model::AlarmContributorMoved& moved,
                      const ops_model::Event& event);

Json SaveContributors(const AlarmStatus& status);
void LoadContributors(const Json& saved, AlarmStatus& status);

}  // namespace hinomi::alarms

#endif  // HINOMI_ALARMS_CONTRIBUTORS_H_
