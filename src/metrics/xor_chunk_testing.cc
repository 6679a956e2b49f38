#include "metrics/xor_chunk_testing.h"

#include <bit>

namespace hinomi::metrics {
namespace {

/// Reads bit by bit: slow, and with nothing to go wrong.
class XorBitReader {
 public:
  explicit XorBitReader(std::string_view bytes) : bytes_(bytes) {}

  uint64_t Bits(int count) {
    uint64_t out = 0;
    for (int i = 0; i < count; ++i) {
      const size_t byte = at_ / 8;
      if (byte >= bytes_.size()) {
        missing_ = true;
        return 0;
      }
      const auto value = static_cast<uint8_t>(bytes_[byte]);
      out = out << 1 | (value >> (7 - at_ % 8) & 1u);
      ++at_;
    }
    return out;
  }
  uint64_t Varint() {
    uint64_t out = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint64_t byte = Bits(8);
      out |= (byte & 0x7F) << shift;
      if (byte < 0x80) break;
    }
    return out;
  }
  bool missing() const { return missing_; }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
  bool missing_ = false;
};

int64_t ReadTimeChange(XorBitReader& in) {
  int ones = 0;
  while (ones < 4 && in.Bits(1) == 1) ++ones;
  constexpr int kBits[] = {0, 14, 17, 20, 64};
  const int bits = kBits[ones];
  const uint64_t raw = in.Bits(bits);
  if (bits == 0 || bits == 64) return static_cast<int64_t>(raw);
  // Above half of the range it is negative; half itself is not.
  return raw > uint64_t{1} << (bits - 1) ? static_cast<int64_t>(raw) - (int64_t{1} << bits)
                                         : static_cast<int64_t>(raw);
}

}  // namespace

std::optional<std::vector<Sample>> DecodeXorChunk(std::string_view bytes) {
  XorBitReader in(bytes);
  const size_t count = in.Bits(16);
  std::vector<Sample> out;
  uint64_t at = 0, step = 0, value = 0;
  int leading = 0, significant = 0;
  for (size_t i = 0; i < count && !in.missing(); ++i) {
    if (i == 0) {
      const uint64_t zigzag = in.Varint();
      at = zigzag >> 1 ^ (0 - (zigzag & 1));
      value = in.Bits(64);
    } else {
      step = i == 1 ? in.Varint() : step + static_cast<uint64_t>(ReadTimeChange(in));
      at += step;
      if (in.Bits(1) == 1) {
        if (in.Bits(1) == 1) {
          leading = static_cast<int>(in.Bits(5));
          significant = static_cast<int>(in.Bits(6));
          if (significant == 0) significant = 64;
        }
        value ^= in.Bits(significant) << (64 - leading - significant);
      }
    }
    out.push_back({static_cast<int64_t>(at), std::bit_cast<double>(value)});
  }
  if (in.missing()) return std::nullopt;
  return out;
}

}  // namespace hinomi::metrics
