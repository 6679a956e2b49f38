#include "http/impl/router.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/check.h"
#include "base/strings.h"

namespace hinomi::http {
namespace {

bool IsParameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

char RankOf(std::string_view segment) {
  if (segment == "*") return 'w';
  return IsParameter(segment) ? 'p' : 'l';
}

using Parameters = std::vector<std::pair<std::string, std::string>>;

std::optional<Parameters> MatchSegments(const std::vector<std::string>& pattern,
                                        const std::vector<std::string>& segments) {
  Parameters parameters;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string& part = pattern[i];
    if (part == "*") {
      const auto rest = std::span(segments).subspan(std::min(i, segments.size()));
      parameters.emplace_back("*", Join(rest, "/"));
      return parameters;
    }
    if (i >= segments.size()) return std::nullopt;
    if (IsParameter(part)) {
      if (segments[i].empty()) return std::nullopt;
      parameters.emplace_back(part.substr(1, part.size() - 2), segments[i]);
    } else if (part != segments[i]) {
      return std::nullopt;
    }
  }
  if (segments.size() != pattern.size()) return std::nullopt;
  return parameters;
}

}  // namespace

void Router::Add(Route route) {
  HN_CHECK(!route.right.empty());
  HN_CHECK(!route.method.empty());
  HN_CHECK(route.handler != nullptr);
  HN_CHECK(route.pattern.starts_with('/'));
  HN_CHECK(!route.open_page || (route.method == "GET" && route.right == "public"));
  Pattern pattern;
  for (const std::string_view segment : Split(std::string_view(route.pattern).substr(1), '/')) {
    HN_CHECK(!pattern.rank.ends_with('w'));  // "*" is the last.
    pattern.segments.emplace_back(segment);
    pattern.rank.push_back(RankOf(segment));
  }
  const auto shape = [](const Pattern& p) {
    std::vector<std::string> parts = p.segments;
    for (std::string& part : parts) {
      if (IsParameter(part)) part = "{}";
    }
    return parts;
  };
  for (const Pattern& other : patterns_) {
    HN_CHECK(routes_[other.route].method != route.method || shape(other) != shape(pattern));
  }
  pattern.route = routes_.size();
  routes_.push_back(std::move(route));
  const auto place = std::ranges::upper_bound(patterns_, pattern.rank, {}, &Pattern::rank);
  patterns_.insert(place, std::move(pattern));
}

Router::Match Router::Find(std::string_view method,
                           const std::vector<std::string>& segments) const {
  std::set<std::string> allowed;
  const Pattern* as_get = nullptr;
  Match match;
  for (const Pattern& pattern : patterns_) {
    auto parameters = MatchSegments(pattern.segments, segments);
    if (!parameters.has_value()) continue;
    const Route& route = routes_[pattern.route];
    if (route.method == method) {
      return {&route, *std::move(parameters), ""};
    }
    if (method == "HEAD" && route.method == "GET" && as_get == nullptr) {
      as_get = &pattern;
      match = {&route, *std::move(parameters), ""};
    }
    allowed.insert(route.method);
    if (route.method == "GET") allowed.insert("HEAD");
  }
  if (as_get != nullptr) return match;
  const std::vector<std::string> names(allowed.begin(), allowed.end());
  match.allow = Join(names, ", ");
  return match;
}

}  // namespace hinomi::http
