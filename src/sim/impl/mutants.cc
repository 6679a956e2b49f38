#include "sim/impl/mutants.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "notify/notify.h"
#include "sim/impl/forwarding_store.h"

namespace hinomi::sim {
namespace {

using control::Machine;
using ops_model::Decision;
using ops_model::Input;

class ForwardingMachine : public Machine {
 public:
  explicit ForwardingMachine(std::unique_ptr<Machine> under) : under_(std::move(under)) {}
  std::string_view name() const override { return under_->name(); }
  Decision Decide(const Input& input, Instant now, const policy::OpsFolder& policy,
                  Random& random) const override {
    return under_->Decide(input, now, policy, random);
  }
  void Apply(const ops_model::Event& event) override { under_->Apply(event); }
  std::optional<Instant> NextWakeup() const override { return under_->NextWakeup(); }
  Json Save() const override { return under_->Save(); }
  void Load(const Json& saved) override { under_->Load(saved); }
  void Reset() override { under_->Reset(); }

 protected:
  std::unique_ptr<Machine> under_;
};

/// Changes what a machine decides.
class Meddler : public ForwardingMachine {
 public:
  using Change = std::function<void(Input& input, Instant now)>;
  using After = std::function<void(const Input& input, Instant now, Decision& decision)>;
  Meddler(std::unique_ptr<Machine> under, Change before, After after)
      : ForwardingMachine(std::move(under)), before_(std::move(before)), after_(std::move(after)) {}
  Decision Decide(const Input& input, Instant now, const policy::OpsFolder& policy,
                  Random& random) const override {
    Input changed = input;
    if (before_) before_(changed, now);
    Decision decision = under_->Decide(changed, now, policy, random);
    if (after_) after_(input, now, decision);
    return decision;
  }

