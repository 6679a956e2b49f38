#ifndef HINOMI_CONTROL_MACHINES_H_
#define HINOMI_CONTROL_MACHINES_H_

#include <functional>
#include <memory>
#include <vector>

#include "alarms/alarms.h"
#include "control/machine.h"
#include "escalation/escalation.h"
#include "incidents/incidents.h"
#include "notify/notify.h"
#include "services/services.h"

namespace hinomi::control {

/// The folded states of all operations modules: what readers are shown.
struct World {
  alarms::State alarms;
  incidents::State incidents;
  escalation::State escalation;
  notify::State notify;
  services::State services;
};

/// The machines of this release, in the order in which they hear of events,
/// and a window into their states. The machines own their states and outlive
/// neither the loop that they are given to nor `world`.
struct Machines {
  std::vector<std::unique_ptr<Machine>> machines;
  /// Copies the present states. Control thread only, while the machines live.
  std::function<World()> world;
};

Machines MakeMachines();

}  // namespace hinomi::control

#endif  // HINOMI_CONTROL_MACHINES_H_
