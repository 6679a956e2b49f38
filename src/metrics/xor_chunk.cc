#include "metrics/xor_chunk.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace hinomi::metrics {
namespace {

/// Bits one behind the other, the highest of each number first.
class XorBits {
 public:
  explicit XorBits(size_t samples) {
    bytes_ += static_cast<char>(samples >> 8);
    bytes_ += static_cast<char>(samples & 0xFF);
  }

  void Put(uint64_t bits, int count) {
    while (count > 0) {
      if (free_ == 0) {
        bytes_ += '\0';
        free_ = 8;
      }
      const int taken = std::min(count, free_);
      const uint64_t part = bits >> (count - taken) & ((1u << taken) - 1);
      bytes_.back() = static_cast<char>(static_cast<uint8_t>(bytes_.back()) |
                                        static_cast<uint8_t>(part << (free_ - taken)));
      free_ -= taken;
      count -= taken;
    }
  }

  /// Base 128, the lowest seven bits first.
  void PutVarint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) Put((value & 0x7F) | 0x80, 8);
    Put(value, 8);
  }

  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  int free_ = 0;  ///< Bits of the last byte.
};

/// Whether `bits` bits hold it. The range is off by one against two's complement:
/// the format takes the pattern of the least number for the greatest.
bool Fits(int64_t number, int bits) {
  const int64_t half = int64_t{1} << (bits - 1);
  return -half < number && number <= half;
}

void PutTimeChange(XorBits& out, int64_t change) {
  const auto bits = static_cast<uint64_t>(change);
  if (change == 0) {
    out.Put(0b0, 1);
  } else if (Fits(change, 14)) {
    out.Put(0b10, 2);
    out.Put(bits, 14);
  } else if (Fits(change, 17)) {
    out.Put(0b110, 3);
    out.Put(bits, 17);
  } else if (Fits(change, 20)) {
    out.Put(0b1110, 4);
    out.Put(bits, 20);
  } else {
    out.Put(0b1111, 4);
    out.Put(bits, 64);
  }
}

/// Writes values by what changes in them.
class ValueChanges {
 public:
  explicit ValueChanges(uint64_t first) : last_(first) {}

  void Put(XorBits& out, uint64_t value) {
    const uint64_t change = value ^ last_;
    last_ = value;
    if (change == 0) return out.Put(0b0, 1);
    const int leading = std::min(std::countl_zero(change), 31);  // Five bits tell it.
    const int trailing = std::countr_zero(change);
    if (leading_ >= 0 && leading >= leading_ && trailing >= trailing_) {
      out.Put(0b10, 2);
      return out.Put(change >> trailing_, 64 - leading_ - trailing_);
    }
    leading_ = leading;
    trailing_ = trailing;
    const int significant = 64 - leading - trailing;
    out.Put(0b11, 2);
    out.Put(static_cast<uint64_t>(leading), 5);
    out.Put(static_cast<uint64_t>(significant), 6);  // 64 becomes 0: none is never told.
    out.Put(change >> trailing, significant);
  }

 private:
  uint64_t last_;
  int leading_ = -1;  ///< Of the window that the reader knows; -1: none yet.
  int trailing_ = 0;
};

uint64_t ZigZag(int64_t number) {
  return static_cast<uint64_t>(number) << 1 ^ static_cast<uint64_t>(number >> 63);
}

}  // namespace

std::string EncodeXorChunk(std::span<const int64_t> at_ms, std::span<const double> values) {
  HN_CHECK(at_ms.size() == values.size() && at_ms.size() <= kMostSamplesInXorChunk);
  XorBits out(at_ms.size());
  if (at_ms.empty()) return out.Take();
  out.PutVarint(ZigZag(at_ms[0]));
  const auto first = std::bit_cast<uint64_t>(values[0]);
  out.Put(first, 64);
  ValueChanges changes(first);
  uint64_t step = 0;  // Unsigned, so that times at both ends of the range wrap.
  for (size_t i = 1; i < at_ms.size(); ++i) {
    const uint64_t next = static_cast<uint64_t>(at_ms[i]) - static_cast<uint64_t>(at_ms[i - 1]);
    if (i == 1)
      out.PutVarint(next);
    else
      PutTimeChange(out, static_cast<int64_t>(next - step));
    step = next;
    changes.Put(out, std::bit_cast<uint64_t>(values[i]));
  }
  return out.Take();
}

}  // namespace hinomi::metrics
