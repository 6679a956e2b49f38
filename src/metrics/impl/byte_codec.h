#ifndef HINOMI_METRICS_IMPL_BYTE_CODEC_H_
#define HINOMI_METRICS_IMPL_BYTE_CODEC_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace hinomi::metrics {

/// Appends numbers and strings to `out`: fixed ones in little-endian order,
/// varints in groups of 7 bits, the least significant first.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void Byte(uint8_t value) { out_ += static_cast<char>(value); }
  void Fixed32(uint32_t value) { Fixed(value, 4); }
  void Fixed64(uint64_t value) { Fixed(value, 8); }
  void Varint(uint64_t value) {
    while (value >= 0x80) {
      Byte(static_cast<uint8_t>(value | 0x80));
      value >>= 7;
    }
    Byte(static_cast<uint8_t>(value));
  }
  /// Small numbers of either sign in few bytes.
  void Zigzag(int64_t value) {
    Varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }
  void String(std::string_view text) {
    Varint(text.size());
    out_ += text;
  }

 private:
  void Fixed(uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) Byte(static_cast<uint8_t>(value >> (8 * i)));
  }
  std::string& out_;
};

/// Reads what ByteWriter wrote. Past the end or at a malformed number it
/// yields zeros and `failed()` is true from then on.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  uint8_t Byte() {
    if (bytes_.empty()) return Fail();
    const auto value = static_cast<uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    return value;
  }
  uint32_t Fixed32() { return static_cast<uint32_t>(Fixed(4)); }
  uint64_t Fixed64() { return Fixed(8); }
  uint64_t Varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = Byte();
      value |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    return Fail();
  }
  int64_t Zigzag() {
    const uint64_t raw = Varint();
    return static_cast<int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
  }
  std::string_view String() {
    const uint64_t size = Varint();
    return failed_ ? std::string_view() : Bytes(size);
  }
  std::string_view Bytes(uint64_t size) {
    if (size > bytes_.size()) {
      Fail();
      return {};
    }
    const std::string_view bytes = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return bytes;
  }
  size_t remaining() const { return bytes_.size(); }
  /// What has not been read yet.
  std::string_view Rest() const { return bytes_; }
  bool failed() const { return failed_; }
  /// For what is well-formed but makes no sense to the caller.
  uint8_t Fail() {
    failed_ = true;
    bytes_ = {};
    return 0;
  }

 private:
  uint64_t Fixed(size_t size) {
    if (bytes_.size() < size) return Fail();
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) value |= uint64_t{static_cast<uint8_t>(bytes_[i])} << (8 * i);
    bytes_.remove_prefix(size);
    return value;
  }

  std::string_view bytes_;
  bool failed_ = false;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_BYTE_CODEC_H_
