#include "base/digest.h"
#include "metrics/tsdb/histogram_columns.h"
#include "metrics/tsdb/series_table.h"

namespace hinomi::metrics {
namespace {

constexpr size_t kLabelPageBytes = 256u << 10;

SeriesRole RoleBy(const LabelBytesReader::Label& label) {
  if (label.name != kHistogramLabel) return SeriesRole::kPlain;
  return label.value == kMetaColumn ? SeriesRole::kHistogram : SeriesRole::kColumn;
}

}  // namespace

std::optional<LabelPool::Pair> LabelPool::Find(std::string_view message) const {
  if (slots_.empty()) return std::nullopt;
  const size_t mask = slots_.size() - 1;
  for (size_t at = Hash64(message, seed_) & mask;; at = (at + 1) & mask) {
    if (slots_[at] == kNoSeries) return std::nullopt;
    if (Bytes(slots_[at]) == message) return slots_[at];
  }
}

LabelPool::Pair LabelPool::Intern(std::string_view message) {
  if (const auto known = Find(message)) return *known;
  if ((entries_.size() + 1) * 2 > slots_.size()) Grow();
  if (pages_.empty() || pages_.back().size() + message.size() > pages_.back().capacity()) {
    pages_.emplace_back().reserve(std::max(kLabelPageBytes, message.size()));
    bytes_ += pages_.back().capacity();
  }
  const auto pair = static_cast<Pair>(entries_.size());
  entries_.push_back({static_cast<uint32_t>(pages_.size() - 1),
                      static_cast<uint32_t>(pages_.back().size()),
                      static_cast<uint32_t>(message.size()),
                      SeriesRole::kPlain,
                      {}});
  pages_.back() += message;
  const size_t mask = slots_.size() - 1;
  size_t at = Hash64(message, seed_) & mask;
  while (slots_[at] != kNoSeries) at = (at + 1) & mask;
  slots_[at] = pair;
  const LabelBytesReader::Label label = LabelOf(pair);
  entries_[pair].role = RoleBy(label);
  const std::string_view name = label.name;
  auto known_name = names_.find(name);
  if (known_name == names_.end())
    known_name = names_.emplace(std::string(name), std::vector<Pair>()).first;
  known_name->second.push_back(pair);
  bytes_ += sizeof(Entry) + sizeof(Pair);
  return pair;
}

void LabelPool::Grow() {
  const size_t size = slots_.empty() ? 1024 : slots_.size() * 2;
  bytes_ += (size - slots_.size()) * sizeof(Pair);
  slots_.assign(size, kNoSeries);
  for (size_t pair = 0; pair < entries_.size(); ++pair) {
    size_t at = Hash64(Bytes(static_cast<Pair>(pair)), seed_) & (size - 1);
    while (slots_[at] != kNoSeries) at = (at + 1) & (size - 1);
    slots_[at] = static_cast<Pair>(pair);
  }
}

}  // namespace hinomi::metrics
