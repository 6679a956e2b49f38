#include "api/console/impl/masking.h"

#include <algorithm>

#include "base/strings.h"
#include "policy/secrets.h"

namespace hinomi::api::impl {
namespace {

constexpr std::string_view kHidden = "…";
constexpr std::string_view kHarmless[] = {"server", "from", "tls"};
// Keys of hinomi.yml, targets.yml and contacts.yml whose values open something.
constexpr std::string_view kSecret[] = {"password", "secret",     "routing_key", "token",
                                        "database", "watched_by", "url"};

}  // namespace

std::string ShownUrl(std::string_view url) {
  const size_t scheme = url.find("://");
  const size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const size_t at = url.substr(begin, end - begin).rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, begin)) + std::string(url.substr(begin + at + 1));
}

std::string ShownSetting(std::string_view key, std::string_view value) {
  const bool harmless = std::ranges::find(kHarmless, key) != std::end(kHarmless);
  if (value.empty() || harmless || policy::IsReference(value)) return std::string(value);
  const std::string url = ShownUrl(value);
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) return std::string(kHidden);
  // The path of a webhook is its key.
  const size_t end = std::min(url.find_first_of("/?#", scheme + 3), url.size());
  return url.substr(0, end) + (end < url.size() ? "/" + std::string(kHidden) : "");
}

bool MayShowSecret(const policy::Finding& finding) {
  const std::string line = ToLowerAscii(finding.excerpt.substr(0, finding.excerpt.find('\n')));
  return std::ranges::any_of(kSecret, [&line](std::string_view key) {
    return line.find(std::string(key)) != std::string::npos;
  });
}

}  // namespace hinomi::api::impl
