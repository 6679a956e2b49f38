#ifndef HINOMI_SERVICES_IMPL_SCALER_H_
#define HINOMI_SERVICES_IMPL_SCALER_H_

#include <string>
#include <vector>

#include "services/services.h"

namespace hinomi::services::impl {

/// Who asks for another number of replicas, and on what ground.
struct Ask {
  int to = 0;  ///< Before the bounds are looked at.
  std::string policy;
  std::string alarm;
  std::string by = "hinomi";
  std::string reason_code;
  std::string reason;  ///< What was found; what follows from it is added.
  std::string metric;
  std::vector<ops_model::Datapoint> datapoints;
  double threshold = 0;
  uint64_t transition = 0;
  int floor = 0;  ///< Never below, beside the minimum.
};

/// Decides about one service in one turn: bounds, cooldowns, healthy replicas.
class Scaler {
 public:
  Scaler(const State& state, const policy::ServiceDocument& document, Instant now)
      : state_(state), document_(document), now_(now) {
    if (const auto found = state.services.find(document.name); found != state.services.end())
      service_ = &found->second;
  }

  /// False before the folder that declares it was taken into use.
  bool known() const { return service_ != nullptr; }
  const Service& service() const { return *service_; }
  const policy::ScalingDocument& rules() const { return document_.scaling; }

  /// What the machine itself wants: declined, with a reason said once, where the
  /// rules are against it.
  ops_model::Decision Automatic(const Ask& ask) const;
  /// Without cooldown and healthy replicas. Within the bounds.
  ops_model::Decision AtOnce(const Ask& ask) const;
  /// Until when scaling in this direction rests; zero or past: it does not.
  Instant CooldownUntil(bool out) const;

 private:
  ops_model::Decision Decline(const Ask& ask, bool out, const char* code, std::string why,
                              Instant until = {}) const;
  /// Why scaling in to `to` might leave too few healthy ones; empty if it does not.
  std::pair<const char*, std::string> Unhealthy(int to) const;

  const State& state_;
  const policy::ServiceDocument& document_;
  Instant now_;
  const Service* service_ = nullptr;
};

/// "3 replicas", "1 replica".
std::string Replicas(int count);
/// Under what a service keeps what it said.
std::string DeclineKey(const ops_model::ServiceScalingDeclined& declined);

/// The command service.scale.
ops_model::Decision OnCommand(const State& state, const ops_model::CommandInput& command,
                              Instant now, const policy::OpsFolder& policy);
/// How a job of the kind "service.scale" went.
ops_model::Decision OnJobResult(const State& state, const ops_model::JobResult& result,
                                Instant now);
/// What the folder that was taken into use says of the services' counts.
ops_model::Decision OnLoaded(const State& state, Instant now, const policy::OpsFolder& policy);

}  // namespace hinomi::services::impl

#endif  // HINOMI_SERVICES_IMPL_SCALER_H_
