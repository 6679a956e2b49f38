#ifndef HINOMI_DRIVERS_BALANCER_LOG_LISTENER_H_
#define HINOMI_DRIVERS_BALANCER_LOG_LISTENER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/mutex.h"
#include "base/result.h"
#include "drivers/balancer/response_times.h"
#include "os/waker.h"

namespace hinomi::drivers {

/// Requests of one backend that its log told since they were last taken.
struct LoggedPeriod {
  uint64_t lines = 0;   ///< With those that no server answered.
  ResponseTimes times;  ///< Of those that one answered.
};

/// Receives HAProxy's log (`log ADDRESS local0` with `option httplog`) and keeps
/// the response times of each backend. Lines that cannot be read are dropped and
/// counted. Any local user who may write to the address can send lines: they
/// change response times, nothing else. Services behind one HAProxy share it. Threads: any; one of
/// its own.
class HaproxyLogListener {
 public:
  /// `address`: "127.0.0.1:5140" for UDP on loopback (port 0: any), or the
  /// absolute path of a UNIX datagram socket, where a socket that nobody holds
  /// any more is replaced. UDP loses less under bursts: the kernel queues some
  /// ten datagrams on a UNIX socket. Errors: kInvalidArgument, kConflict
  /// (another process listens there), kDenied.
  static Result<std::shared_ptr<HaproxyLogListener>> Open(const std::string& address);
  ~HaproxyLogListener();
  HaproxyLogListener(const HaproxyLogListener&) = delete;
  HaproxyLogListener& operator=(const HaproxyLogListener&) = delete;

  /// As given, with the port that was chosen.
  const std::string& address() const { return address_; }
  /// What came since the last call for this backend.
  LoggedPeriod Take(const std::string& backend);
  /// Lines without a request in them, so far.
  uint64_t unread_lines() const;

 private:
  HaproxyLogListener(int fd, std::string address, std::string path);
  void Receive();
  void Read(std::string_view datagram);

  int fd_;
  Waker stop_;
  std::string address_;
  std::string path_;  ///< To be removed at the end; "" for UDP.
  mutable Mutex mutex_;
  std::map<std::string, LoggedPeriod, std::less<>> periods_ HN_GUARDED_BY(mutex_);
  uint64_t unread_lines_ HN_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_BALANCER_LOG_LISTENER_H_
