#ifndef HINOMI_API_CONSOLE_PICTURE_H_
#define HINOMI_API_CONSOLE_PICTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "alarms/anomaly.h"
#include "base/clock.h"
#include "control/machines.h"
#include "metrics/model.h"
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

/// Something that is watched, as far as its last try tells.
struct TargetState {
  std::string kind;  ///< "scrape", "probe", "host", "balancer", "log", "file"
  std::string name;  ///< One of its kind.
  std::string job;
  std::string target;
  std::string state;   ///< "up", "down", "unknown"
  Instant since;       ///< Of the state; zero: not known.
  std::string error;   ///< For people; "" without one.
  std::string reason;  ///< A word for the error (`TargetStatus`, `ProbeResult`); may be "".
  Instant last_at;     ///< Zero: never.
  Duration duration;   ///< Of the last try.
  uint64_t samples = 0;
  Duration interval;       ///< Zero: it is not asked, it is heard.
  Instant next_at;         ///< Zero: not known.
  metrics::Labels labels;  ///< Which all of its series have; empty: it has none.
  std::string service;     ///< "" if it stands for none.

  // Of a probe.
  std::string type;  ///< "http", "tcp", "tls", "dns", "postgres"; "" for other kinds.
  std::string failed_layer;
  std::vector<std::pair<std::string, Duration>> phases;  ///< In order.
  int http_status = 0;                                   ///< 0: none.
  Instant certificate_expires_at;                        ///< Zero: none was seen.

  /// What it is called in addresses.
  std::string id() const { return kind + ":" + name; }
};

/// The points of an alarm's metric: `count` periods that end at `end`, newest first.
using PointSource = std::function<Result<std::vector<ops_model::Datapoint>>(
    const policy::AlarmDocument& alarm, Instant end, Duration period, int count)>;

/// What is known of the series of an alarm with a band, by the model in force at a time.
using ModelSource =
    std::function<Result<alarms::ModelSummary>(const policy::AlarmDocument& alarm, Instant at)>;

}  // namespace hinomi::api

#endif  // HINOMI_API_CONSOLE_PICTURE_H_