 private:
  Change before_;
  After after_;
};

const ops_model::EventBody* BodyOf(const Input& input) {
  const auto* event = std::get_if<ops_model::EventInput>(&input);
  return event == nullptr ? nullptr : &event->event.body;
}

std::unique_ptr<Machine> DropsJobs(std::unique_ptr<Machine> under) {
  return std::make_unique<Meddler>(std::move(under), nullptr,
                                   [n = 0](const Input&, Instant, Decision& d) mutable {
                                     if (!d.jobs.empty() && ++n % 5 == 0) d.jobs.pop_back();
                                   });
}

std::unique_ptr<Machine> IgnoresRetryAfter(std::unique_ptr<Machine> under) {
  return std::make_unique<Meddler>(
      std::move(under),
      [](Input& input, Instant) {
        if (auto* result = std::get_if<ops_model::JobResult>(&input)) result->retry_after = {};
      },
      nullptr);
}

/// An acknowledgement sets off the next level instead of quieting it.
class EscalatesAtAcknowledgement : public ForwardingMachine {
 public:
  using ForwardingMachine::ForwardingMachine;
  Decision Decide(const Input& input, Instant now, const policy::OpsFolder& policy,
                  Random& random) const override {
    Decision decision = under_->Decide(input, now, policy, random);
    const auto* body = BodyOf(input);
    const auto* ack =
        body == nullptr ? nullptr : std::get_if<ops_model::IncidentAcknowledged>(body);
    if (ack != nullptr) {
      ops_model::CommandInput command;
      command.verb = "incident.escalate";
      command.arguments.Set("incident", ack->incident);
      Decision extra = under_->Decide(Input(command), now, policy, random);
      for (auto& event : extra.events) {
        if (auto* fired = std::get_if<ops_model::EscalationStepFired>(&event))
          fired->reason_code = "not_resolved_in_time";
        decision.events.push_back(std::move(event));
      }
    }
    return decision;
  }
};

std::unique_ptr<Machine> FiresTwice(std::unique_ptr<Machine> under) {
  return std::make_unique<Meddler>(
      std::move(under), nullptr, [](const Input&, Instant, Decision& decision) {
        const auto events = decision.events;
        for (const auto& event : events)
          if (std::holds_alternative<ops_model::EscalationStepFired>(event))
            decision.events.push_back(event);
      });
}

std::unique_ptr<Machine> PagesTheResolved(std::unique_ptr<Machine> under) {
  return std::make_unique<Meddler>(
      std::move(under), nullptr, [](const Input& input, Instant, Decision& decision) {
        const auto* body = BodyOf(input);
        if (body == nullptr || !std::holds_alternative<ops_model::IncidentResolved>(*body)) return;
        decision.verdicts.clear();
        std::erase_if(decision.events, [](const auto& event) {
          return std::holds_alternative<ops_model::PageSuppressed>(event);
        });
      });
}

std::unique_ptr<Machine> ClingsToOneWay(std::unique_ptr<Machine> under) {
  return std::make_unique<Meddler>(
      std::move(under), nullptr, [](const Input& input, Instant, Decision& decision) {
        if (!std::holds_alternative<ops_model::JobResult>(input) || decision.verdicts.empty() ||
            decision.verdicts[0].action != ops_model::JobVerdict::Action::kRetryAt)
          return;
        decision.jobs.clear();
        std::erase_if(decision.events, [](const auto& event) {
          return std::holds_alternative<ops_model::PageQueued>(event);
        });
      });
}

/// A retry goes out under another name.
class NewNamePerTry : public ForwardingMachine {
 public:
  using ForwardingMachine::ForwardingMachine;
  Decision Decide(const Input& input, Instant now, const policy::OpsFolder& policy,
                  Random& random) const override {
    Decision decision = under_->Decide(input, now, policy, random);
    const auto* result = std::get_if<ops_model::JobResult>(&input);
    if (result == nullptr || decision.verdicts.size() != 1 ||
        decision.verdicts[0].action != ops_model::JobVerdict::Action::kRetryAt ||
        decision.events.size() != 1)
      return decision;
    const notify::State state = notify::Load(under_->Save());
    const auto page = state.pages.find(result->key);
    if (page == state.pages.end()) return decision;
    ops_model::PageQueued queued = page->second.queued;
    queued.page = "PG-" + std::to_string(state.last_page + 1);
    queued.due = decision.verdicts[0].due;
    ops_model::JobSpec job;
    job.kind = notify::kJobKind;
    job.key = queued.page;
    job.due = queued.due;
    job.payload = result->payload;
    job.payload.Set("page", queued.page);
    job.urgent = true;
    decision.jobs.push_back(std::move(job));
    decision.events.emplace_back(std::move(queued));
    decision.verdicts[0].action = ops_model::JobVerdict::Action::kDone;
    return decision;
  }
};

class LateTimer : public ForwardingMachine {
 public:
  using ForwardingMachine::ForwardingMachine;
  std::optional<Instant> NextWakeup() const override {
    const auto wakeup = under_->NextWakeup();
    return wakeup ? std::optional(*wakeup + Duration::Hours(1)) : wakeup;
  }
};

/// Goes by the wall although it was set back.
class ClingsToTheWall : public ForwardingMachine {
 public:
  using ForwardingMachine::ForwardingMachine;
  void Apply(const ops_model::Event& event) override {
    if (!std::holds_alternative<ops_model::ClockSetBack>(event.body)) under_->Apply(event);
  }
};

/// Rests for less time than it should.
class Impatient : public ForwardingMachine {
 public:
  using ForwardingMachine::ForwardingMachine;
  Decision Decide(const Input& input, Instant now, const policy::OpsFolder& policy,
                  Random& random) const override {
    return under_->Decide(input, now + Duration::Minutes(2), policy, random);
  }
};

/// Hears an alarm when it goes off, and not that it goes on.
class AsksOnce : public ForwardingMachine {
 public:
  using ForwardingMachine::ForwardingMachine;
  Decision Decide(const Input& input, Instant now, const policy::OpsFolder& policy,
                  Random& random) const override {
    if (std::holds_alternative<ops_model::AlarmEvaluation>(input)) return {};
    return under_->Decide(input, now, policy, random);
  }
};

/// One replica more than it may be, at times.
std::unique_ptr<Machine> GoesTooFar(std::unique_ptr<Machine> under) {
  return std::make_unique<Meddler>(std::move(under), nullptr,
                                   [](const Input&, Instant, Decision& decision) {
                                     for (auto& event : decision.events) {
                                       auto* scaled = std::get_if<ops_model::ServiceScaled>(&event);
                                       if (scaled == nullptr || scaled->to != scaled->maximum)
                                         continue;
                                       ++scaled->to;
                                       for (ops_model::JobSpec& job : decision.jobs)
                                         job.payload.Set("desired", scaled->to);
                                     }
                                   });
}

std::unique_ptr<Machine> AsksForAnotherNumber(std::unique_ptr<Machine> under) {
  return std::make_unique<Meddler>(
      std::move(under), nullptr, [n = 0](const Input&, Instant, Decision& decision) mutable {
        for (ops_model::JobSpec& job : decision.jobs)
          if (++n % 4 == 0) job.payload.Set("desired", job.payload["desired"].as_int() + 1);
      });
}

/// Says each minute why it does not scale.
class RepeatsItself : public ForwardingMachine {
 public:
  using ForwardingMachine::ForwardingMachine;
  void Apply(const ops_model::Event& event) override {
    if (!std::holds_alternative<ops_model::ServiceScalingDeclined>(event.body))
      under_->Apply(event);
  }
};

/// Takes every service for healthy when it is to be scaled in.
class TakesAllForHealthy : public ForwardingMachine {
 public:
  using ForwardingMachine::ForwardingMachine;
  Decision Decide(const Input& input, Instant now, const policy::OpsFolder& policy,
                  Random& random) const override {
    policy::OpsFolder careless = policy;
    for (policy::ServiceDocument& service : careless.targets.services)
      service.scaling.healthy_minimum = 0;
    return under_->Decide(input, now, careless, random);
  }
};

class ForgetfulSnapshot : public ForwardingMachine {
 public:
  using ForwardingMachine::ForwardingMachine;
  void Load(const Json& saved) override {
    Json less = saved;
    less.Set("open", Json::MakeArray());
    under_->Load(less);
  }
};

// --- stores -----------------------------------------------------------------

class ReleasesEarly : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<store::Head> Commit(const store::Turn& turn) override {
    if (turn.jobs.empty()) return under_->Commit(turn);
    store::Turn jobs;
    jobs.epoch = turn.epoch;
    jobs.at = turn.at;
    jobs.expected_head = turn.expected_head;
    jobs.jobs = turn.jobs;
    HN_TRY_VOID(under_->Commit(jobs));
    store::Turn rest = turn;
    rest.jobs.clear();
    return under_->Commit(rest);
  }
};

class ForgetsOrphans : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<std::vector<store::Job>> OrphanedJobs(uint64_t) override {
    return std::vector<store::Job>{};
  }
};

