#ifndef HINOMI_METRICS_IMPL_PAGE_MEMORY_H_
#define HINOMI_METRICS_IMPL_PAGE_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// Numbers of items by hash: open addressing, for as long as one page is read.
class HashIndex {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  bool built() const { return !slots_.empty(); }
  void Drop() { slots_ = {}; }
  /// `items` have a member `hash`.
  template <typename Items>
  void Build(const Items& items) {
    size_t size = 64;
    while (size < items.size() * 2) size *= 2;
    slots_.assign(size, kNone);
    for (uint32_t i = 0; i < items.size(); ++i) Put(items[i].hash, i);
  }
  /// The last of `items` is new.
  template <typename Items>
  void AddLast(const Items& items) {
    if (items.size() * 2 > slots_.size()) return Build(items);
    Put(items.back().hash, static_cast<uint32_t>(items.size() - 1));
  }
  template <typename Same>
  uint32_t Find(uint32_t hash, Same same) const {
    for (size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1))
      if (slots_[at] == kNone || same(slots_[at])) return slots_[at];
  }

 private:
  void Put(uint32_t hash, uint32_t item) {
    size_t at = hash & (slots_.size() - 1);
    while (slots_[at] != kNone) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = item;
  }
  std::vector<uint32_t> slots_;
};

/// Whether a series needs a marker when it vanishes, and of which kind.
enum class SeriesLife : uint8_t { kOver, kFloats, kHistograms };

/// What is kept of a target's last page: its lines in order (of a sample's line what
/// stands in front of the value, comments whole), each with its series, and the
/// series as label bytes. 16 bytes a line and 24 a series beside their texts. Threads:
/// one at a time.
class PageMemory {
 public:
  using Id = uint32_t;
  static constexpr Id kNone = HashIndex::kNone;
  /// In place of a series: relabelling drops what these labels say.
  static constexpr Id kDropped = kNone - 1;

  /// `seed` keeps targets from choosing collisions.
  explicit PageMemory(uint64_t seed) : seed_(seed) {}

  size_t line_count() const { return lines_.size(); }
  size_t series_count() const { return series_.size(); }
  /// Since `Keep`.
  size_t comment_count() const { return comment_count_; }
  std::string_view TextOf(Id line) const { return Text(lines_[line]); }
  /// kNone for a comment; may be kDropped.
  Id SeriesOf(Id line) const { return lines_[line].series; }
  std::string_view LabelBytesOf(Id series) const { return Text(series_[series]); }
  SeriesLife LifeOf(Id series) const { return series_[series].life; }
  void SetLife(Id series, SeriesLife life) { series_[series].life = life; }
  /// Stays where it is until the lines are kept or series are added.
  SeriesHandle& HandleOf(Id series) { return series_[series].handle; }

  Id FindLine(std::string_view text);
  /// Lines and series are numbered as they are added. kExhausted beyond 4 GiB of texts.
  Result<Id> AddLine(std::string_view text, Id series);
  /// The series with these label bytes, be it new.
  Result<Id> SeriesOfLabels(std::string_view label_bytes);

  struct Mark {
    size_t lines, series, bytes;
  };
  Mark End() const { return {lines_.size(), series_.size(), texts_.size()}; }
  /// Takes back what was added since.
  void CutTo(const Mark& mark);
  /// From now on these are the lines, in this order; series that no line has and
  /// that are not live are forgotten. All numbers change.
  void Keep(const std::vector<Id>& order);
  /// Frees what only the reading of a page needs.
  void DropIndexes();
  void ForgetLines();
  size_t memory_bytes() const;

 private:
  struct Place {
    uint32_t at = 0;
    uint32_t size = 0;
    uint32_t hash = 0;
  };
  struct Line : Place {
    Id series = kNone;
  };
  struct Series : Place {
    SeriesLife life = SeriesLife::kOver;
    SeriesHandle handle;
  };
  std::string_view Text(const Place& place) const { return {texts_.data() + place.at, place.size}; }
  uint32_t HashOf(std::string_view text) const;
  Result<Place> Store(std::string_view text, uint32_t hash);

  uint64_t seed_;
  std::string texts_;
  std::vector<Line> lines_;
  std::vector<Series> series_;
  size_t comment_count_ = 0;
  HashIndex line_index_;
  HashIndex series_index_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_PAGE_MEMORY_H_
