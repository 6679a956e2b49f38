#ifndef HINOMI_IDENTITY_LISTEN_RULES_H_
#define HINOMI_IDENTITY_LISTEN_RULES_H_

#include <string>
#include <vector>

#include "base/result.h"

namespace hinomi::identity {

struct ListenRules {
  bool no_auth = false;
  bool tls = false;
  bool insecure = false;  ///< `insecure: true` in hinomi.yml.
};

/// Whether a server may listen there: without sign-in on loopback only, and
/// beyond loopback with TLS only, unless `insecure`. kInvalidArgument says what
/// to change.
Status CheckListen(const std::vector<std::string>& listen, ListenRules rules);

}  // namespace hinomi::identity

#endif  // HINOMI_IDENTITY_LISTEN_RULES_H_
