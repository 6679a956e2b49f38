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

uint64_t LabelPool::HashOf(std::string_view message) const {
  return Hash64(message, seed_);
}

std::optional<LabelPool::Pair> LabelPool::Find(std::string_view message) const {
  return Find(message, HashOf(message));
}

std::optional<LabelPool::Pair> LabelPool::Find(std::string_view message, uint64_t hash) const {
  if (slots_.empty()) return std::nullopt;
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    const Pair pair = slots_[at];
    if (pair == kNoSeries) return std::nullopt;
    if (entries_[pair].hash == hash && Bytes(pair) == message) return pair;
  }
}

LabelPool::Pair LabelPool::Intern(std::string_view message) {
  const uint64_t hash = HashOf(message);
  if (const auto known = Find(message, hash)) return *known;
  if ((entries_.size() + 1) * 2 > slots_.size()) Grow();
  if (pages_.empty() || pages_.back().size() + message.size() > pages_.back().capacity()) {
    pages_.emplace_back().reserve(std::max(kLabelPageBytes, message.size()));
    bytes_ += pages_.back().capacity();
  }
  const auto pair = static_cast<Pair>(entries_.size());
  Entry& entry = entries_.emplace_back();
  entry.page = static_cast<uint32_t>(pages_.size() - 1);
  entry.offset = static_cast<uint32_t>(pages_.back().size());
  entry.size = static_cast<uint32_t>(message.size());
  entry.hash = hash;
  pages_.back() += message;
  TakeSlot(pair);
  const LabelBytesReader::Label label = LabelOf(pair);
  entry.role = RoleBy(label);
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
  for (size_t pair = 0; pair < entries_.size(); ++pair) TakeSlot(static_cast<Pair>(pair));
}

void LabelPool::TakeSlot(Pair pair) {
  const size_t mask = slots_.size() - 1;
  size_t at = entries_[pair].hash & mask;
  while (slots_[at] != kNoSeries) at = (at + 1) & mask;
  slots_[at] = pair;
}

}  // namespace hinomi::metrics
