#include "metrics/tsdb/codec/sorting.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace hinomi::metrics::codec {

void SortUnsigned(std::vector<uint64_t>& numbers) {
  constexpr unsigned kDigit = 11;
  constexpr size_t kFew = 200;
  if (numbers.size() <= kFew) {
    std::sort(numbers.begin(), numbers.end());
    return;
  }
  uint64_t all = 0;
  for (const uint64_t number : numbers) all |= number;
  std::vector<uint64_t> other(numbers.size());
  for (unsigned shift = 0; shift < static_cast<unsigned>(std::bit_width(all)); shift += kDigit) {
    std::array<uint32_t, size_t{1} << kDigit> place{};
    const auto digit = [shift](uint64_t number) {
      return number >> shift & ((uint64_t{1} << kDigit) - 1);
    };
    for (const uint64_t number : numbers) ++place[digit(number)];
    uint32_t before = 0;
    for (uint32_t& count : place) before += std::exchange(count, before);
    for (const uint64_t number : numbers) other[place[digit(number)]++] = number;
    numbers.swap(other);
  }
}

}  // namespace hinomi::metrics::codec
