#ifndef HINOMI_METRICS_TSDB_CODEC_BITS_H_
#define HINOMI_METRICS_TSDB_CODEC_BITS_H_

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace hinomi::metrics::codec {

static_assert(std::endian::native == std::endian::little, "words are read as they lie");

/// A word of which the low `width` bits (0 to 64) are set.
inline uint64_t LowBits(unsigned width) {
  return width >= 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
}

inline uint64_t ZigzagEncode(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t ZigzagDecode(uint64_t raw) {
  return static_cast<int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
}

/// Appends numbers of any width behind each other, the lowest bit first.
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  /// `value` has no bit beyond `width` (0 to 64).
  void Put(uint64_t value, unsigned width) {
    word_ |= value << used_;
    if (used_ + width < 64) {
      used_ += width;
      return;
    }
    Append(8);
    const unsigned taken = 64 - used_;
    word_ = taken >= 64 ? 0 : value >> taken;
    used_ = used_ + width - 64;
  }
  /// Fills the last byte with zeros. Nothing may be put after it.
  void Finish() { Append((used_ + 7) / 8); }

 private:
  void Append(size_t bytes) { out_.append(reinterpret_cast<const char*>(&word_), bytes); }

  std::string& out_;
  uint64_t word_ = 0;
  unsigned used_ = 0;  // Bits of word_, below 64.
};

/// Reads what BitWriter wrote. Past the end it yields zeros and `failed()` is
/// true from then on.
class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : bytes_(bytes) {}

  /// A width up to 64.
  uint64_t Get(unsigned width) {
    if (width > 32) {
      const uint64_t low = GetPart(32);
      return low | GetPart(width - 32) << 32;
    }
    return GetPart(width);
  }
  /// As Get, for widths up to kQuick, while `quick()`: without any check. `mask`
  /// is LowBits(width).
  static constexpr unsigned kQuick = 57;
  bool quick() const { return (at_ >> 3) + 8 <= bytes_.size(); }
  uint64_t GetQuick(unsigned width, uint64_t mask) {
    uint64_t word;
    std::memcpy(&word, bytes_.data() + (at_ >> 3), sizeof word);
    word = word >> (at_ & 7) & mask;
    at_ += width;
    return word;
  }
  /// No further than to the end.
  void Skip(size_t bits) { at_ += bits; }
  bool failed() const { return failed_; }
  /// The bytes behind the last one touched.
  std::string_view Rest() const { return bytes_.substr((at_ + 7) / 8); }

 private:
  uint64_t GetPart(unsigned width) {
    if (at_ + width > bytes_.size() * 8) {
      failed_ = true;
      at_ = bytes_.size() * 8;
      return 0;
    }
    if (quick()) return GetQuick(width, LowBits(width));
    uint64_t word = 0;
    std::memcpy(&word, bytes_.data() + (at_ >> 3), bytes_.size() - (at_ >> 3));
    word = word >> (at_ & 7) & LowBits(width);
    at_ += width;
    return word;
  }

  std::string_view bytes_;
  size_t at_ = 0;  // In bits.
  bool failed_ = false;
};

/// Calls take(i, number) for the numbers from `first` up to `count`, not included, of `width`
/// bits each, as BitWriter put them behind each other; false if there are not that many. Up
/// to BitReader::kQuick bits, none waits for the one before.
template <typename Take>
bool ForEachOfWidth(std::string_view bytes, unsigned width, size_t first, size_t count, Take take) {
  if (bytes.size() * 8 < count * width) return false;
  if (width > BitReader::kQuick) {
    BitReader bits(bytes);
    bits.Skip(first * width);
    for (size_t i = first; i < count; ++i) take(i, bits.Get(width));
    return true;
  }
  const uint64_t mask = LowBits(width);
  const auto take_from = [&](const char* begin, size_t& i, size_t end, size_t at) {
    for (; i < end; ++i, at += width) {
      uint64_t word;
      std::memcpy(&word, begin + (at >> 3), sizeof word);
      take(i, word >> (at & 7) & mask);
    }
  };
  size_t i = first;
  if (bytes.size() >= 8) {
    const size_t last = bytes.size() - 8;  // Where the last whole word begins.
    const size_t whole = width == 0 ? count : std::min(count, (last * 8 + 7) / width + 1);
    take_from(bytes.data(), i, whole, i * width);
  }
  // What is left of less than a word, with zeros behind it.
  const size_t done = i * width / 8;
  char rest[16] = {};
  std::memcpy(rest, bytes.data() + done, std::min<size_t>(bytes.size() - done, 8));
  take_from(rest, i, count, i * width % 8);
  return true;
}

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_BITS_H_
