#include "metrics/tsdb/index_tables.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/digest.h"
#include "metrics/impl/byte_codec.h"

namespace hinomi::metrics {
namespace {

/// As ByteReader does, but a whole word at once: every label of every series
/// that is selected comes by here.
uint64_t LoadFixed64(const char* bytes) {
  static_assert(std::endian::native == std::endian::little);
  uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace

void IndexHeader::AppendTo(std::string& out) const {
  const size_t begin = out.size();
  out += kIndexMagic;
  ByteWriter writer(out);
  writer.Byte(kIndexVersion & 0xFF);
  writer.Byte(kIndexVersion >> 8);
  writer.Fixed32(series);
  writer.Fixed32(names);
  writer.Fixed32(terms);
  for (const Section& section : sections) {
    writer.Fixed64(section.size);
    writer.Fixed32(section.crc);
  }
  writer.Fixed32(Crc32c(std::string_view(out).substr(begin)));
}

Result<IndexHeader> IndexHeader::Read(std::string_view bytes) {
  if (!bytes.starts_with(kIndexMagic)) return Corrupt("this is no index of series");
  if (bytes.size() < kSize) return Corrupt("the index of series is cut");
  ByteReader reader(bytes.substr(kIndexMagic.size(), kSize - kIndexMagic.size()));
  const uint32_t low = reader.Byte();
  const uint32_t version = low | uint32_t{reader.Byte()} << 8;
  if (version != kIndexVersion)
    return Conflict("the index of series has version " + std::to_string(version) +
                    " of its format; this release reads version " + std::to_string(kIndexVersion));
  IndexHeader header;
  header.series = reader.Fixed32();
  header.names = reader.Fixed32();
  header.terms = reader.Fixed32();
  for (Section& section : header.sections) {
    section.size = reader.Fixed64();
    section.crc = reader.Fixed32();
  }
  if (reader.Fixed32() != Crc32c(bytes.substr(0, kSize - 4)))
    return Corrupt("the header of an index of series is damaged");
  return header;
}

void IndexRow::AppendTo(std::string& out) const {
  ByteWriter writer(out);
  writer.Fixed64(text | postings << 48);
  writer.Fixed64(postings >> 16 | uint64_t{link} << 32);
}

Result<std::unique_ptr<const IndexTables>> IndexTables::Open(std::string_view bytes) {
  auto tables = std::make_unique<IndexTables>();
  HN_TRY(tables->header_, IndexHeader::Read(bytes));
  const IndexHeader& header = tables->header_;
  bytes.remove_prefix(IndexHeader::kSize);
  for (size_t i = 0; i < kIndexSections; ++i) {
    const uint64_t size = header.sections[i].size;
    if (size > bytes.size()) return Corrupt("the index of series is cut");
    tables->sections_[i] = bytes.substr(0, size);
    bytes.remove_prefix(size);
  }
  const auto has = [&](IndexSection which, uint64_t size) {
    return tables->section(which).size() == size;
  };
  const uint64_t strides = (uint64_t{header.series} + kIndexStride - 1) / kIndexStride;
  if (!bytes.empty() ||
      !has(IndexSection::kNames, (uint64_t{header.names} + 1) * IndexRow::kSize) ||
      !has(IndexSection::kTerms, (uint64_t{header.terms} + 1) * IndexRow::kSize) ||
      !has(IndexSection::kDirectory, strides * 8) || (header.names == 0) != (header.terms == 0))
    return Corrupt("the sections of an index of series do not fit together");
  return std::unique_ptr<const IndexTables>(std::move(tables));
}

IndexRow IndexTables::Row(IndexSection table, uint32_t row) const {
  const std::string_view bytes = section(table);
  const size_t at = size_t{row} * IndexRow::kSize;
  if (at >= bytes.size()) {  // All sizes are multiples of a row's.
    MarkDamaged();
    return {};
  }
  const uint64_t low = LoadFixed64(bytes.data() + at);
  const uint64_t high = LoadFixed64(bytes.data() + at + 8);
  constexpr uint64_t kMask48 = (uint64_t{1} << 48) - 1;
  return {low & kMask48, low >> 48 | (high << 16 & kMask48), static_cast<uint32_t>(high >> 32)};
}

std::string_view IndexTables::Slice(IndexSection from, uint64_t begin, uint64_t end) const {
  const std::string_view bytes = section(from);
  if (begin <= end && end <= bytes.size()) return bytes.substr(begin, end - begin);
  MarkDamaged();
  return {};
}

std::string_view IndexTables::Text(IndexSection table, uint32_t row) const {
  return Slice(IndexSection::kStrings, Row(table, row).text, Row(table, row + 1).text);
}

std::string_view IndexTables::List(IndexSection table, uint32_t row) const {
  return Slice(IndexSection::kPostings, Row(table, row).postings, Row(table, row + 1).postings);
}

std::string_view IndexTables::AllPostings() const {
  return Slice(IndexSection::kPostings, 0, Row(IndexSection::kNames, 0).postings);
}

uint32_t IndexTables::NameOf(uint32_t term) const {
  const uint32_t name = Row(IndexSection::kTerms, term).link;
  if (name < names()) return name;
  MarkDamaged();
  return 0;
}

std::pair<uint32_t, uint32_t> IndexTables::TermsOf(uint32_t name) const {
  const uint32_t begin = Row(IndexSection::kNames, name).link;
  const uint32_t end = Row(IndexSection::kNames, name + 1).link;
  if (begin <= end && end <= terms()) return {begin, end};
  MarkDamaged();
  return {0, 0};
}

std::optional<uint32_t> IndexTables::FindName(std::string_view name) const {
  uint32_t begin = 0;
  uint32_t end = names();
  while (begin < end) {
    const uint32_t middle = begin + (end - begin) / 2;
    if (NameText(middle) < name)
      begin = middle + 1;
    else
      end = middle;
  }
  if (begin == names() || NameText(begin) != name) return std::nullopt;
  return begin;
}

uint32_t IndexTables::LowerBound(uint32_t name, std::string_view value) const {
  auto [begin, end] = TermsOf(name);
  while (begin < end) {
    const uint32_t middle = begin + (end - begin) / 2;
    if (TermText(middle) < value)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin;
}

std::optional<uint32_t> IndexTables::FindTerm(uint32_t name, std::string_view value) const {
  const uint32_t term = LowerBound(name, value);
  if (term == TermsOf(name).second || TermText(term) != value) return std::nullopt;
  return term;
}

std::string_view IndexTables::Record(uint32_t id) const {
  const uint64_t begin =
      LoadFixed64(section(IndexSection::kDirectory).data() + size_t{id / kIndexStride} * 8);
  std::string_view records = section(IndexSection::kRecords);
  records.remove_prefix(std::min<uint64_t>(begin, records.size()));
  for (uint32_t skip = id % kIndexStride;; --skip) {
    const auto size = TakeVarint32(records);
    if (!size || *size > records.size()) break;
    if (skip == 0) return records.substr(0, *size);
    records.remove_prefix(*size);
  }
  MarkDamaged();
  return {};
}

}  // namespace hinomi::metrics