class KeepsTheErased : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Status ErasePerson(const std::string&) override { return {}; }
};

class RetriesOnce : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<std::vector<store::Job>> OrphanedJobs(uint64_t epoch) override {
    HN_TRY(auto jobs, under_->OrphanedJobs(epoch));
    for (store::Job& job : jobs) job.spec.once = false;
    return jobs;
  }
};

class LosesTail : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<std::optional<store::Snapshot>> ReadSnapshot(const std::string& machine) override {
    HN_TRY(auto snapshot, under_->ReadSnapshot(machine));
    HN_TRY(const store::Head head, under_->JournalHead());
    if (snapshot) snapshot->sequence = head.sequence;
    return snapshot;
  }
};

class SwallowsAnswers : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<store::Head> Commit(const store::Turn& turn) override {
    store::Turn less = turn;
    if (!less.answers.empty() && ++n_ % 4 == 0) less.answers.pop_back();
    return under_->Commit(less);
  }

 private:
  int n_ = 0;
};

class LosesRetries : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<store::Head> Commit(const store::Turn& turn) override {
    store::Turn less = turn;
    std::erase_if(less.job_updates, [](const store::JobUpdate& update) {
      return update.state == store::JobState::kPending;
    });
    return under_->Commit(less);
  }
};

/// The time at which the server was last alive never goes back.
class FindsJumpsTwice : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<std::vector<store::JournalEntry>> ReadJournal(uint64_t after, size_t limit) override {
    HN_TRY(auto entries, under_->ReadJournal(after, limit));
    if (limit != 1 || entries.empty()) return entries;
    HN_TRY(const auto all, under_->ReadJournal(0, 1'000'000));
    for (const store::JournalEntry& entry : all) entries[0].at = std::max(entries[0].at, entry.at);
    return entries;
  }
};

