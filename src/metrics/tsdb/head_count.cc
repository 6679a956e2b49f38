#include <algorithm>

#include "metrics/tsdb/head_internal.h"
#include "metrics/tsdb/histogram_columns.h"

// What series the head knows, counted.
namespace hinomi::metrics {
namespace {

/// The `limit` largest, falling; of equal ones by name.
Cardinality::Counts LargestOf(Cardinality::Counts counts, size_t limit) {
  const auto middle = counts.begin() + static_cast<ptrdiff_t>(std::min(limit, counts.size()));
  std::partial_sort(counts.begin(), middle, counts.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  counts.erase(middle, counts.end());
  return counts;
}

/// Of these series those that users see as such.
size_t ShownOf(const SeriesTable& table, const std::vector<SeriesId>& ids) {
  if (table.columns() == 0) return ids.size();
  return static_cast<size_t>(std::count_if(ids.begin(), ids.end(), [&](SeriesId id) {
    return table.RoleOf(id) != SeriesRole::kColumn;
  }));
}

}  // namespace

/// By id: whether it has samples in memory or in a flush file after that one.
/// Under memory_mutex_.
std::vector<bool> Head::WithSamples(uint64_t after_flush) const {
  std::vector<bool> with(table_->next_id());
  for (const Flushed& flushed : flushed_) {
    if (flushed.sequence <= after_flush) continue;
    for (size_t i = 0; i < flushed.file->series(); ++i)
      if (const SeriesId id = flushed.file->IdAt(i); id < with.size()) with[id] = true;
  }
  for (SeriesId id = 0; id < with.size(); ++id)
    if (fresh_->Has(id) || (sealed_ != nullptr && sealed_->Has(id))) with[id] = true;
  return with;
}

size_t Head::SeriesWithSamples(bool recent) const {
  const std::shared_lock lock(memory_mutex_);
  const bool skips = recent && !flushed_.empty();
  const std::vector<bool> with = WithSamples(skips ? flushed_.back().sequence - 1 : 0);
  return static_cast<size_t>(std::count(with.begin(), with.end(), true));
}

HeadMark Head::Mark() const {
  const std::shared_lock lock(memory_mutex_);
  return {table_->next_id(), static_cast<LabelPool::Pair>(table_->labels().size()),
          flushed_.empty() ? 0 : flushed_.back().sequence};
}

EndedSeries Head::EndedBetween(const HeadMark& from, const HeadMark& to, size_t most) const {
  EndedSeries ended;
  const std::shared_lock lock(memory_mutex_);
  const std::vector<bool> live = WithSamples(to.flushes);
  const auto is_shown = [&](SeriesId id) { return table_->RoleOf(id) != SeriesRole::kColumn; };
  for (SeriesId id = 0; id < live.size(); ++id)
    if (live[id] && is_shown(id)) ++ended.live;
  std::vector<SeriesId> ids;
  for (SeriesId id = from.next_id; id < to.next_id; ++id)
    if (!live[id] && table_->Exists(id) && is_shown(id)) ids.push_back(id);
  ended.count = ids.size();
  const size_t step = ids.size() / std::max<size_t>(most, 1) + 1;
  for (size_t i = 0; i < ids.size(); i += step) {
    EndedSeries::Example& example = ended.examples.emplace_back();
    example.labels = table_->LabelsOf(ids[i]);
    example.labels.Set(kHistogramLabel, "");
    for (const auto& [name, value] : example.labels.pairs()) {
      const auto pair = table_->labels().Find(LabelBytesOf(Labels({{name, value}})));
      if (pair && *pair >= from.labels) example.new_names.push_back(name);
    }
  }
  return ended;
}

size_t Head::NewValues(std::string_view label, const HeadMark& from) const {
  const std::shared_lock lock(memory_mutex_);
  const auto& names = table_->labels().names();
  const auto found = names.find(label);
  if (found == names.end()) return 0;
  const auto& pairs = found->second;  // In order of their coming.
  return static_cast<size_t>(pairs.end() -
                             std::lower_bound(pairs.begin(), pairs.end(), from.labels));
}

Cardinality Head::CountCardinality(size_t limit) const {
  Cardinality count;
  const std::shared_lock lock(memory_mutex_);
  const LabelPool& labels = table_->labels();
  count.series = table_->next_id() - table_->columns();
  count.labels = labels.size();
  int64_t first_ms = fresh_->first_ms();
  int64_t last_ms = fresh_->last_ms();
  for (const Flushed& flushed : flushed_) {
    first_ms = std::min(first_ms, flushed.file->first_ms());
    last_ms = std::max(last_ms, flushed.file->last_ms());
  }
  if (first_ms <= last_ms) {
    count.min_ms = first_ms;
    count.max_ms = last_ms;
  }
  for (const auto& [name, pairs] : labels.names()) {
    if (name == kHistogramLabel) {
      count.labels -= pairs.size();
      continue;
    }
    uint64_t bytes = 0;
    for (const LabelPool::Pair pair : pairs) {
      bytes += labels.Bytes(pair).size();
      const std::string value(labels.LabelOf(pair).value);
      const uint64_t series = ShownOf(*table_, labels.SeriesOf(pair));
      count.series_by_pair.emplace_back(name + "=" + value, series);
      if (name == "__name__") count.series_by_metric.emplace_back(value, series);
    }
    count.values_by_label.emplace_back(name, pairs.size());
    count.bytes_by_label.emplace_back(name, bytes);
  }
  for (Cardinality::Counts* counts : {&count.series_by_metric, &count.values_by_label,
                                      &count.bytes_by_label, &count.series_by_pair})
    *counts = LargestOf(std::move(*counts), limit);
  return count;
}

}  // namespace hinomi::metrics
