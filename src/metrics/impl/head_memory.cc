#include "metrics/impl/head_memory.h"

#include <algorithm>
#include <iterator>

namespace hinomi::metrics {

void HeadSeries::Merge(std::span<const Sample> samples) {
  if (samples.empty()) return;
  if (at_ms.empty() || samples.front().at_ms > at_ms.back()) {
    for (const Sample& sample : samples) {
      at_ms.push_back(sample.at_ms);
      values.push_back(sample.value);
    }
    return;
  }
  // Only the part from the first new time on is moved.
  const auto keep = std::lower_bound(at_ms.begin(), at_ms.end(), samples.front().at_ms);
  const auto first = static_cast<size_t>(keep - at_ms.begin());
  const std::vector<int64_t> old_at(keep, at_ms.end());
  const std::vector<double> old_values(values.begin() + static_cast<ptrdiff_t>(first),
                                       values.end());
  at_ms.resize(first);
  values.resize(first);
  size_t old = 0;
  const auto take_old = [&] {
    at_ms.push_back(old_at[old]);
    values.push_back(old_values[old]);
    ++old;
  };
  for (const Sample& sample : samples) {
    while (old < old_at.size() && old_at[old] < sample.at_ms) take_old();
    if (old < old_at.size() && old_at[old] == sample.at_ms) ++old;
    at_ms.push_back(sample.at_ms);
    values.push_back(sample.value);
  }
  while (old < old_at.size()) take_old();
}

size_t HeadSeries::DropBefore(int64_t cutoff_ms) {
  const auto keep = std::lower_bound(at_ms.begin(), at_ms.end(), cutoff_ms);
  const auto dropped = static_cast<size_t>(keep - at_ms.begin());
  if (dropped == 0) return 0;
  at_ms.erase(at_ms.begin(), keep);
  values.erase(values.begin(), values.begin() + static_cast<ptrdiff_t>(dropped));
  if (at_ms.capacity() > 2 * at_ms.size() + 16) {
    at_ms.shrink_to_fit();
    values.shrink_to_fit();
  }
  return dropped;
}

std::pair<size_t, size_t> HeadSeries::Range(int64_t from_ms, int64_t to_ms) const {
  const auto first = std::lower_bound(at_ms.begin(), at_ms.end(), from_ms);
  const auto last = std::upper_bound(first, at_ms.end(), to_ms);
  return {static_cast<size_t>(first - at_ms.begin()), static_cast<size_t>(last - at_ms.begin())};
}

bool HeadSeries::HasSampleIn(int64_t from_ms, int64_t to_ms) const {
  const auto [first, last] = Range(from_ms, to_ms);
  return first < last;
}

size_t HeadSeries::MemoryBytes() const {
  return HeadMemory::EstimateSeriesBytes(labels) + at_ms.capacity() * sizeof(int64_t) +
         values.capacity() * sizeof(double);
}

size_t HeadMemory::EstimateSeriesBytes(const Labels& labels) {
  size_t bytes = sizeof(HeadSeries) + 64;  // its hash-table entry
  for (const auto& [name, value] : labels.pairs())
    bytes += sizeof(Labels::Pair) + name.size() + 2 * value.size() + 48;  // and its index entry
  return bytes;
}

std::optional<HeadMemory::Id> HeadMemory::Find(uint64_t hash, const Labels& labels) const {
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at)
    if (series_[at->second]->labels == labels) return at->second;
  return std::nullopt;
}

HeadMemory::Id HeadMemory::Create(uint64_t hash, Labels labels) {
  const Id id = next_id();
  for (const auto& [name, value] : labels.pairs()) index_[name][value].push_back(id);
  by_hash_.emplace(hash, id);
  series_.push_back(std::make_unique<HeadSeries>());
  series_.back()->labels = std::move(labels);
  bytes_ += series_.back()->MemoryBytes();
  ++live_series_;
  return id;
}

void HeadMemory::Merge(Id id, std::span<const Sample> samples) {
  HeadSeries& series = *series_[id];
  const size_t bytes_before = series.MemoryBytes();
  const size_t samples_before = series.at_ms.size();
  series.Merge(samples);
  bytes_ += series.MemoryBytes() - bytes_before;
  samples_ += series.at_ms.size() - samples_before;
}

