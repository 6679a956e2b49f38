#ifndef HINOMI_HTTP_IMPL_ROUTER_H_
#define HINOMI_HTTP_IMPL_ROUTER_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/server.h"

namespace hinomi::http {

/// Finds the route of a method and path. Literal segments win over `{name}`,
/// `{name}` over a final `*`. Filled before use; then any thread.
class Router {
 public:
  /// HN_CHECKs: a right, a handler, a pattern that begins with "/", and that no
  /// other route has the same method and shape.
  void Add(Route route);

  struct Match {
    const Route* route = nullptr;
    std::vector<std::pair<std::string, std::string>> path_parameters;
    /// Without a route: the methods that the path has ("" if the path is unknown).
    std::string allow;
  };
  /// `segments` as of ParseTarget. HEAD finds GET routes.
  Match Find(std::string_view method, const std::vector<std::string>& segments) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Pattern {
    std::vector<std::string> segments;
    std::string rank;  ///< "lpw…": sorts the more specific first.
    size_t route;
  };

  std::vector<Route> routes_;
  std::vector<Pattern> patterns_;  ///< By rank.
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_ROUTER_H_
