#include "metrics/tsdb/head_cut.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "base/check.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

/// Calls `use(id, file, entry)` for each entry of the files, the oldest file first.
template <typename Use>
void ForEachEntry(const std::vector<std::shared_ptr<const FlushFile>>& files, Use use) {
  for (uint32_t file = 0; file < files.size(); ++file)
    for (uint32_t entry = 0; entry < files[file]->series(); ++entry)
      use(files[file]->IdAt(entry), file, entry);
}

SeriesId LimitOfIds(const std::vector<std::shared_ptr<const FlushFile>>& files) {
  SeriesId limit = 0;
  ForEachEntry(files, [&](SeriesId id, uint32_t, uint32_t) {
    if (id != kNoSeries) limit = std::max(limit, id + 1);
  });
  return limit;
}

/// The first two labels in one number, which decides nearly always.
uint64_t FirstLabels(std::span<const LabelPool::Pair> labels) {
  // One more, so that a label that is missing comes first.
  const uint64_t first = labels.empty() ? 0 : uint64_t{labels[0]} + 1;
  const uint64_t second = labels.size() < 2 ? 0 : uint64_t{labels[1]} + 1;
  return first << 32 | second;
}

}  // namespace

HeadCut::HeadCut(const TimeWindow& range, std::vector<std::shared_ptr<const FlushFile>> files)
    : range_(range), files_(std::move(files)) {
  std::vector<uint32_t> places(LimitOfIds(files_));  // First how many, then where the next goes.
  ForEachEntry(files_, [&](SeriesId id, uint32_t, uint32_t) {
    if (id != kNoSeries) ++places[id];
  });
  uint32_t end = 0;
  for (SeriesId id = 0; id < places.size(); ++id) {
    const uint32_t count = std::exchange(places[id], end);
    if (count == 0) continue;
    end += count;
    ids_.push_back(id);
    part_ends_.push_back(end);
  }
  parts_.resize(end);
  ForEachEntry(files_, [&](SeriesId id, uint32_t file, uint32_t entry) {
    if (id != kNoSeries) parts_[places[id]++] = {file, entry};
  });
  label_ends_.reserve(ids_.size());
}

void HeadCut::AddLabels(std::span<const Pair> pairs) {
  labels_.insert(labels_.end(), pairs.begin(), pairs.end());
  label_ends_.push_back(labels_.size());
}

std::vector<HeadCut::Pair> HeadCut::UsedPairs() const {
  std::vector<bool> used;
  for (const Pair pair : labels_) {
    if (pair >= used.size()) used.resize(pair + size_t{1});
    used[pair] = true;
  }
  std::vector<Pair> pairs;
  for (Pair pair = 0; pair < used.size(); ++pair)
    if (used[pair]) pairs.push_back(pair);
  return pairs;
}

// The order of series is that of their labels' ranks: comparing texts is done once for each
// label instead of once for each two series.
void HeadCut::SetMessages(const std::vector<std::string_view>& messages) {
  const std::vector<Pair> pairs = UsedPairs();
  HN_CHECK(messages.size() == pairs.size() && label_ends_.size() == ids_.size());
  std::vector<uint32_t> ascending(pairs.size());
  std::iota(ascending.begin(), ascending.end(), 0u);
  std::sort(ascending.begin(), ascending.end(), [&](uint32_t a, uint32_t b) {
    return CompareLabelBytes(messages[a], messages[b]) < 0;
  });
  std::vector<uint32_t> ranks(pairs.empty() ? 0 : pairs.back() + size_t{1});
  for (const uint32_t place : ascending) {
    ranks[pairs[place]] = static_cast<uint32_t>(messages_.size());
    messages_.push_back(messages[place]);
  }
  for (Pair& label : labels_) label = ranks[label];
}

std::span<const HeadCut::Pair> HeadCut::LabelsOf(size_t series) const {
  const size_t begin = series == 0 ? 0 : label_ends_[series - 1];
  return std::span(labels_).subspan(begin, label_ends_[series] - begin);
}

std::vector<uint32_t> HeadCut::InOrder() const {
  struct Key {
    uint64_t first_labels;
    uint32_t series;
  };
  std::vector<Key> keys;
  keys.reserve(ids_.size());
  for (uint32_t series = 0; series < ids_.size(); ++series)
    if (const auto labels = LabelsOf(series); !labels.empty())
      keys.push_back({FirstLabels(labels), series});
  std::sort(keys.begin(), keys.end(), [this](const Key& a, const Key& b) {
    if (a.first_labels != b.first_labels) return a.first_labels < b.first_labels;
    return std::ranges::lexicographical_compare(LabelsOf(a.series), LabelsOf(b.series));
  });
  std::vector<uint32_t> order;
  order.reserve(keys.size());
  for (const Key& key : keys) order.push_back(key.series);
  return order;
}

void HeadCut::Read(size_t series, SampleColumns& columns) const {
  columns.Clear();
  for (uint32_t i = series == 0 ? 0 : part_ends_[series - 1]; i < part_ends_[series]; ++i)
    if (!files_[parts_[i].file]->ReadAt(parts_[i].entry, columns)) ++damaged_chunks_;
  SortKeepingLast(columns);
  Clip(columns, range_);
}

Status HeadCut::Run(const Sink& sink) const {
  SampleColumns columns;
  std::string label_bytes;
  for (const uint32_t series : InOrder()) {
    Read(series, columns);
    if (columns.size() == 0) continue;
    label_bytes.clear();
    for (const uint32_t label : LabelsOf(series)) label_bytes += messages_[label];
    HN_TRY_VOID(sink(label_bytes, columns));
  }
  return {};
}

}  // namespace hinomi::metrics
