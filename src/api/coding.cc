#include "api/coding.h"

#include <zlib.h>

#include "base/check.h"
#include "base/strings.h"

namespace hinomi::api {

bool AcceptsCoding(std::string_view accept_encoding, std::string_view coding) {
  for (std::string_view element : Split(accept_encoding, ',')) {
    const size_t semicolon = element.find(';');
    if (!EqualsIgnoreCase(Trim(element.substr(0, semicolon)), coding)) continue;
    if (semicolon == std::string_view::npos) return true;
    const std::string_view parameters = Trim(element.substr(semicolon + 1));
    if (!parameters.starts_with("q=")) return true;
    return ParseDouble(parameters.substr(2)).value_or(0) > 0;
  }
  return false;
}

std::string Gzip(std::string_view plain, GzipEffort effort) {
  constexpr int kGzip = 15 + 16;  // Window bits; 16 more ask for gzip's frame.
  z_stream stream{};
  const int level = effort == GzipEffort::kQuick ? Z_BEST_SPEED : Z_BEST_COMPRESSION;
  HN_CHECK(deflateInit2(&stream, level, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(plain.size())), '\0');
  // zlib does not write to what it reads.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  HN_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace hinomi::api
