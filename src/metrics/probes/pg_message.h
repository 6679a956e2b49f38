#ifndef HINOMI_METRICS_PROBES_PG_MESSAGE_H_
#define HINOMI_METRICS_PROBES_PG_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Messages of PostgreSQL's protocol 3.0 (its manual, "Message Formats"), as
/// much as signing in needs.
namespace hinomi::metrics::pg {

/// Asks whether the server speaks TLS; it answers one byte, 'S' or 'N'.
std::string SslRequest();
std::string StartupMessage(std::string_view user, std::string_view database);
std::string PasswordMessage(std::string_view text);
std::string SaslInitialResponse(std::string_view mechanism, std::string_view response);
std::string SaslResponse(std::string_view response);
std::string Terminate();
/// The answer to a request for MD5 (type 5): "md5" and 32 digits.
Result<std::string> Md5Password(std::string_view user, std::string_view password,
                                std::string_view salt);

/// Type and length before each message of the server.
inline constexpr size_t kHeadBytes = 5;
struct Head {
  char type = 0;
  size_t body_bytes = 0;
};
/// Error: kCorrupt for what no server sends while somebody signs in.
Result<Head> ParseHead(std::string_view bytes);

/// An ErrorResponse.
struct ServerError {
  std::string code;  ///< SQLSTATE: "28P01"
  std::string message;
};
Result<ServerError> ParseServerError(std::string_view body);

/// What the server wants to see before it lets somebody in.
struct Authentication {
  enum Kind : uint32_t {
    kOk = 0,
    kKerberos = 2,
    kCleartext = 3,
    kMd5 = 5,
    kGss = 7,
    kSspi = 9,
    kSasl = 10,
    kSaslContinue = 11,
    kSaslFinal = 12,
  };
  uint32_t kind = kOk;                  ///< One of `Kind`, or one that is not known.
  std::string data;                     ///< MD5: the salt; SASL: what the mechanism says.
  std::vector<std::string> mechanisms;  ///< SASL.
};
Result<Authentication> ParseAuthentication(std::string_view body);

}  // namespace hinomi::metrics::pg

#endif  // HINOMI_METRICS_PROBES_PG_MESSAGE_H_
