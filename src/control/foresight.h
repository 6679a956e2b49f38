#ifndef HINOMI_CONTROL_FORESIGHT_H_
#define HINOMI_CONTROL_FORESIGHT_H_

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ops_model/event.h"
#include "policy/documents.h"

/// The whole future of an incident, by the machines that decide live.
namespace hinomi::control {

/// What is assumed.
struct ForesightOptions {
  Instant at;         ///< When it begins.
  std::string route;  ///< An action of routes.yml.
  /// Instead of the route's own.
  std::optional<ops_model::Severity> severity;
  std::optional<Duration> acknowledged_after;  ///< Nothing: nobody does.
  std::optional<Duration> resolved_after;      ///< Nothing: nobody does.
  Duration look_ahead = Duration::Days(7);
};

/// One thing that would happen.
struct Foreseen {
  Instant at;
  std::string level;  ///< Of a page: "" where the route tells its contact at the opening.
  ops_model::EventBody what;
};

/// What would be told to whom and when if every channel took what it is given: the facts that
/// matter to people, in the order of time. `complete` is false where it goes on beyond the time
/// looked at or beyond a thousand facts.
struct Foresight {
  std::vector<Foreseen> facts;
  bool complete = true;
};
Foresight Foresee(const policy::OpsFolder& folder, const ForesightOptions& options);

}  // namespace hinomi::control

#endif  // HINOMI_CONTROL_FORESIGHT_H_
