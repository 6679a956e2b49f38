#include "metrics/impl/redirect.h"

#include <curl/curl.h>

#include <memory>

namespace hinomi::metrics {

Result<std::string> FollowedUrl(const std::string& url, const std::string& location) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  char* text = nullptr;
  // The second is taken relative to the first (RFC 3986 5.2).
  if (parsed == nullptr || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_set(parsed.get(), CURLUPART_URL, location.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
          CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_URL, &text, 0) != CURLUE_OK)
    return Corrupt("the redirect leads to \"" + location + "\", which is no URL");
  const std::string next = text;
  curl_free(text);
  if (!next.starts_with("http://") && !next.starts_with("https://"))
    return Denied("the redirect leads to \"" + location + "\", which is neither http nor https");
  if (url.starts_with("https://") && next.starts_with("http://"))
    return Denied("the redirect leads from https to " + next + ", which is not encrypted");
  return next;
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string HeaderOf(const http::ClientResponse& response, std::string_view name) {
  for (const auto& [header, value] : response.headers)
    if (header == name) return value;
  return "";
}

}  // namespace hinomi::metrics
