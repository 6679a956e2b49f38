#ifndef HINOMI_METRICS_PROBES_SCRAM_H_
#define HINOMI_METRICS_PROBES_SCRAM_H_

#include <string>
#include <string_view>

#include "base/result.h"

namespace hinomi::metrics {

/// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel
/// binding, as PostgreSQL uses it: the user's name stands in its startup
/// message. A password that is not ASCII is taken as it is, without SASLprep.
/// One exchange each; one thread.
class ScramClient {
 public:
  /// `nonce` must be unpredictable and printable without commas.
  ScramClient(std::string password, std::string nonce);

  std::string First() const;
  /// The answer to the server's first message. Errors: kCorrupt, also for a
  /// count of iterations that only costs time.
  Result<std::string> Final(std::string_view server_first);
  /// Whether the server knows the password as well. Errors: kCorrupt, kDenied.
  Status Verify(std::string_view server_final) const;

 private:
  std::string password_;
  std::string nonce_;
  std::string server_signature_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_PROBES_SCRAM_H_
