#ifndef HINOMI_DRIVERS_ROTATION_ROTATION_PLAN_H_
#define HINOMI_DRIVERS_ROTATION_ROTATION_PLAN_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/balancer/load_balancer.h"
#include "drivers/services/service_runtime.h"

/// What is to be done so that the servers of a balancer are the tasks of a
/// service: values and functions, without I/O and memory of what was done before.
/// A crash of either side at any moment is one more difference to be seen.
namespace hinomi::drivers {

/// What a task's server is to be. A task only goes on to the next.
enum class Wish {
  kKeep,  ///< As it is: the task is on its way, or was just found again.
  kIn,    ///< Gets requests.
  kOut,   ///< Ends what it has, then it is gone.
  kGone,  ///< Gone at once: the task has no process any more.
};

/// What the task's status says; the hooks may be ahead of it.
Wish WishOf(TaskStatus status);

/// "app-0123…": the server of a task. By this name a server is known to be ours.
std::string ServerName(const std::string& service, const std::string& task);
/// The task of a server's name, or nothing: it is not ours.
std::optional<std::string> TaskOfServer(std::string_view service, std::string_view server);

struct WishedTask {
  Wish wish = Wish::kKeep;
  std::string address;  ///< IP:port.
};

struct RotationStep {
  enum class Kind {
    kAdd,
    kEnable,
    kDrain,
    kRemove,
  } kind;
  std::string task;
  bool operator==(const RotationStep&) const = default;
};

struct RotationPlan {
  std::vector<RotationStep> steps;
  /// Tasks whose wish has come true.
  std::vector<std::string> done;
};

/// `knows_all`: a task that is not in `wishes` is gone; else its server is left.
/// `idle_looks`: how many looks in a row, this one included, have seen the task's
/// server draining and without requests.
RotationPlan PlanRotation(const std::string& service,
                          const std::map<std::string, WishedTask>& wishes, bool knows_all,
                          const std::vector<BalancedServer>& servers,
                          const std::map<std::string, int>& idle_looks);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_ROTATION_ROTATION_PLAN_H_
