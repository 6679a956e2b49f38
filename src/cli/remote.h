#ifndef HINOMI_CLI_REMOTE_H_
#define HINOMI_CLI_REMOTE_H_

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "cli/verb.h"
#include "http/client.h"

namespace hinomi::cli {

/// Where the package's service keeps its data.
inline constexpr const char* kInstalledData = "/var/lib/hinomi";

/// The server that a command talks to, found by HINOMI_URL and HINOMI_TOKEN
/// or else by the data directory (its `address` and `admin-token` files).
class Remote {
 public:
  /// `data` is the value of --data; where it is the default and no server has
  /// been there, `installed` is looked into. Errors say how to name a server,
  /// or that the data of this one is not ours to read (kDenied).
  static Result<Remote> Find(const std::string& data,
                             const std::string& installed = kInstalledData);

  /// One call of the REST API below /api/hinomi/v1, or of another path if it
  /// begins with "/". Errors carry the server's own message; kDenied and
  /// kNotFound and refusals are told from an unreachable server by code.
  using Query = std::vector<std::pair<std::string, std::string>>;
  Result<Json> Get(const std::string& path, const Query& query = {}) const;
  /// What stands under `member` in every page of a list, as one array.
  Result<Json> GetAll(const std::string& path, const std::string& member, Query query = {}) const;
  Result<Json> Post(const std::string& path, const Json& body) const;
  Result<Json> Delete(const std::string& path) const;
  const std::string& url() const { return url_; }
  /// For each call from now on; a minute if never set.
  void set_timeout(Duration timeout) { timeout_ = timeout; }

  /// The same in two halves, for those who wait for several things at once.
  http::ClientRequest Request(const std::string& method, const std::string& path,
                              const std::string& body = {}) const;
  Result<Json> Answer(Result<http::ClientResponse> response) const;

 private:
  Remote(std::string url, std::string token) : url_(std::move(url)), token_(std::move(token)) {}
  Result<Json> Call(const std::string& method, const std::string& path,
                    const std::string& body) const;

  std::string url_;
  std::string token_;
  Duration timeout_ = Duration::Minutes(1);
};

/// Percent-encodes everything but unreserved characters (RFC 3986).
std::string UrlEncode(std::string_view text);

/// The --data argument that every verb with a server has.
Argument DataArgument();

/// Prints an error on standard error and gives the exit code that fits.
int Fail(const Error& error);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_REMOTE_H_
