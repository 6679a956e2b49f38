#ifndef HINOMI_API_GUIDE_COMPRESSED_H_
#define HINOMI_API_GUIDE_COMPRESSED_H_

#include <string>
#include <string_view>

namespace hinomi::api {

/// In gzip's format (RFC 1952), as small as it gets.
std::string Gzip(std::string_view plain);

}  // namespace hinomi::api

#endif  // HINOMI_API_GUIDE_COMPRESSED_H_