class IgnoresStaleLease : public ForwardingStore {
 public:
  IgnoresStaleLease(std::unique_ptr<store::Store> under, const uint64_t* newest)
      : ForwardingStore(std::move(under)), newest_(newest) {}
  Result<store::Head> Commit(const store::Turn& turn) override {
    store::Turn forged = turn;
    forged.epoch = *newest_;
    return under_->Commit(forged);
  }
  Result<std::vector<store::Job>> ClaimJobs(uint64_t, store::Lane lane, Instant now,
                                            size_t limit) override {
    return under_->ClaimJobs(*newest_, lane, now, limit);
  }

 private:
  const uint64_t* newest_;
};

/// Hears facts otherwise than they are; nothing: not at all.
class MisheardFacts : public ForwardingMachine {
 public:
  using Mishear = std::function<bool(ops_model::EventBody& body)>;
  MisheardFacts(std::unique_ptr<Machine> under, Mishear mishear)
      : ForwardingMachine(std::move(under)), mishear_(std::move(mishear)) {}
  void Apply(const ops_model::Event& event) override {
    ops_model::Event heard = event;
    if (mishear_(heard.body)) under_->Apply(heard);
  }

 private:
  Mishear mishear_;
};

template <typename Fact>
std::unique_ptr<Machine> DoesNotHear(std::unique_ptr<Machine> under) {
  return std::make_unique<MisheardFacts>(std::move(under), [](ops_model::EventBody& body) {
    return !std::holds_alternative<Fact>(body);
  });
}

std::unique_ptr<Machine> ClimbsForEver(std::unique_ptr<Machine> under) {
  return std::make_unique<MisheardFacts>(std::move(under), [](ops_model::EventBody& body) {
    if (auto* started = std::get_if<ops_model::EscalationStarted>(&body))
      started->passes = ops_model::kPassesWithoutEnd;
    return true;
  });
}

std::unique_ptr<Machine> RepeatsLater(std::unique_ptr<Machine> under) {
  return std::make_unique<MisheardFacts>(std::move(under), [](ops_model::EventBody& body) {
    if (auto* started = std::get_if<ops_model::EscalationStarted>(&body))
      for (auto& step : started->steps) step.repeat_every = step.repeat_every + step.repeat_every;
    return true;
  });
}

std::unique_ptr<Machine> LeavesTheLadder(std::unique_ptr<Machine> under) {
  return std::make_unique<Meddler>(
      std::move(under), nullptr, [](const Input& input, Instant, Decision& decision) {
        const auto* body = BodyOf(input);
        if (body != nullptr && std::holds_alternative<ops_model::IncidentSeverityChanged>(*body))
          decision = {};
      });
}

std::unique_ptr<Machine> PagesTheAcknowledged(std::unique_ptr<Machine> under) {
  return std::make_unique<Meddler>(
      std::move(under), nullptr, [](const Input& input, Instant, Decision& decision) {
        const auto* body = BodyOf(input);
        if (body == nullptr || !std::holds_alternative<ops_model::IncidentAcknowledged>(*body))
          return;
        decision.verdicts.clear();
        std::erase_if(decision.events, [](const auto& event) {
          return std::holds_alternative<ops_model::PageSuppressed>(event);
        });
      });
}

using BreakMachine = std::unique_ptr<Machine> (*)(std::unique_ptr<Machine>);
using BreakStore = std::unique_ptr<store::Store> (*)(std::unique_ptr<store::Store>,
                                                     const MutantContext&);

template <typename T>
std::unique_ptr<Machine> WrapMachine(std::unique_ptr<Machine> under) {
  return std::make_unique<T>(std::move(under));
}
template <typename T>
std::unique_ptr<store::Store> WrapStore(std::unique_ptr<store::Store> under, const MutantContext&) {
  return std::make_unique<T>(std::move(under));
}

struct Mutant {
  const char* name;
  const char* machine;  ///< Which one it breaks; "" for the store.
  BreakMachine break_machine;
  BreakStore break_store;
};

