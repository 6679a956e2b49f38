#include <algorithm>
#include <utility>

#include "sim/impl/simulation.h"

namespace hinomi::sim {
namespace {

constexpr Duration kLeaseTtl = Duration::Seconds(300);
constexpr Duration kRenewEvery = Duration::Seconds(60);
constexpr Duration kTryToLeadEvery = Duration::Seconds(5);
constexpr Duration kLongestRest = Duration::Seconds(1);

}  // namespace

Status Simulation::OnStoreCall(int id, std::string_view call, store::FaultPoint point) {
  Server& server = servers_[static_cast<size_t>(id)];
  const bool before = point == store::FaultPoint::kBefore;
  if (server.dying) return Unavailable("the process is dead");
  if (!calm_) {
    if (before && (store_gone_ || server.partitioned)) return Unavailable("the database is gone");
    if (before && disk_full_ && (call == "Commit" || call == "PutCommand"))
      return Exhausted("the disk is full");
    if (server.calls_to_fault > 0) --server.calls_to_fault;
    // Most calls are small talk; what matters most fails most.
    if (server.calls_to_fault == 0 || (call == "Commit" && random_.Percent(1))) {
      server.calls_to_fault = 50 + random_.Below(3000);
      const std::string where =
          std::string(call) + (before ? " before" : " after") + " it was done";
      if (random_.Percent(60)) {
        server.dying = true;
        Say("server " + std::to_string(id) + " dies at " + where);
        return Unavailable("the process is dead");
      }
      Say("server " + std::to_string(id) + ": store fails at " + where);
      return Unavailable("a passing fault");
    }
  }
  return {};
}

void Simulation::Boot(Server& server) {
  const int id = server.id;
  server.alive = true;
  server.dying = server.leading = server.failed = false;
  server.inputs.clear();
  server.calls_to_fault = 50 + random_.Below(3000);
  MutantContext mutant{options_.mutant, &newest_epoch_};
  server.store =
      Mutate(store::OpenMemoryStore(database_, clock_,
                                    [this, id](std::string_view call, store::FaultPoint point) {
                                      return OnStoreCall(id, call, point);
                                    }),
             mutant);
  server.machines = control::MakeMachines();
  auto machines = Mutate(std::move(server.machines.machines), mutant);
  machines.push_back(MakeOnceMachine());
  control::ControlOptions options;
  options.holder = "server-" + std::to_string(id);
  options.release = "0.1.0";
  options.lease_ttl = kLeaseTtl;
  options.snapshot_every = 40;
  options.salt = [this](size_t size) {
    std::string salt;
    for (size_t i = 0; i < size; ++i) salt.push_back(static_cast<char>(random_.Below(256)));
    return salt;
  };
  options.sign = [this](const store::Head& head, Instant at) -> Result<store::Checkpoint> {
    return store::MakeCheckpoint(key_, head, at);
  };
  server.loop =
      std::make_unique<control::ControlLoop>(options, *server.store, clock_, Random(random_.Next()),
                                             std::move(machines), telemetry_, log_);
  Say("server " + std::to_string(id) + " starts");
  TryToLead(server);
}

void Simulation::Kill(Server& server, const std::string& why) {
  Say("server " + std::to_string(server.id) + " is dead: " + why);
  ++crashes_;
  ++server.generation;
  if (server.id == newest_leader_) oracle_.OnLeaderGone();
  server.alive = server.leading = server.dying = false;
  server.loop.reset();
  server.machines = {};
  server.store.reset();
  server.restart_at = now() + Between(1, 120);
}

void Simulation::TryToLead(Server& server) {
  server.rest_until = now() + kTryToLeadEvery;
  server.policy = folder_;
  const Status led = server.loop->Start(folder_);
  if (server.dying) return;
  server.leading = led.has_value();
  server.failed = !led;
  if (!led) {
    if (led.error().code == ErrorCode::kConflict) {
      if (const Status followed = server.loop->Follow(folder_); !followed)
        Say("server " + std::to_string(server.id) + " cannot follow: " + followed.error().message);
    }
    return;
  }
  Say("server " + std::to_string(server.id) + " leads");
  if (newest_leader_ != server.id && newest_leader_ >= 0) ++takeovers_;
  newest_leader_ = server.id;
  newest_epoch_ = server.loop->epoch();
  oracle_.OnLeaderGone();
  server.renewed = now();
  server.rest_until = now();
  oracle_.Absorb();
  oracle_.CheckFold(*server.loop);
}

void Simulation::StepServer(Server& server) {
  if (!server.alive) {
    if (now() >= server.restart_at) Boot(server);
  } else if (server.leading) {
    Lead(server);
  } else if (now() >= server.rest_until) {
    TryToLead(server);
  }
  oracle_.Absorb();
  if (server.alive && server.dying) Kill(server, "it crashed");
}

void Simulation::Lead(Server& server) {
  const bool due = !server.inputs.empty() || now() >= NextOf(server);
  if (!due || (server.failed && now() < server.rest_until)) return;
  server.idle_turn_at.reset();
  control::ControlLoop& loop = *server.loop;
  // What cannot be written now is in the next turn.
  if (std::exchange(server.policy, folder_) != folder_) (void)loop.UsePolicy(folder_);
  Status status = loop.Turn(std::exchange(server.inputs, {}));
  if (status && now() - server.renewed >= kRenewEvery) {
    status = loop.RenewLease();
    if (status) {
      server.renewed = now();
      newest_epoch_ = loop.epoch();
      newest_leader_ = server.id;
    }
  }
  if (status) (void)loop.CheckpointIfDue();  // Else at a later turn.
  server.failed = !status;
  server.rest_until = now() + kLongestRest;
  if (server.dying) return;
  if (!status) {
    Say("server " + std::to_string(server.id) + ": " + status.error().message);
    if (status.error().code == ErrorCode::kConflict) {
      server.leading = false;
      if (server.id == newest_leader_) oracle_.OnLeaderGone();
      server.rest_until = now() + kTryToLeadEvery;
    }
    return;
  }
  Dispatch(server);
}

void Simulation::Dispatch(Server& server) {
  for (const store::Lane lane : {store::Lane::kUrgent, store::Lane::kNormal}) {
    const size_t busy = Busy(server, lane);
    if (busy >= kSlots) continue;
    const auto jobs = server.loop->ClaimJobs(lane, kSlots - busy);
    oracle_.Absorb();
    if (server.dying) return;
    if (!jobs) {
      server.failed = true;
      return;
    }
    for (const store::Job& job : *jobs) {
      oracle_.OnClaimed(job, server.id == newest_leader_);
      Send(server, job);
    }
  }
}

void Simulation::Send(Server& server, const store::Job& job) {
  Flight flight;
  flight.server = server.id;
  flight.generation = server.generation;
  flight.job = job;
  ops_model::JobResult& result = flight.result;
  Duration answers_after = Duration::Millis(100);
  if (job.spec.kind == "page" &&
      !notify::StillWanted(server.machines.world().notify, job.spec.key)) {
    result.outcome = ops_model::JobResult::Outcome::kFailed;
    result.reason_code = "cancelled";
  } else if (job.spec.kind == "page") {
    oracle_.OnAttempt(job.spec.key, server.id == newest_leader_);
    result = Deliver(job, answers_after);
    Say("server " + std::to_string(server.id) + " sends " + job.spec.key + " try " +
        std::to_string(job.attempts) + ": " + result.reason_code);
    result.answered_at = clock_.Now();
    oracle_.OnRetryAfter(job.spec.key, result.retry_after);
  } else if (job.spec.kind == services::kJobKind &&
             !services::StillWanted(server.machines.world().services, job.spec.key)) {
    result.outcome = ops_model::JobResult::Outcome::kFailed;
    result.reason_code = "cancelled";
  } else if (job.spec.kind == services::kJobKind) {
    oracle_.OnScaleRun(job, server.id == newest_leader_);
    result = Scale(job, answers_after);
    Say("server " + std::to_string(server.id) + " has " + job.spec.payload + " done, try " +
        std::to_string(job.attempts) + ": " + result.reason_code);
  } else {
    oracle_.OnOnceDone(job.spec.key);
    answers_after = Between(1, 90);
    result.reason_code = "done";
  }
  result.kind = job.spec.kind;
  result.key = job.spec.key;
  result.id = job.id;
  result.attempt = job.attempts;
  if (const auto payload = Json::Parse(job.spec.payload)) result.payload = *payload;
  flight.answers_at = now() + answers_after;
  // Some processes die between the act and its answer.
  if (!calm_ && random_.Percent(2)) server.dying = true;
  flights_.push_back(std::move(flight));
}

void Simulation::Settle(Flight flight) {
  Server& server = servers_[static_cast<size_t>(flight.server)];
  if (!server.alive || server.generation != flight.generation || !server.leading) return;
  server.inputs.emplace_back(std::move(flight.result));
}

}  // namespace hinomi::sim
