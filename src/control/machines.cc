#include "control/machines.h"

namespace hinomi::control {
namespace {

using ops_model::Decision;
using ops_model::Event;
using ops_model::Input;

/// The functions of an operations module.
template <typename State>
struct Module {
  std::string_view name;
  Decision (*decide)(const State&, const Input&, Instant now, const policy::OpsFolder&, Random&);
  void (*apply)(State&, const Event&);
  Json (*save)(const State&);
  State (*load)(const Json&);
  std::optional<Instant> (*next_wakeup)(const State&) = nullptr;  ///< Null: it has no timers.
};

template <typename State>
class Adapter : public Machine {
 public:
  explicit Adapter(Module<State> module) : module_(module) {}
  std::string_view name() const override { return module_.name; }
  Decision Decide(const Input& input, Instant now, const policy::OpsFolder& policy,
                  Random& random) const override {
    return module_.decide(state_, input, now, policy, random);
  }
  void Apply(const Event& event) override { module_.apply(state_, event); }
  std::optional<Instant> NextWakeup() const override {
    return module_.next_wakeup == nullptr ? std::nullopt : module_.next_wakeup(state_);
  }
  Json Save() const override { return module_.save(state_); }
  void Load(const Json& saved) override { state_ = module_.load(saved); }
  void Reset() override { state_ = {}; }

  const State& state() const { return state_; }

 private:
  const Module<State> module_;
  State state_;
};

/// A module that draws nothing by lot.
template <typename State,
          Decision (*kDecide)(const State&, const Input&, Instant, const policy::OpsFolder&)>
Decision WithoutRandom(const State& state, const Input& input, Instant now,
                       const policy::OpsFolder& policy, Random&) {
  return kDecide(state, input, now, policy);
}

}  // namespace

Machines MakeMachines() {
  auto alarms = std::make_unique<Adapter<alarms::State>>(
      Module<alarms::State>{"alarms", WithoutRandom<alarms::State, alarms::Decide>, alarms::Apply,
                            alarms::Save, alarms::Load, alarms::NextWakeup});
  auto incidents = std::make_unique<Adapter<incidents::State>>(
      Module<incidents::State>{"incidents", WithoutRandom<incidents::State, incidents::Decide>,
                               incidents::Apply, incidents::Save, incidents::Load});
  auto escalation = std::make_unique<Adapter<escalation::State>>(Module<escalation::State>{
      "escalation", WithoutRandom<escalation::State, escalation::Decide>, escalation::Apply,
      escalation::Save, escalation::Load, escalation::NextWakeup});
  auto notify = std::make_unique<Adapter<notify::State>>(
      Module<notify::State>{"notify", notify::Decide, notify::Apply, notify::Save, notify::Load});
  auto services = std::make_unique<Adapter<services::State>>(
      Module<services::State>{"services", WithoutRandom<services::State, services::Decide>,
                              services::Apply, services::Save, services::Load});
  Machines made;
  made.world = [a = alarms.get(), i = incidents.get(), e = escalation.get(), n = notify.get(),
                s = services.get()] {
    return World{a->state(), i->state(), e->state(), n->state(), s->state()};
  };
  made.machines.push_back(std::move(alarms));
  made.machines.push_back(std::move(incidents));
  made.machines.push_back(std::move(escalation));
  made.machines.push_back(std::move(notify));
  made.machines.push_back(std::move(services));
  return made;
}

}  // namespace hinomi::control
