#include "control/machines.h"

namespace hinomi::control {
namespace {

using ops_model::Decision;
using ops_model::Event;
using ops_model::Input;

// What differs between the modules' functions; the rest is one adapter.
struct Alarms {
  using State = alarms::State;
  static constexpr std::string_view kName = "alarms";
  static Decision Decide(const State& state, const Input& input, Instant now,
                         const policy::OpsFolder& policy, Random&) {
    return alarms::Decide(state, input, now, policy);
  }
  static void Apply(State& state, const Event& event) { alarms::Apply(state, event); }
  static std::optional<Instant> NextWakeup(const State&) { return std::nullopt; }
  static Json Save(const State& state) { return alarms::Save(state); }
  static State Load(const Json& saved) { return alarms::Load(saved); }
};

struct Incidents {
  using State = incidents::State;
  static constexpr std::string_view kName = "incidents";
  static Decision Decide(const State& state, const Input& input, Instant now,
                         const policy::OpsFolder& policy, Random&) {
    return incidents::Decide(state, input, now, policy);
  }
  static void Apply(State& state, const Event& event) { incidents::Apply(state, event); }
  static std::optional<Instant> NextWakeup(const State&) { return std::nullopt; }
  static Json Save(const State& state) { return incidents::Save(state); }
  static State Load(const Json& saved) { return incidents::Load(saved); }
};

struct Escalation {
  using State = escalation::State;
  static constexpr std::string_view kName = "escalation";
  static Decision Decide(const State& state, const Input& input, Instant now,
                         const policy::OpsFolder& policy, Random&) {
    return escalation::Decide(state, input, now, policy);
  }
  static void Apply(State& state, const Event& event) { escalation::Apply(state, event); }
  static std::optional<Instant> NextWakeup(const State& state) {
    return escalation::NextWakeup(state);
  }
  static Json Save(const State& state) { return escalation::Save(state); }
  static State Load(const Json& saved) { return escalation::Load(saved); }
};

struct Notify {
  using State = notify::State;
  static constexpr std::string_view kName = "notify";
  static Decision Decide(const State& state, const Input& input, Instant now,
                         const policy::OpsFolder& policy, Random& random) {
    return notify::Decide(state, input, now, policy, random);
  }
  static void Apply(State& state, const Event& event) { notify::Apply(state, event); }
  static std::optional<Instant> NextWakeup(const State&) { return std::nullopt; }
  static Json Save(const State& state) { return notify::Save(state); }
  static State Load(const Json& saved) { return notify::Load(saved); }
};

template <typename Module>
class Adapter : public Machine {
 public:
  std::string_view name() const override { return Module::kName; }
  Decision Decide(const Input& input, Instant now, const policy::OpsFolder& policy,
                  Random& random) const override {
    return Module::Decide(state_, input, now, policy, random);
  }
  void Apply(const Event& event) override { Module::Apply(state_, event); }
  std::optional<Instant> NextWakeup() const override { return Module::NextWakeup(state_); }
  Json Save() const override { return Module::Save(state_); }
  void Load(const Json& saved) override { state_ = Module::Load(saved); }
  void Reset() override { state_ = {}; }

  const typename Module::State& state() const { return state_; }

 private:
  typename Module::State state_;
};

}  // namespace

Machines MakeMachines() {
  auto alarms = std::make_unique<Adapter<Alarms>>();
  auto incidents = std::make_unique<Adapter<Incidents>>();
  auto escalation = std::make_unique<Adapter<Escalation>>();
  auto notify = std::make_unique<Adapter<Notify>>();
  Machines made;
  made.world = [a = alarms.get(), i = incidents.get(), e = escalation.get(), n = notify.get()] {
    return World{a->state(), i->state(), e->state(), n->state()};
  };
  made.machines.push_back(std::move(alarms));
  made.machines.push_back(std::move(incidents));
  made.machines.push_back(std::move(escalation));
  made.machines.push_back(std::move(notify));
  return made;
}

}  // namespace hinomi::control