constexpr Mutant kMutants[] = {
    {"drops_jobs", "notify", DropsJobs, nullptr},
    {"ignores_retry_after", "notify", IgnoresRetryAfter, nullptr},
    {"pages_the_resolved", "notify", PagesTheResolved, nullptr},
    {"clings_to_one_way", "notify", ClingsToOneWay, nullptr},
    {"new_name_per_try", "notify", WrapMachine<NewNamePerTry>, nullptr},
    {"escalates_at_acknowledgement", "escalation", WrapMachine<EscalatesAtAcknowledgement>,
     nullptr},
    {"fires_steps_twice", "escalation", FiresTwice, nullptr},
    {"timer_an_hour_late", "escalation", WrapMachine<LateTimer>, nullptr},
    {"levels_wait_for_a_clock_set_back", "escalation", WrapMachine<ClingsToTheWall>, nullptr},
    {"acknowledgements_stop_nothing", "escalation", DoesNotHear<ops_model::IncidentAcknowledged>,
     nullptr},
    {"snoozes_hold_nothing", "escalation", DoesNotHear<ops_model::IncidentSnoozed>, nullptr},
    {"climbs_for_ever", "escalation", ClimbsForEver, nullptr},
    {"repeats_half_as_often", "escalation", RepeatsLater, nullptr},
    {"a_worse_severity_calls_nobody", "escalation", LeavesTheLadder, nullptr},
    {"pages_the_acknowledged", "notify", PagesTheAcknowledged, nullptr},
    {"snapshot_forgets_open_incidents", "incidents", WrapMachine<ForgetfulSnapshot>, nullptr},
    {"scales_within_the_cooldown", "services", WrapMachine<Impatient>, nullptr},
    {"scales_beyond_the_maximum", "services", GoesTooFar, nullptr},
    {"scales_once_an_alarm", "services", WrapMachine<AsksOnce>, nullptr},
    {"job_names_another_number", "services", AsksForAnotherNumber, nullptr},
    {"declines_each_minute", "services", WrapMachine<RepeatsItself>, nullptr},
    {"scales_in_below_the_healthy_minimum", "services", WrapMachine<TakesAllForHealthy>, nullptr},
    {"releases_jobs_before_commit", "", nullptr, WrapStore<ReleasesEarly>},
    {"forgets_orphaned_jobs", "", nullptr, WrapStore<ForgetsOrphans>},
    {"keeps_the_erased", "", nullptr, WrapStore<KeepsTheErased>},
    {"repeats_once_jobs", "", nullptr, WrapStore<RetriesOnce>},
    {"loses_tail_after_snapshot", "", nullptr, WrapStore<LosesTail>},
    {"swallows_answers", "", nullptr, WrapStore<SwallowsAnswers>},
    {"finds_a_jump_twice", "", nullptr, WrapStore<FindsJumpsTwice>},
    {"loses_retries", "", nullptr, WrapStore<LosesRetries>},
    {"ignores_stale_lease", "", nullptr,
     [](std::unique_ptr<store::Store> under,
        const MutantContext& context) -> std::unique_ptr<store::Store> {
       return std::make_unique<IgnoresStaleLease>(std::move(under), context.newest_epoch);
     }},
};

}  // namespace

std::vector<std::string> MutantNames() {
  std::vector<std::string> names;
  for (const Mutant& mutant : kMutants) names.emplace_back(mutant.name);
  return names;
}

std::vector<std::unique_ptr<Machine>> Mutate(std::vector<std::unique_ptr<Machine>> machines,
                                             const MutantContext& context) {
  for (const Mutant& mutant : kMutants) {
    if (context.name != mutant.name || mutant.break_machine == nullptr) continue;
    for (auto& machine : machines)
      if (machine->name() == mutant.machine) machine = mutant.break_machine(std::move(machine));
  }
  return machines;
}

std::unique_ptr<store::Store> Mutate(std::unique_ptr<store::Store> store,
                                     const MutantContext& context) {
  for (const Mutant& mutant : kMutants)
    if (context.name == mutant.name && mutant.break_store != nullptr)
      return mutant.break_store(std::move(store), context);
  return store;
}

}  // namespace hinomi::sim
