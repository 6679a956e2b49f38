#ifndef HINOMI_METRICS_IMPL_REDIRECT_H_
#define HINOMI_METRICS_IMPL_REDIRECT_H_

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client.h"

namespace hinomi::metrics {

/// Whether this status sends somebody elsewhere (RFC 9110, 15.4).
bool IsRedirect(int status);
/// Where `location` leads from `url`. Errors: kCorrupt, kDenied.
Result<std::string> FollowedUrl(const std::string& url, const std::string& location);
/// The header's value, "" without it; `name` in lower case.
std::string HeaderOf(const http::ClientResponse& response, std::string_view name);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_REDIRECT_H_
