#ifndef HINOMI_API_CONSOLE_PICTURE_H_
#define HINOMI_API_CONSOLE_PICTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/machines.h"
#include "ops_model/event.h"
#include "policy/documents.h"
#include "policy/policy.h"

namespace hinomi::api {

/// What the control thread publishes after a turn: immutable, so that readers
/// on any thread see one moment whole.
struct Picture {
  control::World world;
  uint64_t sequence = 0;  ///< Of the newest event in `world`.
  bool leading = false;
  std::shared_ptr<const policy::OpsFolder> policy;
};

/// One scrape target or probe, as far as its last try tells.
struct TargetState {
  std::string job;
  std::string target;
  std::string state;  ///< "up", "down", "unknown"
  std::string error;
  Instant last_at;  ///< Zero: never.
  uint64_t samples = 0;
};

/// The points of an alarm's metric: `count` periods that end at `end`, newest first.
using PointSource = std::function<Result<std::vector<ops_model::Datapoint>>(
    const policy::AlarmDocument& alarm, Instant end, Duration period, int count)>;

}  // namespace hinomi::api

#endif  // HINOMI_API_CONSOLE_PICTURE_H_
