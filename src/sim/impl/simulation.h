#ifndef HINOMI_SIM_IMPL_SIMULATION_H_
#define HINOMI_SIM_IMPL_SIMULATION_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "base/telemetry.h"
#include "control/control_loop.h"
#include "control/machines.h"
#include "sim/impl/mutants.h"
#include "sim/impl/oracle.h"
#include "sim/sim.h"
#include "store/checkpoint.h"
#include "store/open.h"

namespace hinomi::sim {

/// How a receiver behaves at present.
enum class Manner { kOk, kDown, kHangs, kLies, kThrottles, kAbsurd, kRefuses, kSlow };

/// A server process: its loop, driven as the control thread drives it.
struct Server {
  int id = 0;
  int generation = 0;  ///< Grows with each death.
  bool alive = false;
  bool dying = false;  ///< A crash was drawn; it takes effect at the next step.
  bool leading = false;
  bool failed = false;  ///< The last turn.
  bool partitioned = false;
  std::unique_ptr<store::Store> store;
  control::Machines machines;
  std::unique_ptr<control::ControlLoop> loop;
  std::shared_ptr<const policy::OpsFolder> policy;  ///< Which it has been told of.
  std::vector<ops_model::Input> inputs;
  Duration renewed, rest_until, restart_at;  ///< Monotonic.
  /// Turns in which nothing is to be done are left out; the one after a jump of
  /// the wall clock, which nobody is told of, is not.
  std::optional<Duration> idle_turn_at;
  uint64_t calls_to_fault = 0;
};

/// Jobs that a server has under way at once.
inline constexpr size_t kSlots = 16;

/// A job on its way.
struct Flight {
  int server = 0, generation = 0;
  store::Job job;
  Duration answers_at;  ///< Monotonic.
  ops_model::JobResult result;
};

/// One run. Everything happens on a manual clock, one thing after another.
class Simulation {
 public:
  explicit Simulation(const Options& options);
  Outcome Run();

 private:
  // Time.
  void RunUntil(Duration end, bool calm);
  Duration NextMoment(Duration end) const;
  Duration NextOf(const Server& server) const;
  void Advance(Duration to);
  bool IsUp() const;
  /// Jobs of the lane that the server has under way.
  size_t Busy(const Server& server, store::Lane lane) const;

  // Servers (servers.cc).
  void Boot(Server& server);
  void Kill(Server& server, const std::string& why);
  void TryToLead(Server& server);
  void StepServer(Server& server);
  void Lead(Server& server);
  void Dispatch(Server& server);
  void Send(Server& server, const store::Job& job);
  void Settle(Flight flight);
  Status OnStoreCall(int id, std::string_view call, store::FaultPoint point);

  // The world (world.cc).
  void World();
  void Weather();
  void Alarms(bool flap);
  void People();
  void Put(const std::string& key, const std::string& who, const std::string& verb, Json arguments);
  void TryPut(const std::string& key);
  void Calm();
  ops_model::JobResult Deliver(const store::Job& job, Duration& answers_after);
  /// What the runtime of the services says to a job.
  ops_model::JobResult Scale(const store::Job& job, Duration& answers_after);
  /// How many of a service's replicas are healthy, as somebody who looks sees it.
  ops_model::ServiceObservation LookAt(const policy::ServiceDocument& service);

  void Say(std::string what);
  Duration now() const { return clock_.Monotonic(); }
  Duration Between(int64_t least_s, int64_t most_s);

  Options options_;
  Random random_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  std::shared_ptr<store::MemoryDatabase> database_;
  std::unique_ptr<store::Store> reader_;
  const store::CheckpointKey key_ = store::CheckpointKey::FromSeed(std::string(32, 'k'));
  const std::shared_ptr<const policy::OpsFolder> folders_[2] = {SimulatedFolder(), EditedFolder()};
  std::shared_ptr<const policy::OpsFolder> folder_ = folders_[0];  ///< As it stands on disk.
  uint64_t newest_epoch_ = 0;
  int newest_leader_ = -1;
  Oracle oracle_;
  std::vector<Server> servers_;
  std::vector<Flight> flights_;

  bool calm_ = false;
  bool disk_full_ = false, store_gone_ = false;
  Duration store_well_at_, next_weather_, next_alarms_, next_people_;
  std::map<std::string, Manner> manners_;
  std::map<std::string, bool> breaching_;
  std::map<std::string, int> replicas_;  ///< That the runtime has, by service.
  std::map<std::string, store::NewCommand> unsent_;
  std::map<std::string, uint64_t> put_;
  std::map<std::string, std::string> verbs_;  ///< Of the commands, by key.
  uint64_t commands_ = 0;
  std::deque<std::string> steps_;
  uint64_t crashes_ = 0, takeovers_ = 0;
};

/// A module of the simulator's own, with jobs that must not be repeated; its
/// events fold into nothing else.
std::unique_ptr<control::Machine> MakeOnceMachine();

}  // namespace hinomi::sim

#endif  // HINOMI_SIM_IMPL_SIMULATION_H_
