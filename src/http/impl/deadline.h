#ifndef HINOMI_HTTP_IMPL_DEADLINE_H_
#define HINOMI_HTTP_IMPL_DEADLINE_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace hinomi::http {

/// Ends what waits on a socket when its time is up. It is armed several times in each
/// request, nearly always for later than the time before: the timer underneath is then left
/// as it is, and looks again when it goes off. Threads: the socket's.
class Deadline {
 public:
  /// The socket must outlive it.
  explicit Deadline(boost::asio::ip::tcp::socket& socket)
      : socket_(socket), timer_(socket.get_executor()) {}

  /// From now on; an earlier time is forgotten. `owner` is kept until then or until `End`.
  template <typename Owner>
  void Arm(Duration after, std::shared_ptr<Owner> owner) {
    expired_ = false;
    until_ = Timer::clock_type::now() + std::chrono::nanoseconds(after.nanos());
    if (waits_ && timer_.expiry() <= *until_) return;
    Wait(std::move(owner));
  }
  /// Nothing is to be ended for the time being.
  void Disarm() { until_.reset(); }
  /// Lets go of the owner.
  void End() {
    Disarm();
    ++generation_;
    waits_ = false;
    timer_.cancel();
  }
  /// Whether the time that was set last is up.
  bool expired() const { return expired_; }

 private:
  using Timer = boost::asio::steady_timer;

  template <typename Owner>
  void Wait(std::shared_ptr<Owner> owner) {
    waits_ = true;
    const uint64_t mine = ++generation_;
    timer_.expires_at(*until_);
    timer_.async_wait([this, mine, owner = std::move(owner)](boost::system::error_code ec) mutable {
      if (ec || mine != generation_) return;
      waits_ = false;
      if (!until_) return;
      if (*until_ > Timer::clock_type::now()) return Wait(std::move(owner));
      until_.reset();
      expired_ = true;
      socket_.cancel(ec);
    });
  }

  boost::asio::ip::tcp::socket& socket_;
  Timer timer_;
  std::optional<Timer::time_point> until_;
  bool waits_ = false;  ///< The timer is set: to `until_`, or earlier.
  uint64_t generation_ = 0;
  bool expired_ = false;
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_DEADLINE_H_
