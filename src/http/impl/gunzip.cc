#include "http/impl/gunzip.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

namespace hinomi::http {
namespace {

// No deflate stream unpacks to more of each of its bytes.
constexpr uint64_t kMostRatio = 1032;
constexpr size_t kTrailerBytes = 4;

struct DecompressorCleanup {
  void operator()(libdeflate_decompressor* one) const { libdeflate_free_decompressor(one); }
};
using Decompressor = std::unique_ptr<libdeflate_decompressor, DecompressorCleanup>;

/// What the end of the body says of its size: right for one member below 4 GiB.
uint64_t SizeSaid(std::string_view packed) {
  if (packed.size() < kTrailerBytes) return 0;
  uint64_t size = 0;
  for (size_t i = 0; i < kTrailerBytes; ++i)
    size |= uint64_t{static_cast<uint8_t>(packed[packed.size() - kTrailerBytes + i])} << (8 * i);
  return size;
}

}  // namespace

Result<std::string> Gunzip(std::string_view packed, uint64_t limit_bytes) {
  const Decompressor decompressor(libdeflate_alloc_decompressor());
  if (decompressor == nullptr) return Exhausted("no memory to unpack the answer");
  const uint64_t most = std::min(limit_bytes, packed.size() * kMostRatio);
  std::string out(std::min(SizeSaid(packed), most), '\0');
  size_t used = 0;
  do {
    size_t taken = 0;
    size_t given = 0;
    const libdeflate_result result =
        libdeflate_gzip_decompress_ex(decompressor.get(), packed.data(), packed.size(),
                                      out.data() + used, out.size() - used, &taken, &given);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
      if (out.size() >= limit_bytes)
        return Exhausted("the answer unpacks to more than " + std::to_string(limit_bytes) +
                         " bytes");
      if (out.size() >= most) return Corrupt("the gzip data of the answer are damaged");
      out.resize(std::min<uint64_t>(most, std::max<uint64_t>(out.size() * 2, 4096)));
      continue;
    }
    if (result != LIBDEFLATE_SUCCESS)
      return Corrupt("the gzip data of the answer are cut or damaged");
    used += given;
    packed.remove_prefix(taken);
  } while (!packed.empty());
  out.resize(used);
  return out;
}

}  // namespace hinomi::http
