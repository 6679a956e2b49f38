#ifndef HINOMI_HTTP_IMPL_GUNZIP_H_
#define HINOMI_HTTP_IMPL_GUNZIP_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hinomi::http {

/// Unpacks gzip (RFC 1952), one member or several behind each other. kCorrupt if
/// it is none, or cut; kExhausted beyond `limit_bytes`, which is never allocated
/// for a body that is too small to unpack to it.
Result<std::string> Gunzip(std::string_view packed, uint64_t limit_bytes);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_GUNZIP_H_
