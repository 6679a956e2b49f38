#ifndef HINOMI_INCIDENTS_IMPL_CHANGES_H_
#define HINOMI_INCIDENTS_IMPL_CHANGES_H_

#include "incidents/incidents.h"

/// What people do with an incident that is there.
namespace hinomi::incidents::impl {

/// A command about an incident. Borrows all of it.
struct Asked {
  const State& state;
  const Incident& incident;
  const ops_model::CommandInput& command;
  Instant now;
};

ops_model::Decision Acknowledge(const Asked& asked);
ops_model::Decision Unacknowledge(const Asked& asked);
ops_model::Decision Snooze(const Asked& asked);
ops_model::Decision ChangeSeverity(const Asked& asked);
ops_model::Decision Merge(const Asked& asked);
ops_model::Decision Resolve(const Asked& asked);
ops_model::Decision Note(const Asked& asked);
ops_model::Decision Link(const Asked& asked);
ops_model::Decision CorrectTime(const Asked& asked);

}  // namespace hinomi::incidents::impl

#endif  // HINOMI_INCIDENTS_IMPL_CHANGES_H_
