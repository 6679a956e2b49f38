#ifndef HINOMI_CLI_REMOTE_H_
#define HINOMI_CLI_REMOTE_H_

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/verb.h"

namespace hinomi::cli {

/// The server that a command talks to, found by HINOMI_URL and HINOMI_TOKEN
/// or else by the data directory (its `address` and `admin-token` files).
class Remote {
 public:
  /// `data` is the value of --data. Errors say how to name a server.
  static Result<Remote> Find(const std::string& data);

  /// One call of the REST API below /api/hinomi/v1, or of another path if it
  /// begins with "/". Errors carry the server's own message; kDenied and
  /// kNotFound and refusals are told from an unreachable server by code.
  Result<Json> Get(const std::string& path,
                   const std::vector<std::pair<std::string, std::string>>& query = {}) const;
  Result<Json> Post(const std::string& path, const Json& body) const;
  Result<Json> Delete(const std::string& path) const;
  const std::string& url() const { return url_; }

 private:
  Remote(std::string url, std::string token) : url_(std::move(url)), token_(std::move(token)) {}
  Result<Json> Call(const std::string& method, const std::string& path,
                    const std::string& body) const;

  std::string url_;
  std::string token_;
};

/// Percent-encodes everything but unreserved characters (RFC 3986).
std::string UrlEncode(std::string_view text);

/// The --data argument that every verb with a server has.
Argument DataArgument();

/// Prints an error on standard error and gives the exit code that fits.
int Fail(const Error& error);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_REMOTE_H_
