#ifndef HINOMI_METRICS_TSDB_INDEX_TABLES_H_
#define HINOMI_METRICS_TSDB_INDEX_TABLES_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "metrics/tsdb/postings.h"

namespace hinomi::metrics {

// How the bytes of an index are laid out: docs/formats/metrics-index.md.
inline constexpr std::string_view kIndexMagic = "HNMIDX";
inline constexpr uint32_t kIndexVersion = 1;
/// Every so many series the directory says where a record begins.
inline constexpr uint32_t kIndexStride = 16;

enum class IndexSection { kStrings, kNames, kTerms, kPostings, kDirectory, kRecords };
inline constexpr size_t kIndexSections = 6;

struct IndexHeader {
  struct Section {
    uint64_t size = 0;
    uint32_t crc = 0;
  };
  uint32_t series = 0;
  uint32_t names = 0;
  uint32_t terms = 0;
  std::array<Section, kIndexSections> sections;

  static constexpr size_t kSize = 8 + 3 * 4 + kIndexSections * 12 + 4;
  void AppendTo(std::string& out) const;
  /// kCorrupt; kConflict if the version is another one.
  static Result<IndexHeader> Read(std::string_view bytes);
};

/// A row of the sections kNames and kTerms. Text and list end where those of
/// the next row begin, so that there is one row more than names or terms.
struct IndexRow {
  uint64_t text = 0;      ///< Where its string begins in kStrings, 48 bits.
  uint64_t postings = 0;  ///< Where its list begins in kPostings, 48 bits.
  uint32_t link = 0;      ///< A name's first term; a term's name.

  static constexpr size_t kSize = 16;
  void AppendTo(std::string& out) const;
};

/// Reads the sections of an index. Whatever the bytes, nothing outside of them
/// is read: what makes no sense is empty, and `damaged()` from then on.
class IndexTables {
 public:
  static Result<std::unique_ptr<const IndexTables>> Open(std::string_view bytes);

  const IndexHeader& header() const { return header_; }
  uint32_t series() const { return header_.series; }
  uint32_t names() const { return header_.names; }
  uint32_t terms() const { return header_.terms; }
  std::string_view section(IndexSection which) const {
    return sections_[static_cast<size_t>(which)];
  }
  bool damaged() const { return damaged_.load(std::memory_order_relaxed); }
  void MarkDamaged() const { damaged_.store(true, std::memory_order_relaxed); }

  std::string_view NameText(uint32_t name) const { return Text(IndexSection::kNames, name); }
  std::string_view TermText(uint32_t term) const { return Text(IndexSection::kTerms, term); }
  std::string_view NamePostings(uint32_t name) const { return List(IndexSection::kNames, name); }
  std::string_view TermPostings(uint32_t term) const { return List(IndexSection::kTerms, term); }
  std::string_view AllPostings() const;
  /// The name of a term; 0 if the row is damaged.
  uint32_t NameOf(uint32_t term) const;
  /// The terms of a name: from the first one up to (not including) the second.
  std::pair<uint32_t, uint32_t> TermsOf(uint32_t name) const;

  std::optional<uint32_t> FindName(std::string_view name) const;
  std::optional<uint32_t> FindTerm(uint32_t name, std::string_view value) const;
  /// The first term of the name that is not less than `value`; the end if none.
  uint32_t LowerBound(uint32_t name, std::string_view value) const;
  /// Calls `use(term)` for each term of the series (below series()), ascending.
  template <typename Use>
  void ForEachTerm(uint32_t id, Use use) const;

 private:
  IndexRow Row(IndexSection table, uint32_t row) const;
  std::string_view Text(IndexSection table, uint32_t row) const;
  std::string_view List(IndexSection table, uint32_t row) const;
  std::string_view Record(uint32_t id) const;
  std::string_view Slice(IndexSection from, uint64_t begin, uint64_t end) const;

  IndexHeader header_;
  std::array<std::string_view, kIndexSections> sections_;
  mutable std::atomic<bool> damaged_ = false;
};

/// A varint from the front of `bytes`; nothing if there is none of 32 bits.
inline std::optional<uint32_t> TakeVarint32(std::string_view& bytes) {
  uint64_t value = 0;
  for (unsigned i = 0; i < 5 && i < bytes.size(); ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    value |= uint64_t{byte & 0x7Fu} << (7 * i);
    if (byte >= 0x80) continue;
    bytes.remove_prefix(i + 1);
    if (value > UINT32_MAX) return std::nullopt;
    return static_cast<uint32_t>(value);
  }
  return std::nullopt;
}

template <typename Use>
void IndexTables::ForEachTerm(uint32_t id, Use use) const {
  uint64_t next = 0;  // Each term is above the one before.
  for (std::string_view record = Record(id); !record.empty();) {
    const auto step = TakeVarint32(record);
    const uint64_t term = next + step.value_or(0);
    if (!step || term >= terms()) return MarkDamaged();
    use(static_cast<uint32_t>(term));
    next = term + 1;
  }
}

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_INDEX_TABLES_H_
