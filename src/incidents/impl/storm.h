#ifndef HINOMI_INCIDENTS_IMPL_STORM_H_
#define HINOMI_INCIDENTS_IMPL_STORM_H_

#include <optional>
#include <string>

#include "incidents/incidents.h"

namespace hinomi::incidents::impl {

/// Where so many problems come at once that people would be paged without end: the one that
/// `opened` would be of joins the storm's incident, which is opened if it is not there. Nothing if
/// there is no storm. A storm takes no more once its last problem has come for longer than the
/// policy's time: what comes then is something else.
std::optional<ops_model::Decision> JoinStorm(const State& state,
                                             const ops_model::IncidentOpened& opened,
                                             const std::string& reason, Instant now,
                                             const policy::OpsFolder& policy);

}  // namespace hinomi::incidents::impl

#endif  // HINOMI_INCIDENTS_IMPL_STORM_H_
