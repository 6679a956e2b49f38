#ifndef HINOMI_APP_HEARTBEAT_H_
#define HINOMI_APP_HEARTBEAT_H_

#include <atomic>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/telemetry.h"

namespace hinomi::app {

/// Tells somebody outside once a minute that Hinomi lives (`watched_by` of hinomi.yml): who hears
/// nothing for some minutes calls a person. It is withheld while the control thread stands still or
/// alarms are not looked at: a process that only answers is not alive. References must outlive it.
class Heartbeat {
 public:
  static constexpr Duration kInterval = Duration::Minutes(1);
  /// What must go round has to have done so within this time.
  static constexpr Duration kStandstill = Duration::Seconds(60);

  /// Asks a URL; an error where it could not be reached or refused.
  using Ask = std::function<Status(const std::string& url)>;

  Heartbeat(Ask ask, const Clock& clock, Telemetry& telemetry);

  /// "" or the name of a peer: nobody is told. Threads: any.
  void UseUrl(std::string url);
  /// The control thread has gone round; alarms have been looked at. Threads: any.
  void Controlled() { controlled_at_ = clock_.Monotonic().nanos(); }
  void Evaluated() { evaluated_at_ = clock_.Monotonic().nanos(); }

  /// One beat. Errors: it was withheld, with the reason, or could not be sent. One thread.
  Status Beat();

 private:
  Status CheckAlive() const;

  Ask ask_;
  const Clock& clock_;
  Instrument& sent_;
  Instrument& failed_;
  Instrument& withheld_;
  std::atomic<int64_t> controlled_at_;  ///< Monotonic, in nanoseconds.
  std::atomic<int64_t> evaluated_at_;
  Mutex mutex_;
  std::string url_ HN_GUARDED_BY(mutex_);
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_HEARTBEAT_H_
