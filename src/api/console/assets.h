#ifndef HINOMI_API_CONSOLE_ASSETS_H_
#define HINOMI_API_CONSOLE_ASSETS_H_

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The console's files, built from web/ and compiled in.
namespace hinomi::api {

/// One file. The bytes live as long as the program.
struct Asset {
  std::string_view path;  ///< "/" for the page, "/assets/index-….js", …
  std::string_view content_type;
  std::string_view etag;  ///< With its quotes (RFC 9110, 8.8.3).
  bool immutable;         ///< The name holds a hash of the content.
  std::string_view plain;
  std::string_view gzip;    ///< Empty where compressing is not worth it.
  std::string_view brotli;  ///< Empty where compressing is not worth it.
};

/// All files, by path. Those other than "/" need no session: they hold no data,
/// and neither does the page itself.
std::span<const Asset> Assets();

/// The file of exactly this path, or null.
const Asset* FindAsset(std::string_view path);

/// Goes with every answer that is the console's page.
std::string_view ConsoleContentSecurityPolicy();

/// A file as an HTTP answer; `body` points into the asset.
struct AssetAnswer {
  int status = 200;  ///< 200 or 304.
  std::string_view content_type;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;
};

/// Chooses the variant by Accept-Encoding (RFC 9110, 12.5.3), answers 304 to a
/// matching If-None-Match, and sets the headers for caches and for the
/// browser's protection. Threads: any.
AssetAnswer AnswerAsset(const Asset& asset, std::string_view accept_encoding,
                        std::string_view if_none_match);

}  // namespace hinomi::api

#endif  // HINOMI_API_CONSOLE_ASSETS_H_
