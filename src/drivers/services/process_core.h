#ifndef HINOMI_DRIVERS_SERVICES_PROCESS_CORE_H_
#define HINOMI_DRIVERS_SERVICES_PROCESS_CORE_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "drivers/services/aside.h"
#include "drivers/services/plan.h"
#include "drivers/services/process_runtime.h"
#include "drivers/services/task_record.h"

namespace hinomi::drivers {

/// The inside of the process runtime, for its own .cc files only. What is not
/// guarded by a mutex belongs to the turn.
class ProcessRuntime::Core {
 public:
  explicit Core(ProcessRuntimeOptions options);

  // process_runtime.cc: the turn and its two doors.
  void Start();
  void Stop();
  Duration Turn();
  Status Declare(std::vector<ServiceSpec> specs);
  Status SetDesiredCount(const std::string& service, int count, const std::string& reason);
  Status StopTask(const std::string& task, const std::string& reason);

  /// What people see; replaced as a whole at the end of each turn.
  struct Picture {
    std::vector<ServiceStatus> services;
    std::vector<Task> tasks;
    bool knows_all = false;
  };
  std::shared_ptr<const Picture> picture() const;
  Host* HostNamed(const std::string& name);

 private:
  struct HostEntry {
    Host* host;
    HostState state;
    bool adopted = false;
  };
  /// Beside its state, what the doing of a service needs.
  struct Service {
    ServiceState state;
    std::deque<ServiceEvent> events;
    std::string saved_record;
    uint16_t last_port = 0;
    bool was_failing = false;
  };
  struct CheckAnswer {
    std::string service, task;
    Status answer;
  };

  // process_runtime.cc
  void Loop();
  void Wake();
  void TakeCommands();
  void TakeAnswers();
  void TakeDeclaration(const std::vector<ServiceSpec>& specs);
  bool Round(Duration& wake_at);  ///< False: nothing but checks was due.
  std::vector<HostState> Placeable();
  void Publish();
  void Command(std::function<void()> command);

  // adoption.cc: what is on the hosts already.
  void AdoptHosts();
  Status AdoptHost(HostEntry& entry);
  Status AdoptTask(HostEntry& entry, const std::string& service, const std::string& task);
  void AdoptRecord(Service& service, const std::string& name, const std::string& text);
  Service& ServiceNamed(const std::string& name);

  // observe.cc: what became of the tasks, and keeping it.
  void Observe(Service& service);
  void ObserveTask(Service& service, TaskState& task);
  void SaveAll(Service& service);
  Status SaveTask(const TaskState& task);
  Status SaveService(Service& service);
  /// Sets the desired count and writes it down, both or none.
  Status KeepCount(Service& service, int count, const std::string& reason);
  void Say(Service& service, const std::string& message, LogLevel level = LogLevel::kInfo);

  // steps.cc: doing what was planned.
  void Do(Service& service, const Step& step);
  void StartTask(Service& service, HostEntry& entry);
  void Launch(Service& service, TaskState& task, HostEntry& entry);
  Result<uint16_t> ChoosePort(Service& service, HostEntry& entry);
  ShimSpec ShimSpecOf(const ServiceSpec& spec, const Task& task) const;
  void Check(Service& service, TaskState& task, Host& host);
  void Terminate(TaskState& task, Host& host);
  /// Asks a hook; true without hooks.
  bool Ask(Service& service, TaskState& task, Result<bool> (TaskHooks::*question)(const Task&));
  void FailedStart(Service& service, TaskState& task, const Error& error);
  void Trouble(Service* service, HostEntry& entry, const Error& error);
  HostEntry* EntryNamed(const std::string& name);

  const ProcessRuntimeOptions options_;
  const Clock& clock_;
  Log& log_;

  Mutex turn_;  ///< Held for a whole turn.
  Random random_;
  std::vector<HostEntry> hosts_;
  std::map<std::string, Service> services_;
  std::map<std::string, std::string> saved_tasks_;  ///< Id -> the record on disk.
  Duration begun_;
  bool declared_once_ = false;

  mutable Mutex mutex_;
  std::condition_variable wake_;
  bool woken_ HN_GUARDED_BY(mutex_) = false;
  bool stopping_ HN_GUARDED_BY(mutex_) = false;
  std::optional<std::map<std::string, ServiceSpec>> declared_ HN_GUARDED_BY(mutex_);
  std::deque<std::function<void()>> commands_ HN_GUARDED_BY(mutex_);
  std::vector<CheckAnswer> answers_ HN_GUARDED_BY(mutex_);
  std::shared_ptr<const Picture> picture_ HN_GUARDED_BY(mutex_);

  std::thread thread_;
  Aside aside_;  // Last: its threads use the others.
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_SERVICES_PROCESS_CORE_H_
