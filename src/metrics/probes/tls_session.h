#ifndef HINOMI_METRICS_PROBES_TLS_SESSION_H_
#define HINOMI_METRICS_PROBES_TLS_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hinomi::metrics {

struct TlsOptions {
  std::string host;     ///< Whose certificate it must be: a name (also sent, SNI) or an IP address.
  std::string ca_file;  ///< "": the system's.
};

/// What a handshake showed, whether the certificate proves anything or not.
struct TlsFacts {
  std::string version;  ///< "TLSv1.3"
  /// When the first certificate of the chain that was sent ends; Unix seconds.
  int64_t earliest_expiry_s = 0;
  std::string not_verified;  ///< Why it proves nothing; "" if it is good.
};

/// The client's side of one TLS connection, without the transport: bytes that
/// came are given in, bytes to send are taken out. TLS 1.2 or later. One
/// thread.
class TlsSession {
 public:
  /// Error: kInvalidArgument for a CA file that cannot be used.
  static Result<std::unique_ptr<TlsSession>> Make(const TlsOptions& options);
  ~TlsSession();

  enum class Step { kDone, kNeedsBytes, kEnded };
  /// Goes on with the handshake. Errors: kCorrupt where the other side does
  /// not speak TLS, kDenied where it refuses or is too weak.
  Result<Step> Handshake();
  /// After kDone of the handshake.
  TlsFacts Facts() const;

  void GiveReceived(std::string_view bytes);
  std::string TakeToSend();
  /// Encrypts into what `TakeToSend` gives.
  Status Write(std::string_view plain);
  /// Appends what can be decrypted; kNeedsBytes if that was nothing.
  Result<Step> Read(size_t most, std::string& plain);

 private:
  struct Handles;
  explicit TlsSession(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_PROBES_TLS_SESSION_H_
