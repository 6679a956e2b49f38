#ifndef HINOMI_API_GUIDE_COMPRESSED_H_
#define HINOMI_API_GUIDE_COMPRESSED_H_

#include <string>
#include <string_view>

namespace hinomi::api {

/// What is packed once may take its time; what somebody waits for may not.
enum class GzipEffort { kSmallest, kQuick };

/// In gzip's format (RFC 1952).
std::string Gzip(std::string_view plain, GzipEffort effort = GzipEffort::kSmallest);

}  // namespace hinomi::api

#endif  // HINOMI_API_GUIDE_COMPRESSED_H_
