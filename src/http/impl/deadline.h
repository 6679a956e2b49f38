#ifndef HINOMI_HTTP_IMPL_DEADLINE_H_
#define HINOMI_HTTP_IMPL_DEADLINE_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/clock.h"

namespace hinomi::http {

/// Ends what waits on a socket when its time is up. Threads: the socket's.
class Deadline {
 public:
  /// The socket must outlive it.
  explicit Deadline(boost::asio::ip::tcp::socket& socket)
      : socket_(socket), timer_(socket.get_executor()) {}

  /// From now on; an earlier time is forgotten. `owner` is kept until then.
  template <typename Owner>
  void Arm(Duration after, std::shared_ptr<Owner> owner) {
    expired_ = false;
    const uint64_t mine = ++generation_;
    timer_.expires_after(std::chrono::nanoseconds(after.nanos()));
    timer_.async_wait([this, mine, owner = std::move(owner)](boost::system::error_code ec) {
      if (ec || mine != generation_) return;
      expired_ = true;
      socket_.cancel(ec);
    });
  }
  void Disarm() {
    ++generation_;
    timer_.cancel();
  }
  /// Whether the time that was set last is up.
  bool expired() const { return expired_; }

 private:
  boost::asio::ip::tcp::socket& socket_;
  boost::asio::steady_timer timer_;
  uint64_t generation_ = 0;
  bool expired_ = false;
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_DEADLINE_H_
