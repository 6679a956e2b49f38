#include "metrics/impl/snappy_body.h"

#include <snappy.h>

namespace hinomi::metrics {

Result<std::string> UnpackSnappy(std::string_view what, std::string_view body,
                                 size_t max_packed_bytes, size_t max_unpacked_bytes) {
  const std::string subject = "the " + std::string(what) + " body ";
  if (body.size() > max_packed_bytes)
    return Exhausted(subject + "has " + std::to_string(body.size()) + " bytes, the limit is " +
                     std::to_string(max_packed_bytes));
  size_t length = 0;
  if (!snappy::GetUncompressedLength(body.data(), body.size(), &length))
    return InvalidArgument(subject + "is not snappy (block format)");
  if (length > max_unpacked_bytes)
    return Exhausted(subject + "says that it unpacks to " + std::to_string(length) +
                     " bytes, the limit is " + std::to_string(max_unpacked_bytes));
  // No honest snappy block is smaller than a 24th of its content (a copy of 64
  // bytes takes three): do not allocate for less.
  if (length / 24 > body.size())
    return InvalidArgument(subject + "is cut, or lies about its length");
  std::string message(length, '\0');
  if (!snappy::RawUncompress(body.data(), body.size(), message.data()))
    return InvalidArgument(subject + "is cut or damaged: snappy cannot unpack it");
  return message;
}

}  // namespace hinomi::metrics
