#include "sim/sim.h"

#include <algorithm>
#include <cstdio>

#include "sim/impl/folder.h"
#include "sim/impl/simulation.h"

namespace hinomi::sim {

namespace {
constexpr size_t kStepsKept = 60;
constexpr Duration kCalm = Duration::Hours(4);

std::string Line(const store::JournalEntry& entry) {
  return Json::MakeObject()
      .Set("sequence", entry.sequence)
      .Set("at", FormatRfc3339(entry.at))
      .Set("type", entry.event.type)
      .Set("version", entry.event.version)
      .Set("subject", entry.event.subject)
      .Set("actor", entry.event.actor)
      .Set("body", entry.event.body)
      .Dump();
}
}  // namespace

Simulation::Simulation(const Options& options)
    : options_(options),
      random_(options.seed * 0x9E3779B97F4A7C15u + 1),
      database_(store::MakeMemoryDatabase()),
      reader_(store::OpenMemoryStore(database_, clock_)),
      oracle_(*reader_, clock_) {
  for (const policy::ChannelDocument& channel : folder_->channels)
    if (channel.configured && channel.type != "outbox") manners_[channel.name] = Manner::kOk;
  servers_.resize(random_.Percent(50) ? 2 : 1);
  for (size_t i = 0; i < servers_.size(); ++i) servers_[i].id = static_cast<int>(i);
}

Outcome Simulation::Run() {
  RunUntil(options_.length, false);
  if (oracle_.violation().empty()) {
    Calm();
    RunUntil(options_.length + kCalm, true);
  }
  if (oracle_.violation().empty()) {
    for (Server& server : servers_)
      if (server.leading) oracle_.CheckFold(*server.loop);
    oracle_.CheckEnd(put_, verbs_);
  }
  Outcome outcome;
  outcome.violation = oracle_.violation();
  outcome.last_steps.assign(steps_.begin(), steps_.end());
  outcome.events = oracle_.events();
  outcome.pages_received = oracle_.arrivals();
  outcome.crashes = crashes_;
  outcome.takeovers = takeovers_;
  if (const auto head = reader_->JournalHead()) outcome.journal_hash = ToHex(head->hash);
  if (options_.keep_journal) {
    if (const auto entries = reader_->ReadJournal(0, 1'000'000))
      for (const store::JournalEntry& entry : *entries) outcome.journal.push_back(Line(entry));
  }
  // Loops borrow what is declared before them.
  for (Server& server : servers_) server.loop.reset();
  return outcome;
}

void Simulation::RunUntil(Duration end, bool) {
  while (now() < end && oracle_.violation().empty()) {
    World();
    for (size_t i = 0; i < flights_.size();) {
      if (flights_[i].answers_at > now()) {
        ++i;
        continue;
      }
      Flight flight = std::move(flights_[i]);
      flights_.erase(flights_.begin() + static_cast<std::ptrdiff_t>(i));
      Settle(std::move(flight));
    }
    for (Server& server : servers_) StepServer(server);
    Advance(NextMoment(end));
  }
}

Duration Simulation::NextOf(const Server& server) const {
  if (!server.alive) return server.restart_at;
  if (!server.leading || server.failed) return server.rest_until;
  if (!server.inputs.empty()) return now();
  Duration next = server.renewed + Duration::Seconds(60);
  if (server.idle_turn_at) next = std::min(next, *server.idle_turn_at);
  const auto at = [&](Instant wall) {
    // Never spins on what cannot be done yet.
    const Duration due = now() + std::max(wall - clock_.Now(), Duration());
    next = std::min(next, due > now() ? due : std::max(now(), server.rest_until));
  };
  if (const auto wakeup = server.loop->NextWakeup()) at(*wakeup);
  if (const auto due = reader_->NextJobDue(); due && *due) at(**due);
  return next;
}

Duration Simulation::NextMoment(Duration end) const {
  Duration next = std::min({end, next_alarms_, next_people_});
  if (!calm_) next = std::min(next, next_weather_);
  if (disk_full_ || store_gone_) next = std::min(next, store_well_at_);
  for (const Flight& flight : flights_) next = std::min(next, flight.answers_at);
  for (const Server& server : servers_) next = std::min(next, NextOf(server));
  return std::max(next, now() + Duration::Millis(10));
}

bool Simulation::IsUp() const {
  if (disk_full_ || store_gone_) return false;
  return std::any_of(servers_.begin(), servers_.end(), [this](const Server& server) {
    return server.alive && !server.dying && server.leading && !server.failed &&
           !server.partitioned && server.id == newest_leader_ && server.loop->MayAct();
  });
}

size_t Simulation::Busy(const Server& server, store::Lane lane) const {
  return static_cast<size_t>(
      std::count_if(flights_.begin(), flights_.end(), [&](const Flight& flight) {
        return flight.server == server.id && flight.generation == server.generation &&
               flight.job.spec.lane == lane;
      }));
}

void Simulation::Advance(Duration to) {
  const Duration step = to - now();
  const bool up = IsUp();
  std::set<std::string> in_flight;
  for (const Flight& flight : flights_) in_flight.insert(flight.job.spec.key);
  clock_.Advance(step);
  oracle_.Pass(
      step, up,
      [this](const std::string& channel) {
        const auto found = manners_.find(channel);
        return found == manners_.end() || found->second == Manner::kOk;
      },
      in_flight,
      newest_leader_ >= 0 &&
          Busy(servers_[static_cast<size_t>(newest_leader_)], store::Lane::kUrgent) >= kSlots);
}

Duration Simulation::Between(int64_t least_s, int64_t most_s) {
  return Duration::Seconds(
      least_s + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(most_s - least_s + 1))));
}

void Simulation::Say(std::string what) {
  std::string line = FormatDuration(Duration::Millis(now().millis())) + " (" +
                     FormatRfc3339(clock_.Now()) + ", event " + std::to_string(oracle_.events()) +
                     ") " + std::move(what);
  if (options_.trace) std::fprintf(stderr, "%s\n", line.c_str());
  steps_.push_back(std::move(line));
  if (steps_.size() > kStepsKept) steps_.pop_front();
}

Outcome Run(const Options& options) {
  return Simulation(options).Run();
}

std::vector<std::string> Mutants() {
  return MutantNames();
}

std::string Report(const Options& options, const Outcome& outcome) {
  std::string text;
  for (const std::string& step : outcome.last_steps) text += "  " + step + "\n";
  text += "seed " + std::to_string(options.seed) +
          (options.mutant.empty() ? "" : " with " + options.mutant) + ": " +
          (outcome.held() ? "held" : outcome.violation) + "\n  again: sim_run --seed " +
          std::to_string(options.seed) + " --hours " +
          std::to_string(options.length.seconds() / 3600);
  if (!options.mutant.empty()) text += " --mutant " + options.mutant;
  return text;
}

}  // namespace hinomi::sim
