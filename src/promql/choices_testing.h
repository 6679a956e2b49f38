#ifndef HINOMI_PROMQL_CHOICES_TESTING_H_
#define HINOMI_PROMQL_CHOICES_TESTING_H_

#include <cstdint>
#include <initializer_list>
#include <span>

#include "base/random.h"

namespace hinomi::promql {

/// What a generator is led by: a seed, or the bytes that a fuzzer found. Bytes that have come to
/// their end choose the first of everything.
class Choices {
 public:
  explicit Choices(uint64_t seed) : random_(seed), from_bytes_(false) {}
  explicit Choices(std::span<const uint8_t> bytes) : random_(0), from_bytes_(true), bytes_(bytes) {}

  /// Less than `bound`, which is at most 65,536.
  uint64_t Below(uint64_t bound) {
    if (!from_bytes_) return random_.Below(bound);
    uint64_t value = Byte();
    if (bound > 256) value = value << 8 | Byte();
    return value % bound;
  }
  bool OneIn(uint64_t n) { return Below(n) == n - 1; }
  template <typename T>
  T Of(std::initializer_list<T> values) {
    return values.begin()[Below(values.size())];
  }

 private:
  uint64_t Byte() {
    if (bytes_.empty()) return 0;
    const uint64_t byte = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return byte;
  }

  Random random_;
  bool from_bytes_;
  std::span<const uint8_t> bytes_;
};

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_CHOICES_TESTING_H_
