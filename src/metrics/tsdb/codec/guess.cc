#include "metrics/tsdb/codec/guess.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hinomi::metrics::codec {
namespace {

// A number in the middle of others, as a few spread over them tell.
int64_t MedianOfNine(std::span<const int64_t> numbers) {
  constexpr size_t kLooks = 9;
  std::array<int64_t, kLooks> looks;
  for (size_t k = 0; k < kLooks; ++k) looks[k] = numbers[k * (numbers.size() - 1) / (kLooks - 1)];
  std::nth_element(looks.begin(), looks.begin() + kLooks / 2, looks.end());
  return looks[kLooks / 2];
}

}  // namespace

int64_t MedianOfThree(std::span<const int64_t> numbers) {
  const int64_t a = numbers.front();
  const int64_t b = numbers[numbers.size() / 2];
  const int64_t c = numbers.back();
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

size_t SumOfBits(std::span<const int64_t> numbers, int64_t middle) {
  size_t sum = 0;
  for (const int64_t number : numbers) sum += DistanceBits(number, middle);
  return sum;
}

double EntropyBits(std::span<const int64_t> numbers) {
  if (numbers.empty()) return 0;
  const int64_t middle = MedianOfNine(numbers);
  std::array<uint32_t, 65> count{};
  for (const int64_t number : numbers) ++count[DistanceBits(number, middle)];
  const auto all = static_cast<double>(numbers.size());
  double bits = 0;
  for (size_t size = 0; size < count.size(); ++size) {
    if (count[size] == 0) continue;
    bits += count[size] * (std::log2(all / count[size]) + (size > 1 ? double(size - 1) : 0));
  }
  return bits;
}

}  // namespace hinomi::metrics::codec
