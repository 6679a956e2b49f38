#include "identity/listen_rules.h"

#include "base/strings.h"
#include "http/address_guard.h"

namespace hinomi::identity {
namespace {

bool IsLoopback(const std::string& listen) {
  std::string host = listen.substr(0, listen.rfind(':'));
  if (host == "localhost") return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host == "::1" ||
         (host.starts_with("127.") && http::CheckAddressText(host, {.allow_loopback = true}));
}

bool HasPort(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const auto port = ParseUint(std::string_view(listen).substr(colon + 1));
  return port && *port <= 65535;
}

}  // namespace

Status CheckListen(const std::vector<std::string>& listen, ListenRules rules) {
  for (const std::string& address : listen) {
    if (!HasPort(address))
      return InvalidArgument("cannot listen on '" + address +
                             "': expected an address and a port, such as 127.0.0.1:9140");
    if (IsLoopback(address)) continue;
    if (rules.no_auth) {
      return InvalidArgument("--no-auth is refused: " + address +
                             " can be reached from other machines; listen on 127.0.0.1 only, or "
                             "leave --no-auth off");
    }
    if (!rules.tls && !rules.insecure) {
      return InvalidArgument("listening on " + address +
                             " without TLS would send tokens in the clear; set tls_certificate and "
                             "tls_key in hinomi.yml, or \"insecure: true\" behind a proxy");
    }
  }
  return {};
}

}  // namespace hinomi::identity
