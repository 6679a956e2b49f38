#ifndef HINOMI_API_CODING_H_
#define HINOMI_API_CODING_H_

#include <string>
#include <string_view>

/// Content codings of answers (RFC 9110, 8.4), for every room of the API.
namespace hinomi::api {

/// True when the header Accept-Encoding lists the coding with a weight other than zero
/// (RFC 9110, 12.5.3). `*` is not taken for any.
bool AcceptsCoding(std::string_view accept_encoding, std::string_view coding);

/// What is packed once may take its time; what somebody waits for may not.
enum class GzipEffort { kSmallest, kQuick };

/// In gzip's format (RFC 1952).
std::string Gzip(std::string_view plain, GzipEffort effort = GzipEffort::kSmallest);

}  // namespace hinomi::api

#endif  // HINOMI_API_CODING_H_
