#include <map>

#include "sim/impl/simulation.h"

namespace hinomi::sim {
namespace {

using ops_model::AlarmActionTaken;
using ops_model::Decision;
using ops_model::Input;
using ops_model::JobResult;
using ops_model::JobVerdict;

class OnceMachine : public control::Machine {
 public:
  std::string_view name() const override { return "once"; }

  Decision Decide(const Input& input, Instant now, const policy::OpsFolder&,
                  Random&) const override {
    Decision decision;
    if (const auto* command = std::get_if<ops_model::CommandInput>(&input)) {
      if (command->verb != "sim.once") return decision;
      const std::string key = "ONCE-" + std::to_string(command->command_id);
      decision.events.emplace_back(AlarmActionTaken{key, "sim.once", "requested", ""});
      ops_model::JobSpec job;
      job.kind = "once";
      job.key = key;
      job.due = now;
      job.payload = Json::MakeObject();
      job.once = true;
      decision.jobs.push_back(std::move(job));
      decision.answer.Set("key", key);
    } else if (const auto* result = std::get_if<JobResult>(&input)) {
      if (result->kind != "once") return decision;
      const bool unknown = result->outcome == JobResult::Outcome::kUnknown;
      decision.events.emplace_back(
          AlarmActionTaken{result->key, "sim.once", unknown ? "unknown" : "done", ""});
      // What nobody knows the end of stays as it is: a person decides.
      if (!unknown)
        decision.verdicts.push_back({result->id, JobVerdict::Action::kDone, {}, "", result->key});
    }
    return decision;
  }
  void Apply(const ops_model::Event& event) override {
    if (const auto* action = std::get_if<AlarmActionTaken>(&event.body))
      if (action->action == "sim.once") state_[action->alarm] = action->outcome;
  }
  std::optional<Instant> NextWakeup() const override { return std::nullopt; }
  Json Save() const override {
    Json saved = Json::MakeObject();
    for (const auto& [key, outcome] : state_) saved.Set(key, outcome);
    return saved;
  }
  void Load(const Json& saved) override {
    state_.clear();
    for (const auto& [key, outcome] : saved.as_object()) state_[key] = outcome.as_string();
  }
  void Reset() override { state_.clear(); }

 private:
  std::map<std::string, std::string> state_;
};

}  // namespace

std::unique_ptr<control::Machine> MakeOnceMachine() {
  return std::make_unique<OnceMachine>();
}

}  // namespace hinomi::sim
