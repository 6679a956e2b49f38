#ifndef HINOMI_METRICS_PROBES_WIRE_H_
#define HINOMI_METRICS_PROBES_WIRE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "metrics/probes/resolver.h"
#include "metrics/probes/tls_session.h"

namespace hinomi::metrics {

enum class Transport { kTcp, kUdp };

/// A connected socket that never waits beyond a deadline. Closed with the
/// object. Errors of all: kTimeout, kUnavailable. One thread.
class Wire {
 public:
  /// Tries the addresses in turn; one that hangs gets a fair share of the time.
  static Result<Wire> Connect(const std::vector<NetAddress>& addresses, Transport transport,
                              const Deadline& deadline);
  Wire(Wire&& other) noexcept;
  Wire& operator=(Wire&&) = delete;
  ~Wire();

  Status Send(std::string_view bytes, const Deadline& deadline);
  /// At least one byte and at most `most`; "" once the other side closed. Over
  /// UDP one datagram.
  Result<std::string> Receive(size_t most, const Deadline& deadline);
  /// All of `count` bytes; kCorrupt if the other side closes in between.
  Result<std::string> ReceiveAll(size_t count, const Deadline& deadline);

  /// From here on everything goes through TLS. Also kCorrupt, kDenied
  /// and kInvalidArgument, see `TlsSession`. That a certificate proves nothing is
  /// no error: look at the facts before anything is sent.
  Result<TlsFacts> StartTls(const TlsOptions& options, const Deadline& deadline);
  bool encrypted() const { return tls_ != nullptr; }

 private:
  explicit Wire(int fd) : fd_(fd) {}
  Status SendPlain(std::string_view bytes, const Deadline& deadline) const;
  Result<std::string> ReceivePlain(size_t most, const Deadline& deadline) const;
  /// Sends what TLS has to say and gives it the next bytes.
  Status ServeTls(const Deadline& deadline);

  int fd_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_PROBES_WIRE_H_
