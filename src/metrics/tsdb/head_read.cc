#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "metrics/tsdb/head_internal.h"

namespace hinomi::metrics {
namespace {

// Series whose labels are looked up in some milliseconds.
constexpr size_t kCutAtATime = 20'000;

bool Overlaps(const SamplePool& pool, int64_t from_ms, int64_t to_ms) {
  return pool.samples() > 0 && pool.first_ms() <= to_ms && pool.last_ms() >= from_ms;
}

/// True if the series has a sample in [from_ms, to_ms] there. What lies in the
/// range as a whole need not be read.
bool HasSampleIn(const SamplePool& pool, SeriesId id, int64_t from_ms, int64_t to_ms) {
  if (!Overlaps(pool, from_ms, to_ms) || !pool.Has(id)) return false;
  if (from_ms <= pool.first_ms() && pool.last_ms() <= to_ms) return true;
  SampleColumns columns;
  pool.Read(id, columns);
  return std::any_of(columns.at_ms.begin(), columns.at_ms.end(),
                     [&](int64_t at) { return from_ms <= at && at <= to_ms; });
}

bool HasSampleIn(const FlushFile& file, SeriesId id, int64_t from_ms, int64_t to_ms) {
  if (!file.Has(id)) return false;
  if (from_ms <= file.first_ms() && file.last_ms() <= to_ms) return true;
  SampleColumns columns;
  if (!file.Read(id, columns)) return false;
  Clip(columns, {from_ms, to_ms});
  return columns.size() > 0;
}

}  // namespace

Result<std::vector<Labels>> Head::SelectLabels(const std::vector<CompiledMatcher>& matchers,
                                               int64_t from_ms, int64_t to_ms) const {
  std::vector<Labels> selected;
  const std::shared_lock lock(memory_mutex_);
  const auto files = FlushFiles(from_ms, to_ms);
  for (const SeriesId id : table_->Matching(matchers)) {
    if (table_->RoleOf(id) == SeriesRole::kColumn) continue;
    const bool there = HasSampleIn(*fresh_, id, from_ms, to_ms) ||
                       (sealed_ != nullptr && HasSampleIn(*sealed_, id, from_ms, to_ms)) ||
                       std::any_of(files.rbegin(), files.rend(), [&](const auto& file) {
                         return HasSampleIn(*file, id, from_ms, to_ms);
                       });
    if (there) selected.push_back(table_->LabelsOf(id));
  }
  return selected;
}

std::vector<std::shared_ptr<const FlushFile>> Head::FlushFiles(int64_t from_ms,
                                                               int64_t to_ms) const {
  std::vector<std::shared_ptr<const FlushFile>> found;
  for (const Flushed& flushed : flushed_)
    if (flushed.file->first_ms() <= to_ms && flushed.file->last_ms() >= from_ms)
      found.push_back(flushed.file);
  return found;
}

Result<HeadSelection> Head::Select(const Selector& selector, int64_t from_ms, int64_t to_ms,
                                   const SelectLimits& limits) const {
  HeadSelection selection;
  selection.range_ = {from_ms, to_ms};
  selection.damaged_chunks_ = &damaged_chunks_;
  const std::shared_lock lock(memory_mutex_);
  selection.files_ = FlushFiles(from_ms, to_ms);
  if (sealed_ != nullptr && Overlaps(*sealed_, from_ms, to_ms)) selection.sealed_ = sealed_;
  const bool in_fresh = Overlaps(*fresh_, from_ms, to_ms);
  if (selection.files_.empty() && selection.sealed_ == nullptr && !in_fresh) return selection;
  const auto found = selector.Matching(*table_, number_);
  for (size_t i = 0; i < found->ids.size(); ++i) {
    const SeriesId id = found->ids[i];
    const bool anywhere =
        (in_fresh && fresh_->Has(id)) ||
        (selection.sealed_ != nullptr && selection.sealed_->Has(id)) ||
        std::ranges::any_of(selection.files_, [id](const auto& file) { return file->Has(id); });
    if (!anywhere) continue;
    HeadSelection::Series& series = selection.series_.emplace_back();
    series.id = id;
    series.labels = found->labels.empty() ? table_->LabelsOf(id) : found->labels[i];
    if (in_fresh) fresh_->Read(id, series.fresh);
    series.held = series.fresh.size();
    HN_TRY_VOID(TakeMemory(limits, series.held));
  }
  std::ranges::sort(selection.series_, std::less<>(), &HeadSelection::Series::labels);
  return selection;
}

bool Head::empty() const {
  const std::shared_lock lock(memory_mutex_);
  return fresh_->samples() == 0 && sealed_ == nullptr && flushed_.empty();
}

HeadCut Head::PrepareCut(int64_t from_ms, int64_t to_ms) const {
  std::shared_lock lock(memory_mutex_);
  auto files = FlushFiles(from_ms, to_ms);
  lock.unlock();
  // Writers wait for the lock: it is let go again and again. Labels never change.
  const auto locked_in_pieces = [&](const auto& numbers, const auto& use) {
    for (size_t begin = 0; begin < numbers.size(); begin += kCutAtATime) {
      const size_t count = std::min(kCutAtATime, numbers.size() - begin);
      const std::shared_lock piece(memory_mutex_);
      for (const uint32_t number : std::span(numbers).subspan(begin, count)) use(number);
    }
  };
  HeadCut cut({from_ms, to_ms}, std::move(files));
  locked_in_pieces(cut.ids(), [&](SeriesId id) {
    cut.AddLabels(table_->Exists(id) ? table_->PairsOf(id) : std::span<const LabelPool::Pair>());
  });
  std::vector<std::string_view> messages;
  locked_in_pieces(cut.UsedPairs(), [&](LabelPool::Pair pair) {
    messages.push_back(std::as_const(*table_).labels().Bytes(pair));
  });
  cut.SetMessages(messages);
  return cut;
}

}  // namespace hinomi::metrics
