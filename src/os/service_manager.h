#ifndef HINOMI_OS_SERVICE_MANAGER_H_
#define HINOMI_OS_SERVICE_MANAGER_H_

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace hinomi {

/// Who started this process and waits to hear how it does: systemd, over the
/// datagram socket of sd_notify(3). Without one nothing is said, and no error is
/// ever made of it. Threads: any.
class ServiceManager {
 public:
  /// As NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say. They are taken out of
  /// the environment, so that no child speaks for us: call it before any thread.
  static ServiceManager FromEnvironment(const Clock& clock);

  /// `socket`: a path, "@name" for an abstract one, "" for nobody. `watchdog`:
  /// silent for so long we are killed; zero: never.
  ServiceManager(const Clock& clock, std::string socket, Duration watchdog)
      : clock_(clock), socket_(std::move(socket)), watchdog_(watchdog) {}

  /// Whoever waits for us to start need not wait longer.
  void Ready();
  void Stopping();
  /// What we are there for goes on. Said at most four times within the watchdog's time.
  void Progress();

 private:
  void Say(std::string_view state) const;

  const Clock& clock_;
  const std::string socket_;
  const Duration watchdog_;
  std::mutex mutex_;
  std::optional<Duration> told_at_;  ///< Monotonic, of the last progress that was told.
};

}  // namespace hinomi

#endif  // HINOMI_OS_SERVICE_MANAGER_H_
