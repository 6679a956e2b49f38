#include "metrics/tsdb/sample_pool.h"

#include <algorithm>
#include <numeric>

namespace hinomi::metrics {

void SortKeepingLast(SampleColumns& columns) {
  const auto& at = columns.at_ms;
  const bool ascending =
      std::adjacent_find(at.begin(), at.end(), std::greater_equal<>()) == at.end();
  if (ascending) return;
  std::vector<uint32_t> order(columns.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return at[a] < at[b]; });
  SampleColumns sorted;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i + 1 < order.size() && at[order[i + 1]] == at[order[i]]) continue;
    sorted.Add(at[order[i]], columns.values[order[i]]);
  }
  columns = std::move(sorted);
}

void Clip(SampleColumns& columns, const TimeWindow& range) {
  auto& at = columns.at_ms;
  const auto first = std::lower_bound(at.begin(), at.end(), range.from_ms) - at.begin();
  const auto last = std::upper_bound(at.begin(), at.end(), range.to_ms) - at.begin();
  if (first == 0 && last == static_cast<ptrdiff_t>(at.size())) return;
  at.resize(static_cast<size_t>(last));
  columns.values.resize(static_cast<size_t>(last));
  at.erase(at.begin(), at.begin() + first);
  columns.values.erase(columns.values.begin(), columns.values.begin() + first);
}

SamplePool::Cell& SamplePool::NewCell(SeriesId id, int64_t first_ms) {
  if (cells_ % kCellsPerPage == 0) pages_.emplace_back(kCellsPerPage * sizeof(Cell));
  if (id >= last_cell_.size()) last_cell_.resize(size_t{id} + 1, kNone);
  Cell& cell = At(cells_);
  cell.first_ms = first_ms;
  cell.before = last_cell_[id];
  if (cell.before == kNone) ++series_;
  cell.count = 0;
  last_cell_[id] = cells_++;
  return cell;
}

void SamplePool::Append(SeriesId id, Sample sample) {
  Cell* cell = Has(id) ? &At(last_cell_[id]) : nullptr;
  uint64_t after = 0;
  if (cell != nullptr) {
    // Unsigned: two times of int64 may be further apart than an int64 says.
    after = static_cast<uint64_t>(sample.at_ms) - static_cast<uint64_t>(cell->first_ms);
    if (cell->count == kPerCell || sample.at_ms < cell->first_ms || after > UINT32_MAX)
      cell = nullptr;
  }
  if (cell == nullptr) {
    cell = &NewCell(id, sample.at_ms);
  } else {
    cell->after_ms[cell->count - 1] = static_cast<uint32_t>(after);
  }
  cell->values[cell->count++] = sample.value;
  ++samples_;
  windows_.Add(sample.at_ms);
  first_ms_ = std::min(first_ms_, sample.at_ms);
  last_ms_ = std::max(last_ms_, sample.at_ms);
}

void SamplePool::Read(SeriesId id, SampleColumns& out) const {
  if (!Has(id)) return;
  size_t count = 0;
  for (uint32_t cell = last_cell_[id]; cell != kNone; cell = At(cell).before)
    count += At(cell).count;
  size_t end = out.size() + count;
  out.at_ms.resize(end);
  out.values.resize(end);
  for (uint32_t number = last_cell_[id]; number != kNone; number = At(number).before) {
    const Cell& cell = At(number);
    end -= cell.count;
    for (size_t i = 0; i < cell.count; ++i) {
      out.at_ms[end + i] = i == 0 ? cell.first_ms : cell.first_ms + cell.after_ms[i - 1];
      out.values[end + i] = cell.values[i];
    }
  }
}

}  // namespace hinomi::metrics
