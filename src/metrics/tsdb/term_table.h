#ifndef HINOMI_METRICS_TSDB_TERM_TABLE_H_
#define HINOMI_METRICS_TSDB_TERM_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/tsdb/label_arena.h"

namespace hinomi::metrics {

/// Makes room for one more by a quarter instead of by doubling: where memory
/// counts more than copying.
template <typename T>
void GrowByQuarter(std::vector<T>& vector) {
  if (vector.size() == vector.capacity()) vector.reserve(vector.size() + vector.size() / 4 + 16);
}

/// Gives each label name and each term (a label with one of its values) a
/// number, in the order of first sight, and keeps each text once. Not thread-safe.
class TermTable {
 public:
  struct Term {
    std::string_view value;
    uint32_t name = 0;
  };

  /// The terms of valid label bytes, in their order; good until the next call.
  /// Labels that the series before had as well cost no hashing.
  const std::vector<uint32_t>& Intern(std::string_view label_bytes);

  const std::vector<std::string_view>& names() const { return names_; }
  size_t term_count() const { return values_.size(); }
  Term term(uint32_t id) const { return {values_[id], name_of_[id]}; }

 private:
  struct Slot {
    uint32_t tag = 0;  ///< The upper half of the hash.
    uint32_t term_plus_1 = 0;
  };
  uint32_t InternName(std::string_view name);
  uint32_t InternTerm(uint32_t name, std::string_view value);
  /// The slot of that term, or the free one where it would go.
  size_t Probe(uint64_t hash, uint32_t name, std::string_view value) const;
  void Grow();

  LabelArena texts_;
  std::vector<std::string_view> names_;
  std::unordered_map<std::string_view, uint32_t> name_ids_;
  std::vector<std::string_view> values_;
  std::vector<uint32_t> name_of_;
  std::vector<Slot> slots_ = std::vector<Slot>(64);  ///< A power of two.
  std::vector<uint32_t> before_;                     ///< The terms of the series before.
  std::vector<uint32_t> terms_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_TERM_TABLE_H_
