#include "metrics/tsdb/codec/binned.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/codec/bins.h"
#include "metrics/tsdb/codec/bits.h"
#include "metrics/tsdb/codec/rans.h"

namespace hinomi::metrics::codec {
namespace {

static_assert(kMaxBins <= kMaxRansSymbols);
constexpr size_t kMostBinned = 4096;
constexpr double kWorthScale = 1.003;
// By the code in the table, and how many bits of names are worth that many.
constexpr std::array<unsigned, 3> kStates{1, 4, 8};
constexpr std::array<double, 3> kWorthStates{0, 1000, 6000};

// The table as it is written and read: what a symbol stands for.
struct BinTable {
  unsigned scale = 0;
  unsigned states_code = 0;
  size_t size = 0;
  std::array<uint64_t, kMaxBins> lower{};
  std::array<uint8_t, kMaxBins> width{};
  std::array<uint16_t, kMaxBins> frequency{};

  RansModel model() const { return {scale, kStates[states_code], {frequency.data(), size}}; }
};

// The counts brought to a sum of 2^scale, none of them to 0.
std::array<uint16_t, kMaxBins> Normalise(std::span<const Bin> bins, size_t numbers,
                                         unsigned scale) {
  std::array<uint16_t, kMaxBins> frequency{};
  const uint32_t whole = 1u << scale;
  uint32_t sum = 0;
  size_t largest = 0;
  for (size_t i = 0; i < bins.size(); ++i) {
    const auto share = (uint64_t{bins[i].count} * whole + numbers / 2) / numbers;
    frequency[i] = static_cast<uint16_t>(std::max<uint64_t>(share, 1));
    sum += frequency[i];
    if (frequency[i] > frequency[largest]) largest = i;
  }
  while (sum > whole) {
    const auto most = std::max_element(frequency.begin(), frequency.end());
    --*most;
    --sum;
  }
  frequency[largest] = static_cast<uint16_t>(frequency[largest] + (whole - sum));
  return frequency;
}

double BitsWith(std::span<const Bin> bins, std::span<const uint16_t> frequency, unsigned scale) {
  double bits = 0;
  for (size_t i = 0; i < bins.size(); ++i)
    bits += bins[i].count * (scale - std::log2(double(frequency[i]))) + scale;
  return bits;
}

BinTable MakeTable(std::span<const Bin> bins, size_t numbers) {
  BinTable table;
  table.size = bins.size();
  for (size_t i = 0; i < bins.size(); ++i) {
    table.lower[i] = bins[i].lower;
    table.width[i] = bins[i].width;
  }
  double best = 0;
  const auto least = static_cast<unsigned>(std::bit_width(bins.size())) + 1;
  for (unsigned scale = std::max(kMinRansScale, least); scale <= kMaxRansScale; ++scale) {
    const auto frequency = Normalise(bins, numbers, scale);
    const double bits = BitsWith(bins, {frequency.data(), bins.size()}, scale);
    // A table of twice the size is twice as slow to fill.
    if (table.scale > 0 && bits * kWorthScale >= best) continue;
    best = bits;
    table.scale = scale;
    table.frequency = frequency;
  }
  while (table.states_code + 1 < kStates.size() && best >= kWorthStates[table.states_code + 1])
    ++table.states_code;
  return table;
}

// A length in 6 bits and that many bits.
void PutNumber(BitWriter& bits, uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  bits.Put(width, 7);
  bits.Put(value, width);
}
uint64_t GetNumber(BitReader& bits) {
  return bits.Get(static_cast<unsigned>(std::min<uint64_t>(bits.Get(7), 64)));
}

void WriteTable(const BinTable& table, std::string& out) {
  BitWriter bits(out);
  bits.Put(table.scale, 4);
  bits.Put(table.states_code, 2);
  bits.Put(table.size - 1, 6);
  for (size_t i = 0; i < table.size; ++i) {
    const bool same = i > 0 && table.width[i] == table.width[i - 1];
    bits.Put(same, 1);
    if (!same) bits.Put(table.width[i], 6);
    if (i > 0) {
      const uint64_t regular = table.lower[i - 1] + (uint64_t{1} << table.width[i - 1]);
      bits.Put(table.lower[i] != regular, 1);
      if (table.lower[i] != regular)
        PutNumber(bits, ZigzagEncode(static_cast<int64_t>(table.lower[i] - regular)));
    }
    if (i + 1 < table.size) bits.Put(table.frequency[i], table.scale);
  }
  bits.Finish();
}

bool ReadTable(BitReader& bits, int64_t base, BinTable& table) {
  table.scale = static_cast<unsigned>(bits.Get(4));
  table.states_code = static_cast<unsigned>(bits.Get(2));
  table.size = bits.Get(6) + 1;
  if (table.states_code >= kStates.size()) return false;
  if (table.scale < kMinRansScale || table.scale > kMaxRansScale || table.size < 2) return false;
  uint32_t left = 1u << table.scale;
  for (size_t i = 0; i < table.size; ++i) {
    const bool same = bits.Get(1) != 0;
    if (same && i == 0) return false;
    table.width[i] = same ? table.width[i - 1] : static_cast<uint8_t>(bits.Get(6));
    table.lower[i] = static_cast<uint64_t>(base);
    if (i > 0) {
      table.lower[i] = table.lower[i - 1] + (uint64_t{1} << table.width[i - 1]);
      if (bits.Get(1) != 0) table.lower[i] += static_cast<uint64_t>(ZigzagDecode(GetNumber(bits)));
    }
    const auto frequency = i + 1 < table.size ? bits.Get(table.scale) : left;
    if (frequency == 0 || frequency > left) return false;
    table.frequency[i] = static_cast<uint16_t>(frequency);
    left -= table.frequency[i];
  }
  return !bits.failed() && left == 0;
}

// The symbol of each number: the last bin that begins at or before it.
void NameBins(std::span<const uint64_t> distances, const BinTable& table,
              std::span<uint8_t> symbols) {
  std::array<uint64_t, kMaxBins> begins;
  begins.fill(~uint64_t{0});
  std::copy_n(table.lower.begin(), table.size, begins.begin());
  for (size_t i = 0; i < distances.size(); ++i) {
    size_t at = 0;
    for (size_t half = kMaxBins / 2; half > 0; half /= 2)
      at += begins[at + half] <= distances[i] ? half : 0;
    symbols[i] = static_cast<uint8_t>(std::min(at, table.size - 1));
  }
}

enum class Order { kFirstFirst, kLastFirst };

// The numbers from their bins and the bits that say where in them.
template <Order order>
bool AddPlaces(std::string_view bytes, const BinTable& table, std::span<const uint8_t> symbols,
               std::span<int64_t> numbers) {
  const auto add = [&, first = numbers.data(), behind = numbers.data() + numbers.size()](
                       size_t i, uint64_t place) {
    int64_t* const number = order == Order::kFirstFirst ? first + i : behind - 1 - i;
    *number = static_cast<int64_t>(table.lower[symbols[i]] + place);
  };
  const uint8_t* end = table.width.data() + table.size;
  const auto [least, most] = std::minmax_element(table.width.data(), end);
  if (*least == *most && *most <= BitReader::kQuick) {
    return ForEachOfWidth(bytes, *most, 0, numbers.size(), add);
  }
  std::array<uint64_t, kMaxBins> mask;
  for (size_t s = 0; s < table.size; ++s) mask[s] = LowBits(table.width[s]);
  BitReader bits(bytes);
  size_t i = 0;
  if (*most <= BitReader::kQuick) {
    for (; i < numbers.size() && bits.quick(); ++i)
      add(i, bits.GetQuick(table.width[symbols[i]], mask[symbols[i]]));
  }
  for (; i < numbers.size(); ++i) add(i, bits.Get(table.width[symbols[i]]));
  return !bits.failed();
}

// As many numbers as there is room for; `all`: there are no more.
template <Order order>
bool DecodeInOrder(std::string_view bytes, bool all, std::span<int64_t> numbers) {
  ByteReader base_reader(bytes);
  const int64_t base = base_reader.Zigzag();
  BitReader table_bits(base_reader.Rest());
  BinTable table;
  if (!ReadTable(table_bits, base, table)) return false;
  ByteReader reader(table_bits.Rest());
  std::array<uint8_t, kMostBinned> symbol_space;
  const std::span<uint8_t> symbols(symbol_space.data(), numbers.size());
  return RansDecode(table.model(), reader.String(), symbols, all) &&
         AddPlaces<order>(reader.Rest(), table, symbols, numbers);
}

}  // namespace

bool EncodeBinned(std::span<const int64_t> numbers, std::string& out) {
  const int64_t base = *std::min_element(numbers.begin(), numbers.end());
  std::vector<uint64_t> distances(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i)
    distances[i] =
        static_cast<uint64_t>(numbers[numbers.size() - 1 - i]) - static_cast<uint64_t>(base);
  const std::vector<Bin> bins = PlanBins(distances);
  if (bins.size() < 2) return false;
  const BinTable table = MakeTable(bins, numbers.size());

  ByteWriter(out).Zigzag(base);
  WriteTable(table, out);
  std::array<uint8_t, kMostBinned> symbol_space;
  const std::span<uint8_t> symbols(symbol_space.data(), numbers.size());
  NameBins(distances, table, symbols);
  RansEncode(table.model(), symbols, out);
  BitWriter bits(out);
  for (size_t i = 0; i < symbols.size(); ++i)
    bits.Put(distances[i] - table.lower[symbols[i]], table.width[symbols[i]]);
  bits.Finish();
  return true;
}

bool DecodeBinned(std::string_view bytes, size_t count, std::span<int64_t> numbers) {
  return DecodeInOrder<Order::kLastFirst>(bytes, count == numbers.size(), numbers);
}

bool DecodeBinnedForward(std::string_view bytes, std::span<int64_t> numbers) {
  return DecodeInOrder<Order::kFirstFirst>(bytes, true, numbers);
}

}  // namespace hinomi::metrics::codec
