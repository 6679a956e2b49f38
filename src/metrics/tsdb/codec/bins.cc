#include "metrics/tsdb/codec/bins.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "metrics/tsdb/codec/sorting.h"

namespace hinomi::metrics::codec {
namespace {

constexpr size_t kMostNumbers = 4096;
constexpr float kBinBits = 16;    // About what a line of the table takes,
constexpr float kApartBits = 14;  // and how much more where it does not follow the one before.
constexpr float kEvenBinBits = 11;
constexpr int kWidthsTried = 4;

// n * log2(n).
const std::array<float, kMostNumbers + 1>& NLogN() {
  static const auto table = [] {
    std::array<float, kMostNumbers + 1> filled{};
    for (size_t n = 1; n <= kMostNumbers; ++n)
      filled[n] = static_cast<float>(static_cast<double>(n) * std::log2(static_cast<double>(n)));
    return filled;
  }();
  return table;
}

// The entropy of `counts`, in bits for all.
float BitsOf(std::span<const uint32_t> counts, size_t numbers) {
  float bits = NLogN()[numbers];
  for (const uint32_t count : counts) bits -= NLogN()[count];
  return bits;
}

// Bins of one width, side by side: quick to plan and to decode, and as good as
// any where the numbers are spread like noise. Empty where they are not.
std::vector<Bin> EvenBins(std::span<const uint64_t> numbers) {
  const uint64_t most = *std::max_element(numbers.begin(), numbers.end());
  const auto range = static_cast<unsigned>(std::bit_width(most));
  unsigned width = range > 6 ? range - 6 : 0;
  std::array<uint32_t, kMaxBins> counts{};
  for (const uint64_t number : numbers) ++counts[number >> width];
  size_t size = (most >> width) + 1;
  // With fewer bins in use than this, the inside of the bins is worth a look.
  constexpr float kSpread = 3.2F;
  const auto all = static_cast<float>(numbers.size());
  float bits = BitsOf({counts.data(), size}, numbers.size()) + all * float(width);
  if (bits - all * float(width) < all * kSpread) return {};
  bits += float(size) * kEvenBinBits;
  // Wider bins as long as a shorter table pays for them.
  while (size > 4) {
    std::array<uint32_t, kMaxBins> merged{};
    for (size_t i = 0; i < size; ++i) merged[i / 2] += counts[i];
    const size_t half = (size + 1) / 2;
    const float merged_bits = BitsOf({merged.data(), half}, numbers.size()) +
                              all * float(width + 1) + float(half) * kEvenBinBits;
    if (merged_bits > bits) break;
    counts = merged;
    size = half;
    bits = merged_bits;
    ++width;
  }
  std::vector<Bin> bins(size);
  for (size_t i = 0; i < size; ++i)
    bins[i] = {uint64_t{i} << width, static_cast<uint8_t>(width), counts[i]};
  return bins;
}

// The cheapest way found so far to have bins for all numbers before an index.
struct Reached {
  float bits = std::numeric_limits<float>::infinity();
  uint32_t from = 0;
  uint64_t lower = 0;       // Of the bin that ends here,
  uint8_t width = 0;        // with this width;
  uint64_t next_lower = 0;  // and where the next one begins.
};

// A shortest path over the sorted numbers: each step is one bin.
class Planner {
 public:
  explicit Planner(std::span<const uint64_t> sorted)
      : sorted_(sorted),
        reached_(sorted.size() + 1),
        least_(std::max<size_t>(sorted.size() / 64, 2)),
        log_n_(std::log2(static_cast<float>(sorted.size()))) {
    FindPeaks();
    reached_[0].bits = 0;
    reached_[0].next_lower = sorted[0];
    for (size_t i = 0; i < sorted.size(); ++i)
      if (std::isfinite(reached_[i].bits)) StepsFrom(i);
  }

  std::vector<Bin> Path() const {
    std::vector<Bin> bins;
    for (size_t end = sorted_.size(); end > 0; end = reached_[end].from) {
      const Reached& last = reached_[end];
      bins.push_back({last.lower, last.width, static_cast<uint32_t>(end - last.from)});
    }
    std::reverse(bins.begin(), bins.end());
    return bins;
  }

 private:
  // Where a number begins that is so frequent that it had better stand alone.
  void FindPeaks() {
    const size_t peak = std::max<size_t>(sorted_.size() / 24, 3);
    for (size_t i = 0; i + peak <= sorted_.size();) {
      if (sorted_[i + peak - 1] != sorted_[i]) {
        ++i;
        continue;
      }
      size_t end = i + peak;
      while (end < sorted_.size() && sorted_[end] == sorted_[i]) ++end;
      if (i > 0) peaks_.push_back(i);
      i = end;
    }
  }

  void StepsFrom(size_t i) {
    const uint64_t lower = reached_[i].next_lower;
    const auto peak = std::upper_bound(peaks_.begin(), peaks_.end(), i);
    if (peak != peaks_.end()) {
      const auto width = std::bit_width(sorted_[*peak - 1] - lower);
      if (width < 64) Step(i, *peak, static_cast<unsigned>(width), sorted_[*peak]);
    }
    const size_t least = std::min(i + least_, sorted_.size()) - 1;
    auto width = static_cast<unsigned>(std::bit_width(sorted_[least] - lower));
    size_t end = least;
    for (int tried = 0; tried < kWidthsTried && width < 64 && end < sorted_.size(); ++width) {
      const uint64_t beyond = lower + (uint64_t{1} << width);
      const auto at = beyond < lower ? sorted_.end()
                                     : std::lower_bound(sorted_.begin() + static_cast<long>(end),
                                                        sorted_.end(), beyond);
      end = static_cast<size_t>(at - sorted_.begin());
      Step(i, end, width, beyond);
      ++tried;
    }
    // Everything that is left in one bin.
    if (end < sorted_.size()) {
      const auto all = std::bit_width(sorted_.back() - lower);
      if (all < 64) Step(i, sorted_.size(), static_cast<unsigned>(all), 0);
    }
  }

  void Step(size_t from, size_t to, unsigned width, uint64_t beyond) {
    const size_t count = to - from;
    const uint64_t lower = reached_[from].next_lower;
    float bits = reached_[from].bits + static_cast<float>(count) * (log_n_ + float(width)) -
                 NLogN()[count] + kBinBits;
    // A gap of more than this bin's width is worth saying.
    uint64_t next = beyond;
    const uint64_t regular = lower + (uint64_t{1} << width);
    if (to < sorted_.size()) {
      if (next == regular && (sorted_[to] - next) >> width > 0) next = sorted_[to];
      if (next != regular) bits += kApartBits;
    }
    Reached& end = reached_[to];
    if (bits < end.bits)
      end = {bits, static_cast<uint32_t>(from), lower, static_cast<uint8_t>(width), next};
  }

  std::span<const uint64_t> sorted_;
  std::vector<Reached> reached_;
  std::vector<size_t> peaks_;
  size_t least_;
  float log_n_;
};

}  // namespace

std::vector<Bin> PlanBins(std::span<const uint64_t> numbers) {
  std::vector<Bin> bins = EvenBins(numbers);
  if (!bins.empty()) return bins;
  std::vector<uint64_t> sorted(numbers.begin(), numbers.end());
  SortUnsigned(sorted);
  bins = Planner(sorted).Path();
  if (bins.size() > kMaxBins) bins.clear();
  return bins;
}

}  // namespace hinomi::metrics::codec
