#ifndef HINOMI_DRIVERS_ROTATION_ROTATION_H_
#define HINOMI_DRIVERS_ROTATION_ROTATION_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "drivers/rotation/rotation_plan.h"

namespace hinomi::drivers {

/// What a rotation needs to know of its service.
struct RotationOptions {
  std::string service;
  ServerCheck check;     ///< The balancer's, of each server.
  bool checked = false;  ///< The runtime checks tasks: one goes in when it is HEALTHY.
  /// How long another process of the balancer may go on with requests after a
  /// reload.
  Duration drain_timeout = Duration::Seconds(30);
};

/// How far the servers are what they are to be.
struct RotationState {
  bool looked = false;   ///< The balancer has answered once.
  bool reached = false;  ///< It answered the last time.
  bool in_step = false;  ///< Every wish has come true.
  std::string error;     ///< Why not; "" when all is well or it only takes time.
  size_t servers = 0;    ///< Ours, at the last look.
};

/// Keeps the servers of one balancer and the tasks of one service together. At
/// each turn both are looked at and compared; so a kill of Hinomi, a reload or
/// restart of the balancer, or somebody's hand is put right at the next turn.
/// Servers whose names are not those of our tasks are left alone.
///
/// `Ask` is for the runtime's thread and does no I/O; `Turn` for one thread, and
/// blocks as long as the balancer does; the others are for any.
class Rotation {
 public:
  /// The tasks of the service as the runtime shows them, and whether these are
  /// all (`ServiceRuntime::KnowsAll`).
  struct Tasks {
    bool knows_all = false;
    std::vector<Task> tasks;
  };
  using Look = std::function<Tasks()>;
  using AddressOf = std::function<std::string(const Task&)>;

  /// `clock` and `log` must outlive it.
  Rotation(RotationOptions options, std::unique_ptr<LoadBalancer> balancer, Look look,
           AddressOf address_of, const Clock& clock, Log& log);

  /// The hooks of a task, by what is wished for it: true once it has come true,
  /// else false or why not.
  Result<bool> Ask(const Task& task, Wish wish);
  void SetOptions(RotationOptions options);
  /// The service has left this balancer: all of its servers are drained and
  /// removed. Or it has come back before that was done.
  void Retire(bool retired = true);
  /// Retired, and nothing is left; or the balancer was silent for too long.
  bool finished() const;

  /// Looks, compares, acts. The monotonic time of the next turn; `Ask` may want
  /// one sooner (`wanted`).
  Duration Turn();
  /// True once after each `Ask` with news, `SetOptions` and `Retire`.
  bool TakeWanted();

  RotationState state() const;

 private:
  struct Asked {
    WishedTask wished;
    bool done = false;
    Duration since;     ///< Of the wish.
    std::string error;  ///< Of its last step.
    std::string check;  ///< What its balancer's last check said.
  };
  /// What is only the turn's.
  struct Memory {
    std::map<std::string, int> idle_looks;  ///< By task.
    std::set<std::string> in;               ///< Tasks that were seen in rotation.
    /// Servers that went and were not removed by us, when. Until the drain timeout
    /// is over another process of the balancer may have requests of theirs.
    std::map<std::string, Duration> vanished;
    int failures = 0;  ///< Turns in a row.
    Duration silent_since;
  };

  std::map<std::string, WishedTask> Wishes(const Tasks& seen);
  void Remember(const std::vector<BalancedServer>& servers, Duration now);
  Status Do(const RotationStep& step, const std::map<std::string, WishedTask>& wishes);
  void TakeResults(const RotationPlan& plan, const std::map<std::string, WishedTask>& wishes,
                   const std::map<std::string, std::string>& errors,
                   const std::vector<BalancedServer>& servers);
  Duration Failed(const Error& error);
  void Tell(RotationState state);

  const std::unique_ptr<LoadBalancer> balancer_;
  const Look look_;
  const AddressOf address_of_;
  const Clock& clock_;
  Log& log_;
  Memory memory_;

  mutable Mutex mutex_;
  RotationOptions options_ HN_GUARDED_BY(mutex_);
  std::map<std::string, Asked> asked_ HN_GUARDED_BY(mutex_);
  RotationState state_ HN_GUARDED_BY(mutex_);
  bool retired_ HN_GUARDED_BY(mutex_) = false;
  bool finished_ HN_GUARDED_BY(mutex_) = false;
  bool wanted_ HN_GUARDED_BY(mutex_) = false;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_ROTATION_ROTATION_H_
