#include "metrics/tsdb/term_table.h"

#include "base/check.h"
#include "base/digest.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

uint32_t TagOf(uint64_t hash) {
  return static_cast<uint32_t>(hash >> 32);
}

}  // namespace

const std::vector<uint32_t>& TermTable::Intern(std::string_view label_bytes) {
  before_.swap(terms_);
  terms_.clear();
  LabelBytesReader reader(label_bytes);
  // Both series' labels are sorted by name: one walk meets all that they share.
  auto before = before_.begin();
  while (const auto label = reader.Next()) {
    while (before != before_.end() && names_[name_of_[*before]] < label->name) ++before;
    const bool same_name = before != before_.end() && names_[name_of_[*before]] == label->name;
    if (same_name && values_[*before] == label->value) {
      terms_.push_back(*before);
    } else {
      const uint32_t name = same_name ? name_of_[*before] : InternName(label->name);
      terms_.push_back(InternTerm(name, label->value));
    }
  }
  HN_CHECK(!reader.failed());
  return terms_;
}

uint32_t TermTable::InternName(std::string_view name) {
  if (const auto known = name_ids_.find(name); known != name_ids_.end()) return known->second;
  const auto id = static_cast<uint32_t>(names_.size());
  names_.push_back(texts_.Keep(name));
  name_ids_.emplace(names_.back(), id);
  return id;
}

size_t TermTable::Probe(uint64_t hash, uint32_t name, std::string_view value) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.term_plus_1 == 0) return at;
    const uint32_t term = slot.term_plus_1 - 1;
    if (slot.tag == TagOf(hash) && name_of_[term] == name && values_[term] == value) return at;
  }
}

uint32_t TermTable::InternTerm(uint32_t name, std::string_view value) {
  const uint64_t hash = Hash64(value, name);
  size_t at = Probe(hash, name, value);
  if (slots_[at].term_plus_1 != 0) return slots_[at].term_plus_1 - 1;
  if ((values_.size() + 1) * 5 > slots_.size() * 4) {
    Grow();
    at = Probe(hash, name, value);
  }
  GrowByQuarter(values_);
  GrowByQuarter(name_of_);
  values_.push_back(texts_.Keep(value));
  name_of_.push_back(name);
  slots_[at] = {TagOf(hash), static_cast<uint32_t>(values_.size())};
  return static_cast<uint32_t>(values_.size() - 1);
}

void TermTable::Grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.term_plus_1 == 0) continue;
    const uint32_t term = slot.term_plus_1 - 1;
    size_t at = Hash64(values_[term], name_of_[term]) & mask;
    while (slots_[at].term_plus_1 != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

}  // namespace hinomi::metrics
