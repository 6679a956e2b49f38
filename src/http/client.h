#ifndef HINOMI_HTTP_CLIENT_H_
#define HINOMI_HTTP_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace hinomi::http {

/// How far an exchange came, for those who ask also when it failed.
struct ClientTrace {
  /// Where it failed: "resolve", "connect", "tls", "processing" (no byte of an
  /// answer yet), "transfer"; "" if it did not, or if none was begun.
  std::string failed_phase;
  bool certificate_refused = false;  ///< It failed since the certificate proves nothing.
};

/// What a request leaves for the next one that is the same: an open connection, if
/// the other side allows, and everything that was prepared.
struct KeptExchange;

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Duration timeout = Duration::Seconds(10);  ///< For the whole exchange, a byte a second included.
  uint64_t body_limit_bytes = 64u << 10;     ///< After decompression; more is kExhausted.
  bool accept_gzip = false;                  ///< Not together with `on_data`.
  /// SSRF guard for addresses that people enter (webhooks): refuses link-local
  /// and metadata addresses after resolving; loopback only where allowed.
  bool guard_addresses = false;
  bool allow_loopback = true;
  std::string ca_file;  ///< "" for the system's.
  bool verify_tls = true;
  std::string tls_certificate, tls_key;  ///< PEM files that say who asks; "" for none.
  std::string tls_server_name;           ///< Who has to answer; "": the host of the URL.
  ClientTrace* trace = nullptr;          ///< Filled if not null; must outlive the exchange.
  /// For those who ask the same again and again: where the exchange is kept, null at
  /// first. Not two requests at a time with one place.
  std::shared_ptr<KeptExchange>* kept = nullptr;
  /// If set, gets the body piece by piece instead of `ClientResponse::body`, of
  /// whatever size and for however long the other side sends: a stream. Then
  /// `timeout` is for connecting only.
  std::function<void(std::string_view)> on_data = nullptr;
};

struct ClientResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< Names in lower case.
  std::string body;
  Duration resolve, connect, tls, first_byte, total;  ///< Phases, each from the start.
  int64_t certificate_expiry_s = 0;                   ///< Unix seconds; 0 without TLS.
};

/// One exchange, no redirects. Errors: kTimeout, kUnavailable (resolve,
/// connect, reset, TLS), kExhausted (body over its limit), kDenied (address
/// guard), kCorrupt (what came is no HTTP or does not unpack),
/// kInvalidArgument (URL). Threads: any; blocks.
Result<ClientResponse> Fetch(const ClientRequest& request);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_CLIENT_H_
