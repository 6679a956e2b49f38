#include "metrics/tsdb/times_columns.h"

#include <algorithm>

#include "base/digest.h"
#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/codec/wrap.h"

// columns    column*
// column     u32 CRC-32C of its place among the columns and of the times | times
// ends       u32*: where each column ends
namespace hinomi::metrics {
namespace {

constexpr size_t kSightings = 1u << 15;
constexpr size_t kCrcBytes = 4;
/// Of memory: an end and an entry among the hashes.
constexpr size_t kBookkeepingBytes = 64;
/// What a column costs beside its times: checksum, end, and the bytes of those
/// who refer to it.
constexpr size_t kColumnCost = 16;
/// A chunk with its times in itself spends so much more on the shortest ones
/// than on naming a column.
constexpr size_t kLeastGain = 6;

uint64_t HashOf(std::span<const int64_t> at_ms) {
  return Hash64({reinterpret_cast<const char*>(at_ms.data()), at_ms.size_bytes()});
}

bool IsEven(std::span<const int64_t> at_ms) {
  for (size_t i = 2; i < at_ms.size(); ++i)
    if (codec::WrapSub(at_ms[i], at_ms[i - 1]) != codec::WrapSub(at_ms[1], at_ms[0])) return false;
  return true;
}

/// How many series must have the times before a column of them is smaller: two
/// where each step is written, some more where a few bytes say them all.
uint32_t UsersWanted(std::span<const int64_t> at_ms) {
  return IsEven(at_ms) ? 2 + kColumnCost / kLeastGain : 2;
}

uint32_t ColumnChecksum(size_t offset, std::string_view times) {
  std::string place;
  ByteWriter(place).Fixed64(offset);
  return Crc32c(times, Crc32c(place));
}

}  // namespace

TimesBuilder::TimesBuilder(Effort effort) : effort_(effort), seen_(kSightings) {}

uint32_t TimesBuilder::Share(std::span<const int64_t> at_ms) {
  if (IsFound(at_ms)) return *found_number_;
  const uint64_t hash = HashOf(at_ms);
  if (numbers_.contains(hash)) return Find(hash, at_ms).value_or(kOwnTimes);
  Sighting& sighting = seen_[hash % kSightings];
  if (sighting.hash != hash) sighting = {hash, 0};
  if (++sighting.count < UsersWanted(at_ms)) return kOwnTimes;
  return Make(hash, at_ms).value_or(kOwnTimes);
}

std::optional<uint32_t> TimesBuilder::Keep(std::span<const int64_t> at_ms) {
  if (IsFound(at_ms)) return found_number_;
  const uint64_t hash = HashOf(at_ms);
  return numbers_.contains(hash) ? Find(hash, at_ms) : Make(hash, at_ms);
}

bool TimesBuilder::IsFound(std::span<const int64_t> at_ms) const {
  return found_number_ && std::ranges::equal(at_ms, found_);
}

// Equal hashes are no proof: senders choose the times.
std::optional<uint32_t> TimesBuilder::Find(uint64_t hash, std::span<const int64_t> at_ms) {
  const auto columns = TimesColumns::Open(bytes_, ends_);
  found_number_ = numbers_.find(hash)->second;
  found_.resize(at_ms.size());
  if (!columns || !columns->Read(*found_number_, found_) || !std::ranges::equal(at_ms, found_))
    found_number_.reset();
  return found_number_;
}

std::optional<uint32_t> TimesBuilder::Make(uint64_t hash, std::span<const int64_t> at_ms) {
  if (bytes_.size() + count() * kBookkeepingBytes >= kMostBytes) return std::nullopt;
  const size_t begin = bytes_.size();
  std::string times;
  EncodeTimes(at_ms, times, effort_);
  ByteWriter(bytes_).Fixed32(ColumnChecksum(begin, times));
  bytes_ += times;
  const auto number = static_cast<uint32_t>(count());
  ByteWriter(ends_).Fixed32(static_cast<uint32_t>(bytes_.size()));
  numbers_.emplace(hash, number);
  found_.assign(at_ms.begin(), at_ms.end());
  found_number_ = number;
  return number;
}

Result<TimesColumns> TimesColumns::Open(std::string_view bytes, std::string_view ends) {
  TimesColumns columns;
  columns.bytes_ = bytes;
  columns.ends_ = ends;
  if (ends.size() % 4 != 0 ||
      columns.OffsetOf(static_cast<uint32_t>(columns.count())) != bytes.size())
    return Corrupt("the table of shared times is damaged");
  return columns;
}

size_t TimesColumns::OffsetOf(uint32_t number) const {
  return number == 0 ? 0 : ByteReader(ends_.substr((size_t{number} - 1) * 4, 4)).Fixed32();
}

std::string_view TimesColumns::ColumnAt(uint32_t number) const {
  const size_t begin = OffsetOf(number);
  const size_t end = OffsetOf(number + 1);
  if (begin > end || end > bytes_.size()) return {};
  return bytes_.substr(begin, end - begin);
}

Status TimesColumns::Check(uint32_t number) const {
  const std::string_view column = ColumnAt(number);
  if (column.size() > kCrcBytes &&
      ByteReader(column).Fixed32() == ColumnChecksum(OffsetOf(number), column.substr(kCrcBytes)))
    return {};
  return Corrupt("a column of times is damaged");
}

Status TimesColumns::Read(uint32_t number, std::span<int64_t> at_ms) const {
  HN_TRY_VOID(Check(number));
  return DecodeTimes(ColumnAt(number).substr(kCrcBytes), at_ms);
}

}  // namespace hinomi::metrics
