#ifndef HINOMI_HTTP_IMPL_CLIENT_REQUEST_H_
#define HINOMI_HTTP_IMPL_CLIENT_REQUEST_H_

#include <cstdint>
#include <string>

#include "base/result.h"
#include "http/client.h"

namespace hinomi::http {

// What all ways to make an exchange ask of a request and do with its answer.

struct UrlParts {
  std::string scheme;  ///< "http" or "https".
  std::string user;    ///< "" for none; so is `port`, and `query` without its "?".
  std::string host;    ///< IPv6 in brackets.
  std::string port;
  std::string path;  ///< At least "/", without "." and ".." segments.
  std::string query;

  /// Scheme, host and port only, for messages: paths and queries of webhooks are secrets.
  std::string Place() const;
};
/// kInvalidArgument, without the URL in it, unless it is one of http or https.
Result<UrlParts> ParseUrl(const std::string& url);

/// kInvalidArgument if its method or a header would break the request's lines.
Status CheckRequest(const ClientRequest& request);

/// Whether the two ask for the same in the same way; where they keep and trace it may differ.
bool SameRequest(const ClientRequest& a, const ClientRequest& b);

/// What people read of an answer over its limit, packed or unpacked.
Error AnswerTooLarge(uint64_t limit_bytes);

/// Unpacks the body if that was asked for and it is packed. kCorrupt, kExhausted.
Status UnpackBody(const ClientRequest& request, ClientResponse& response);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_CLIENT_REQUEST_H_
