#include "api/console/assets.h"

#include <algorithm>

#include "api/coding.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

bool Matches(std::string_view if_none_match, std::string_view etag) {
  for (std::string_view element : Split(if_none_match, ',')) {
    element = Trim(element);
    // If-None-Match compares weakly: W/"x" and "x" are the same.
    if (element.starts_with("W/")) element.remove_prefix(2);
    if (element == etag || element == "*") return true;
  }
  return false;
}

}  // namespace

const Asset* FindAsset(std::string_view path) {
  const auto assets = Assets();
  const auto it = std::ranges::find(assets, path, &Asset::path);
  return it == assets.end() ? nullptr : &*it;
}

AssetAnswer AnswerAsset(const Asset& asset, std::string_view accept_encoding,
                        std::string_view if_none_match) {
  AssetAnswer answer;
  answer.content_type = asset.content_type;
  answer.headers = {
      {"ETag", std::string(asset.etag)},
      {"Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache"},
      {"X-Content-Type-Options", "nosniff"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Referrer-Policy", "no-referrer"},
  };
  if (asset.content_type.starts_with("text/html")) {
    answer.headers.emplace_back("Content-Security-Policy", ConsoleContentSecurityPolicy());
    answer.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
    answer.headers.emplace_back("X-Frame-Options", "DENY");
  }
  if (!asset.gzip.empty()) answer.headers.emplace_back("Vary", "Accept-Encoding");
  if (Matches(if_none_match, asset.etag)) {
    answer.status = 304;
    return answer;
  }
  answer.body = asset.plain;
  if (!asset.brotli.empty() && AcceptsCoding(accept_encoding, "br")) {
    answer.body = asset.brotli;
    answer.headers.emplace_back("Content-Encoding", "br");
  } else if (!asset.gzip.empty() && AcceptsCoding(accept_encoding, "gzip")) {
    answer.body = asset.gzip;
    answer.headers.emplace_back("Content-Encoding", "gzip");
  }
  return answer;
}

}  // namespace hinomi::api
