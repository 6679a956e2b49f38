#ifndef HINOMI_DRIVERS_ROTATION_ROTATIONS_H_
#define HINOMI_DRIVERS_ROTATION_ROTATIONS_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "drivers/rotation/rotation.h"

namespace hinomi::drivers {

/// A service and the balancer in front of it.
struct RotationTarget {
  RotationOptions options;
  std::string socket;   ///< Of HAProxy.
  std::string backend;  ///< In it.
};

/// The hooks of the runtime for all services that have a balancer: each has a
/// rotation with a thread of its own, so that a balancer that hangs holds up
/// nothing else. Tasks of services without one pass at once. Threads: any, the
/// hooks for the runtime's.
class Rotations : public TaskHooks {
 public:
  using MakeBalancer = std::function<std::unique_ptr<LoadBalancer>(const RotationTarget&)>;
  /// The tasks of a service.
  using Look = std::function<Rotation::Tasks(const std::string& service)>;

  /// What is handed in must outlive `Stop`.
  Rotations(MakeBalancer make, Look look, Rotation::AddressOf address_of, const Clock& clock,
            Log& log);
  ~Rotations() override { Stop(); }

  /// Replaces all. A balancer that a service leaves is left without its servers.
  /// Before `Start` nothing is done.
  void SetTargets(std::vector<RotationTarget> targets);
  void Start();
  /// The servers stay as they are.
  void Stop();

  Result<bool> Activate(const Task& task) override;
  Result<bool> Drain(const Task& task) override;
  Result<bool> Remove(const Task& task) override;

  /// Of the balancer that the service has now; none if it has none.
  std::optional<RotationState> StateOf(const std::string& service) const;

 private:
  struct Member {
    RotationTarget target;
    std::unique_ptr<Rotation> rotation;
    bool retired = false;
    bool over = false;  ///< Its thread has ended by itself.
    std::thread thread;
  };
  void Run(Member& member);
  void StartMember(Member& member) HN_REQUIRES(mutex_);
  Result<bool> Ask(const Task& task, Wish wish);

  const MakeBalancer make_;
  const Look look_;
  const Rotation::AddressOf address_of_;
  const Clock& clock_;
  Log& log_;

  mutable Mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::unique_ptr<Member>> members_ HN_GUARDED_BY(mutex_);
  bool started_ HN_GUARDED_BY(mutex_) = false;
  bool stopping_ HN_GUARDED_BY(mutex_) = false;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_ROTATION_ROTATIONS_H_