std::vector<HeadMemory::Id> HeadMemory::Postings(const CompiledMatcher& matcher) const {
  std::vector<Id> ids;
  const auto values = index_.find(matcher.label());
  if (values == index_.end()) return ids;
  if (matcher.type() == MatchType::kEqual) {
    const auto at = values->second.find(matcher.value());
    return at == values->second.end() ? ids : at->second;
  }
  for (const auto& [value, postings] : values->second)
    if (matcher.Matches(value)) ids.insert(ids.end(), postings.begin(), postings.end());
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<HeadMemory::Id> HeadMemory::Matching(
    const std::vector<CompiledMatcher>& matchers) const {
  // Matchers that an absent label passes cannot use the index; they filter.
  std::optional<std::vector<Id>> candidates;
  std::vector<const CompiledMatcher*> filters;
  for (const CompiledMatcher& matcher : matchers) {
    if (matcher.Matches("")) {
      filters.push_back(&matcher);
      continue;
    }
    std::vector<Id> ids = Postings(matcher);
    if (candidates) {
      std::vector<Id> both;
      std::set_intersection(candidates->begin(), candidates->end(), ids.begin(), ids.end(),
                            std::back_inserter(both));
      ids = std::move(both);
    }
    candidates = std::move(ids);
    if (candidates->empty()) return {};
  }
  std::vector<Id> matching;
  const auto consider = [&](Id id) {
    if (series_[id] == nullptr) return;
    for (const CompiledMatcher* filter : filters)
      if (!filter->Matches(series_[id]->labels.Get(filter->label()))) return;
    matching.push_back(id);
  };
  if (candidates) {
    for (const Id id : *candidates) consider(id);
  } else {
    for (Id id = 0; id < next_id(); ++id) consider(id);
  }
  return matching;
}

void HeadMemory::Remove(Id id) {
  const HeadSeries& series = *series_[id];
  for (const auto& [name, value] : series.labels.pairs()) {
    const auto values = index_.find(name);
    const auto postings = values->second.find(value);
    const auto at = std::lower_bound(postings->second.begin(), postings->second.end(), id);
    postings->second.erase(at);
    if (postings->second.empty()) values->second.erase(postings);
    if (values->second.empty()) index_.erase(values);
  }
  const auto [first, last] = by_hash_.equal_range(series.labels.Hash());
  for (auto at = first; at != last; ++at) {
    if (at->second != id) continue;
    by_hash_.erase(at);
    break;
  }
  bytes_ -= series.MemoryBytes();
  --live_series_;
  series_[id].reset();
}

size_t HeadMemory::DropBefore(int64_t cutoff_ms, int64_t spare_after_ms) {
  size_t dropped = 0;
  for (Id id = 0; id < next_id(); ++id) {
    HeadSeries* series = series_[id].get();
    if (series == nullptr || series->backfilled_at_ms > spare_after_ms) continue;
    const size_t before = series->MemoryBytes();
    const size_t count = series->DropBefore(cutoff_ms);
    bytes_ -= before - series->MemoryBytes();
    samples_ -= count;
    dropped += count;
    if (series->at_ms.empty()) Remove(id);
  }
  return dropped;
}

int64_t HeadMemory::TimeQuantile(double fraction) const {
  // A sample of the samples is enough for a cut-off.
  constexpr size_t kEnough = 100'000;
  const size_t stride = samples_ / kEnough + 1;
  std::vector<int64_t> times;
  size_t skip = 0;
  for (const auto& series : series_) {
    if (series == nullptr) continue;
    for (; skip < series->at_ms.size(); skip += stride) times.push_back(series->at_ms[skip]);
    skip -= series->at_ms.size();
  }
  if (times.empty()) return 0;
  const auto rank = static_cast<size_t>(fraction * static_cast<double>(times.size() - 1));
  std::nth_element(times.begin(), times.begin() + static_cast<ptrdiff_t>(rank), times.end());
  return times[rank];
}

}  // namespace hinomi::metrics
