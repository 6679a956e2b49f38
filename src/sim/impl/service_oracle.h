#ifndef HINOMI_SIM_IMPL_SERVICE_ORACLE_H_
#define HINOMI_SIM_IMPL_SERVICE_ORACLE_H_

#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "ops_model/event.h"
#include "store/store.h"

namespace hinomi::sim {

/// What must hold of the number of a service's replicas: within its bounds, not
/// within the cooldown, never below the healthy minimum, each change with an
/// alarm or a person behind it, each job with the number of the newest change.
/// Judged from the journal and by rules of its own.
class ServiceOracle {
 public:
  using Fail = std::function<void(std::string)>;

  ServiceOracle(store::Store& reader, Fail fail) : reader_(reader), fail_(std::move(fail)) {}

  void Hear(const store::JournalEntry& entry, const ops_model::EventBody& body);
  /// The leader begins a job of the kind "service.scale".
  void OnRun(const store::Job& job);
  /// A job runs that no event asked for.
  bool Knows(const std::string& scaling) const { return scalings_.contains(scaling); }
  /// A turn was committed: the newest scalings have their jobs.
  void CheckCommit();
  /// Time goes on by `step`. An alarm that stands is heard again as long as there
  /// is room and nothing rests; `up`: a server leads and its store answers.
  void Pass(Duration step, bool up, Instant now);
  /// All must have come to rest.
  void CheckEnd();

 private:
  struct Alarm {
    ops_model::AlarmState state = ops_model::AlarmState::kInsufficientData;
    Instant since;
    bool asks = false;  ///< Stands, by itself asks for more, and is not observing.
    std::string service;
  };
  struct View {
    int declared = 0, desired = 0, applied = 0, minimum = 0, maximum = 0;
    int healthy = -1;
    Instant last_out, last_in;
    std::string newest;                       ///< Scaling.
    bool ended = true;                        ///< The newest one.
    std::map<std::string, std::string> said;  ///< By what asked: why not.
    Duration unheard;  ///< For so long one could have been scaled out and was not.
  };

  void HearScaled(const store::JournalEntry& entry, const ops_model::ServiceScaled& scaled);
  void HearAsked(const store::JournalEntry& entry, const ops_model::ServiceScaled& scaled);
  void HearDeclined(const ops_model::ServiceScalingDeclined& declined);
  void HearAttempted(const ops_model::ServiceScaleAttempted& attempted);

  store::Store& reader_;
  Fail fail_;
  std::map<std::string, View> services_;
  std::map<std::string, Alarm> alarms_;
  std::map<std::string, ops_model::ServiceScaled> scalings_;
};

}  // namespace hinomi::sim

#endif  // HINOMI_SIM_IMPL_SERVICE_ORACLE_H_
