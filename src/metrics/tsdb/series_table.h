#ifndef HINOMI_METRICS_TSDB_SERIES_TABLE_H_
#define HINOMI_METRICS_TSDB_SERIES_TABLE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/matcher.h"
#include "metrics/model.h"
#include "metrics/tsdb/label_bytes.h"
#include "os/memory.h"

namespace hinomi::metrics {

using SeriesId = uint32_t;
inline constexpr SeriesId kNoSeries = UINT32_MAX;

/// What a series is in the eyes of users, by its labels (tsdb/histogram_columns.h).
enum class SeriesRole : uint8_t {
  kPlain,
  kHistogram,  ///< A native histogram's meta column: stands for the series of histograms.
  kColumn,     ///< Another column of one: not counted, not listed.
};

/// Each label of the series in memory once: "instance=web-1" as the bytes that
/// stand in label bytes, under a dense number, with the series that have it.
class LabelPool {
 public:
  using Pair = uint32_t;

  explicit LabelPool(uint64_t seed) : seed_(seed) {}

  /// `message` is one label of valid label bytes, its head included.
  Pair Intern(std::string_view message);
  std::optional<Pair> Find(std::string_view message) const;
  uint64_t HashOf(std::string_view message) const;
  uint64_t HashOf(Pair pair) const { return entries_[pair].hash; }
  std::string_view Bytes(Pair pair) const {
    const Entry& entry = entries_[pair];
    return {pages_[entry.page].data() + entry.offset, entry.size};
  }
  LabelBytesReader::Label LabelOf(Pair pair) const { return *LabelBytesReader(Bytes(pair)).Next(); }
  void AddSeries(Pair pair, SeriesId id) {
    entries_[pair].series.push_back(id);
    bytes_ += sizeof(SeriesId);
  }
  const std::vector<SeriesId>& SeriesOf(Pair pair) const { return entries_[pair].series; }
  /// Of the series that have it, as far as this label tells.
  SeriesRole RoleOf(Pair pair) const { return entries_[pair].role; }
  /// Name → its pairs, in order of their coming.
  const std::map<std::string, std::vector<Pair>, std::less<>>& names() const { return names_; }
  size_t size() const { return entries_.size(); }
  size_t memory_bytes() const { return bytes_; }

 private:
  struct Entry {
    uint32_t page = 0;
    uint32_t offset = 0;
    uint32_t size = 0;
    SeriesRole role = SeriesRole::kPlain;
    uint64_t hash = 0;
    std::vector<SeriesId> series;
  };
  std::optional<Pair> Find(std::string_view message, uint64_t hash) const;
  void Grow();
  void TakeSlot(Pair pair);

  uint64_t seed_;
  std::vector<Entry, LargeAllocator<Entry>> entries_;
  std::vector<std::string> pages_;                 ///< Never reallocated once they have content.
  std::vector<Pair, LargeAllocator<Pair>> slots_;  ///< Open addressing; kNoSeries is free.
  std::map<std::string, std::vector<Pair>, std::less<>> names_;
  size_t bytes_ = 0;
};

/// The series that the head knows: label bytes ↔ dense id, and an inverted
/// index. A series takes about 70 bytes beside its share of the labels. Its hash
/// is made of those of its labels, so that whoever knows their numbers need not read
/// them. No locks: one thread changes it, and nobody reads meanwhile.
class SeriesTable {
 public:
  /// `seed` keeps senders from choosing collisions.
  explicit SeriesTable(uint64_t seed) : labels_(seed) {}

  /// The series with these label bytes. `after` is the series that stood in
  /// front of it (or kNoSeries): what followed that one last time is compared
  /// first, without hashing anything.
  std::optional<SeriesId> Find(std::string_view label_bytes, SeriesId after);
  std::optional<SeriesId> Find(std::string_view label_bytes) const;
  /// A series that `Find` does not know; `label_bytes` valid (ParseLabelBytes).
  SeriesId Create(std::string_view label_bytes);
  /// The next id that `Create` gives; all below are or were used.
  SeriesId next_id() const { return static_cast<SeriesId>(series_.size()); }
  /// As `Create`, under an id that is not below next_id(): those in between
  /// stay empty and match nothing.
  void CreateAs(SeriesId id, std::string_view label_bytes);
  /// The same for whoever has interned the labels, in order, already.
  void CreateAs(SeriesId id, std::span<const LabelPool::Pair> pairs);
  /// No id below it is given any more.
  void SkipTo(SeriesId next);
  LabelPool& labels() { return labels_; }
  bool Exists(SeriesId id) const { return id < series_.size() && series_[id].pair_count > 0; }
  SeriesRole RoleOf(SeriesId id) const { return static_cast<SeriesRole>(series_[id].role); }
  /// How many have SeriesRole::kColumn.
  size_t columns() const { return columns_; }

  /// Its labels in order; valid until the next series.
  std::span<const LabelPool::Pair> PairsOf(SeriesId id) const {
    return std::span(pairs_).subspan(series_[id].first_pair, series_[id].pair_count);
  }
  void AppendLabelBytesOf(SeriesId id, std::string& out) const;
  Labels LabelsOf(SeriesId id) const;
  /// Ids that all of `matchers` match, ascending.
  std::vector<SeriesId> Matching(const std::vector<CompiledMatcher>& matchers) const;
  const LabelPool& labels() const { return labels_; }
  size_t memory_bytes() const;

 private:
  struct Series {
    uint32_t first_pair = 0;  ///< In `pairs_`.
    uint32_t pair_count : 30 = 0;
    uint32_t role : 2 = 0;      ///< A SeriesRole.
    SeriesId next = kNoSeries;  ///< What followed it last time; first, what was made after it.
    uint32_t hash = 0;
  };
  bool Same(SeriesId id, std::string_view label_bytes) const;
  /// Of what may be no label bytes at all: nothing then.
  std::optional<uint32_t> HashOf(std::string_view label_bytes) const;
  void Insert(SeriesId id);
  void Grow();
  void TakeSlot(SeriesId id);
  std::vector<SeriesId> WithAnyValueOf(const CompiledMatcher& matcher) const;
  /// The labels that matchers name; nothing where no series has one of them.
  std::optional<std::vector<LabelPool::Pair>> NamedBy(
      const std::vector<CompiledMatcher>& matchers) const;
  /// Ids that have all of these labels (at least one), ascending.
  std::vector<SeriesId> WithAll(std::span<const LabelPool::Pair> pairs) const;

  LabelPool labels_;
  template <typename T>
  using Large = std::vector<T, LargeAllocator<T>>;
  Large<Series> series_;
  Large<LabelPool::Pair> pairs_;
  Large<SeriesId> slots_;
  size_t used_slots_ = 0;
  std::vector<LabelPool::Pair> interned_;  ///< Of the series that is being made.
  size_t columns_ = 0;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_SERIES_TABLE_H_
