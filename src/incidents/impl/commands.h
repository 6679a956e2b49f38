#ifndef HINOMI_INCIDENTS_IMPL_COMMANDS_H_
#define HINOMI_INCIDENTS_IMPL_COMMANDS_H_

#include "incidents/incidents.h"

namespace hinomi::incidents::impl {

/// What a person's command comes to; an empty decision for other verbs.
ops_model::Decision OnCommand(const State& state, const ops_model::CommandInput& command,
                              Instant now, const policy::OpsFolder& policy);

/// The open incident under a deduplication key, or null.
const Incident* FindOpenByKey(const State& state, const std::string& key);
/// A command that came to nothing, and why.
ops_model::Decision Refuse(std::string why);
/// What a command comes to, so far: where the incident stands after it.
ops_model::Decision Answer(const std::string& incident, std::string_view state);
/// "7", "inc-7" and "INC-7" are the same incident.
std::string Canonical(std::string_view given);
std::string UnknownIncident(const State& state, const std::string& name);
std::string AlreadyResolved(const Incident& incident);
/// The next incident under this key: numbered, and linked to its former one.
ops_model::IncidentOpened NewIncident(const State& state, std::string key, Instant now);

}  // namespace hinomi::incidents::impl

#endif  // HINOMI_INCIDENTS_IMPL_COMMANDS_H_
