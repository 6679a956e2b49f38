#include <algorithm>
#include <utility>

#include "sim/impl/simulation.h"

namespace hinomi::sim {
namespace {

constexpr Manner kManners[] = {Manner::kOk,     Manner::kOk,      Manner::kDown,
                               Manner::kHangs,  Manner::kLies,    Manner::kThrottles,
                               Manner::kAbsurd, Manner::kRefuses, Manner::kSlow};
constexpr const char* kMannerNames[] = {"ok",        "down",   "hangs",   "lies",
                                        "throttles", "absurd", "refuses", "slow"};

}  // namespace

ops_model::JobResult Simulation::Deliver(const store::Job& job, Duration& answers_after) {
  using End = ops_model::JobResult::Outcome;
  ops_model::JobResult result;
  const auto payload = Json::Parse(job.spec.payload);
  const auto found = manners_.find(payload ? (*payload)["channel"].as_string() : "");
  switch (found == manners_.end() ? Manner::kOk : found->second) {
    case Manner::kOk:
      oracle_.OnArrived(job.spec.key);
      result.reason_code = "accepted";
      break;
    case Manner::kSlow:
      oracle_.OnArrived(job.spec.key);
      result.reason_code = "accepted";
      answers_after = Duration::Seconds(25);
      break;
    case Manner::kDown:
      result.outcome = End::kRetry;
      result.reason_code = "unreachable";
      break;
    case Manner::kHangs:
      result.outcome = End::kRetry;
      result.reason_code = "timeout";
      answers_after = Duration::Seconds(30);
      break;
    case Manner::kLies:
      oracle_.OnArrived(job.spec.key);
      result.outcome = End::kRetry;
      result.reason_code = "server_error";
      break;
    case Manner::kThrottles:
      result.outcome = End::kRetry;
      result.reason_code = "throttled";
      result.retry_after = Between(5, 200);
      break;
    case Manner::kAbsurd:
      result.outcome = End::kRetry;
      result.reason_code = "throttled";
      result.retry_after = Duration::Days(1 + static_cast<int64_t>(random_.Below(36'500)));
      break;
    case Manner::kRefuses:
      result.outcome = End::kFailed;
      result.reason_code = "refused";
      break;
  }
  return result;
}

ops_model::JobResult Simulation::Scale(const store::Job& job, Duration& answers_after) {
  using End = ops_model::JobResult::Outcome;
  ops_model::JobResult result;
  const auto payload = Json::Parse(job.spec.payload);
  int& replicas = replicas_[payload ? (*payload)["service"].as_string() : ""];
  const auto desired = static_cast<int>(payload ? (*payload)["desired"].as_int() : 0);
  const uint64_t draw = calm_ ? 0 : random_.Below(20);
  if (draw < 15) {
    replicas = desired;
    result.reason_code = "done";
  } else if (draw < 17) {
    result.outcome = End::kRetry;
    result.reason_code = "unreachable";
  } else if (draw < 19) {
    // It was done, and the answer is lost.
    replicas = desired;
    result.outcome = End::kRetry;
    result.reason_code = "timeout";
    answers_after = Duration::Seconds(30);
  } else {
    result.outcome = End::kFailed;
    result.reason_code = "refused";
  }
  return result;
}

ops_model::ServiceObservation Simulation::LookAt(const policy::ServiceDocument& service) {
  const auto known = replicas_.try_emplace(service.name, service.desired_count).first;
  ops_model::ServiceObservation seen{service.name, known->second};
  if (calm_) return seen;
  if (random_.Percent(3)) seen.healthy.reset();
  if (seen.healthy && random_.Percent(15))
    seen.healthy = static_cast<int>(random_.Below(static_cast<uint64_t>(known->second) + 1));
  return seen;
}

void Simulation::World() {
  if (now() >= store_well_at_ && (disk_full_ || store_gone_)) {
    disk_full_ = store_gone_ = false;
    Say("the store is well again");
  }
  if (!calm_ && now() >= next_weather_) {
    next_weather_ = now() + Between(30, 1800);
    Weather();
  }
  if (now() >= next_alarms_) {
    next_alarms_ = now() + Between(20, 400);
    Alarms(!calm_);
  }
  if (now() >= next_people_) {
    next_people_ = now() + Between(10, 900);
    if (!calm_) People();
    std::vector<std::string> keys;
    for (const auto& [key, command] : unsent_) keys.push_back(key);
    for (const std::string& key : keys) TryPut(key);
  }
}

void Simulation::Weather() {
  switch (random_.Below(11)) {
    case 0:
      disk_full_ = true;
      store_well_at_ = now() + Between(5, 90);
      return Say("the disk is full");
    case 1:
      store_gone_ = true;
      store_well_at_ = now() + Between(1, 60);
      return Say("the database is gone");
    case 2: {
      const Duration jump = random_.Percent(50) ? Between(1, 4000) : -Between(1, 600);
      clock_.JumpWall(clock_.Now() + jump);
      const bool seen = std::any_of(servers_.begin(), servers_.end(), [this](const Server& server) {
        return server.alive && server.leading && server.id == newest_leader_;
      });
      oracle_.OnWallJump(jump, seen);
      for (Server& server : servers_) server.idle_turn_at = now() + Duration::Seconds(1);
      return Say("the wall clock jumps by " + std::to_string(jump.seconds()) + " s");
    }
    case 3: {
      Server& server = servers_[random_.Below(servers_.size())];
      if (server.alive) Kill(server, "somebody killed it");
      return;
    }
    case 4: {
      Server& server = servers_[random_.Below(servers_.size())];
      server.partitioned = !server.partitioned;
      return Say("server " + std::to_string(server.id) +
                 (server.partitioned ? " is cut off" : " is back"));
    }
    case 5:
      folder_ = folders_[folder_ == folders_[0] ? 1 : 0];
      return Say("the ops folder is edited");
    default: {
      auto channel = manners_.begin();
      std::advance(channel, static_cast<std::ptrdiff_t>(random_.Below(manners_.size())));
      channel->second = kManners[random_.Below(std::size(kManners))];
      return Say(channel->first + ": " + kMannerNames[static_cast<int>(channel->second)]);
    }
  }
}

void Simulation::Alarms(bool flap) {
  std::vector<ops_model::Input> evaluations;
  for (const policy::AlarmDocument& alarm : folder_->alarms) {
    bool& breaching = breaching_[alarm.name];
    if (!flap) {
      breaching = false;
    } else if (random_.Percent(breaching ? 8 : 4)) {
      breaching = !breaching;
    }
    ops_model::AlarmEvaluation evaluation;
    evaluation.alarm = alarm.name;
    std::optional<double> value = breaching ? 2.0 : 0.0;
    if (flap && random_.Percent(2)) value.reset();
    for (int i = 0; i < std::max(3, alarm.look_back); ++i)
      evaluation.datapoints.push_back({clock_.Now() - Duration::Minutes(i + 1), value});
    evaluations.emplace_back(std::move(evaluation));
  }
  for (const policy::ServiceDocument& service : folder_->targets.services)
    evaluations.emplace_back(LookAt(service));
  for (Server& server : servers_)
    if (server.leading)
      server.inputs.insert(server.inputs.end(), evaluations.begin(), evaluations.end());
}

void Simulation::People() {
  const std::vector<std::string> open = oracle_.OpenIncidents();
  const std::string who = random_.Percent(50) ? "sato" : "suzuki";
  // Sometimes one that is resolved for long, or never was.
  std::string incident = "INC-" + std::to_string(1 + random_.Below(20));
  if (!open.empty() && random_.Percent(85)) incident = open[random_.Below(open.size())];
  Json arguments = Json::MakeObject();
  arguments.Set("incident", incident);
  const uint64_t what = random_.Below(30);
  std::string verb;
  if (what < 5) {
    verb = "incident.acknowledge";
  } else if (what < 9) {
    verb = "incident.resolve";
    arguments.Set("text", "done by hand");
  } else if (what < 12) {
    verb = "incident.note";
    arguments.Set("text", "note " + std::to_string(commands_));
  } else if (what < 13) {
    verb = "incident.escalate";
  } else if (what < 15) {
    verb = "incident.open";
    arguments = Json::MakeObject();
    arguments.Set("title", "by hand " + std::to_string(commands_))
        .Set("severity", random_.Percent(40) ? "critical" : "error");
  } else if (what < 19) {
    verb = "sim.once";
  } else if (what < 20) {
    verb = "person.erase";
    arguments = Json::MakeObject().Set("person", random_.Percent(50) ? "sato" : "suzuki");
  } else if (what < 22) {
    verb = "service.scale";
    // Sometimes more or fewer than it may have, or another service.
    arguments = Json::MakeObject()
                    .Set("service", random_.Percent(90) ? "app" : "nobody")
                    .Set("count", static_cast<int64_t>(random_.Below(8)))
                    .Set("dry_run", random_.Percent(10));
  } else if (what < 23) {
    verb = "channel.test";
    arguments = Json::MakeObject().Set("contact", "on-call");
  } else if (what < 25) {
    verb = "incident.unacknowledge";
  } else if (what < 27) {
    verb = "incident.snooze";
    arguments.Set("for", std::to_string(1 + random_.Below(50)) + "m");
  } else if (what < 29) {
    verb = "incident.severity";
    constexpr const char* kSeverities[] = {"critical", "error", "warning"};
    arguments.Set("severity", kSeverities[random_.Below(std::size(kSeverities))]);
  } else {
    verb = "incident.merge";
    arguments.Set("into", open.empty() ? "INC-1" : open[random_.Below(open.size())]);
  }
  const std::string key = "k" + std::to_string(commands_++);
  Put(key, who, verb, arguments);
  // An impatient caller repeats himself.
  if (random_.Percent(20)) Put(key, who, verb, arguments);
}

void Simulation::Put(const std::string& key, const std::string& who, const std::string& verb,
                     Json arguments) {
  Json body = Json::MakeObject();
  body.Set("verb", verb).Set("via", "cli").Set("arguments", std::move(arguments));
  Say(who + ": " + body.Dump());
  verbs_[key] = verb;
  unsent_[key] = {key, who, body.Dump()};
  TryPut(key);
}

void Simulation::TryPut(const std::string& key) {
  for (Server& server : servers_) {
    if (!server.alive || server.dying) continue;
    const auto put = server.store->PutCommand(unsent_[key], clock_.Now());
    if (!put) continue;
    if (const auto known = put_.find(key); known != put_.end() && known->second != put->id)
      oracle_.Fail("command " + key + " was taken down twice");
    put_[key] = put->id;
    unsent_.erase(key);
    // The leader is woken by it.
    for (Server& other : servers_) other.rest_until = std::min(other.rest_until, now());
    for (Server& other : servers_)
      if (other.leading && !other.dying) other.inputs.emplace_back(ops_model::TimerInput{});
    return;
  }
}

void Simulation::Calm() {
  calm_ = true;
  disk_full_ = store_gone_ = false;
  for (auto& [name, manner] : manners_) manner = Manner::kOk;
  for (Server& server : servers_) server.partitioned = false;
  Say("all is calm");
}

}  // namespace hinomi::sim
