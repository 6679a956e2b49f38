#include "metrics/impl/page_memory.h"

#include <utility>

#include "base/digest.h"

namespace hinomi::metrics {

uint32_t PageMemory::HashOf(std::string_view text) const {
  return static_cast<uint32_t>(Hash64(text, seed_));
}

Result<PageMemory::Place> PageMemory::Store(std::string_view text, uint32_t hash) {
  if (text.size() > UINT32_MAX - texts_.size())
    return Exhausted("the lines and labels of the page take more than 4 GiB");
  const Place place{static_cast<uint32_t>(texts_.size()), static_cast<uint32_t>(text.size()), hash};
  texts_ += text;
  return place;
}

PageMemory::Id PageMemory::FindLine(std::string_view text) {
  if (!line_index_.built()) line_index_.Build(lines_);
  const uint32_t hash = HashOf(text);
  return line_index_.Find(
      hash, [&](Id id) { return lines_[id].hash == hash && Text(lines_[id]) == text; });
}

Result<PageMemory::Id> PageMemory::AddLine(std::string_view text, Id series) {
  HN_TRY(const Place place, Store(text, HashOf(text)));
  lines_.push_back({place, series});
  if (line_index_.built()) line_index_.AddLast(lines_);
  return static_cast<Id>(lines_.size() - 1);
}

Result<PageMemory::Id> PageMemory::SeriesOfLabels(std::string_view label_bytes) {
  if (!series_index_.built()) series_index_.Build(series_);
  const uint32_t hash = HashOf(label_bytes);
  const Id known = series_index_.Find(
      hash, [&](Id id) { return series_[id].hash == hash && Text(series_[id]) == label_bytes; });
  if (known != kNone) return known;
  HN_TRY(const Place place, Store(label_bytes, hash));
  series_.push_back({place});
  series_index_.AddLast(series_);
  return static_cast<Id>(series_.size() - 1);
}

void PageMemory::CutTo(const Mark& mark) {
  DropIndexes();
  lines_.resize(mark.lines);
  series_.resize(mark.series);
  texts_.resize(mark.bytes);
}

void PageMemory::Keep(const std::vector<Id>& order) {
  DropIndexes();
  std::vector<Id> renumbered(series_.size(), kNone);
  std::vector<uint32_t> kept_at(lines_.size(), kNone);  // A repeated line has one text.
  std::vector<Line> lines;
  std::vector<Series> series;
  std::string texts;
  lines.reserve(order.size());
  const auto keep_text = [&](Place& place) {
    const std::string_view text = Text(place);
    place.at = static_cast<uint32_t>(texts.size());
    texts += text;
  };
  const auto keep_series = [&](Id id) {
    if (renumbered[id] != kNone) return renumbered[id];
    series.push_back(series_[id]);
    keep_text(series.back());
    return renumbered[id] = static_cast<Id>(series.size() - 1);
  };
  comment_count_ = 0;
  for (const Id id : order) {
    Line& line = lines.emplace_back(lines_[id]);
    if (kept_at[id] == kNone) {
      keep_text(line);
      kept_at[id] = line.at;
    }
    line.at = kept_at[id];
    if (line.series == kNone)
      ++comment_count_;
    else if (line.series != kDropped)
      line.series = keep_series(line.series);
  }
  for (Id id = 0; id < series_.size(); ++id)
    if (series_[id].life != SeriesLife::kOver) keep_series(id);
  series.shrink_to_fit();
  texts.shrink_to_fit();
  lines_ = std::move(lines);
  series_ = std::move(series);
  texts_ = std::move(texts);
}

void PageMemory::DropIndexes() {
  line_index_.Drop();
  series_index_.Drop();
}

void PageMemory::ForgetLines() {
  lines_.clear();
  comment_count_ = 0;
}

size_t PageMemory::memory_bytes() const {
  return sizeof *this + texts_.capacity() + lines_.capacity() * sizeof(Line) +
         series_.capacity() * sizeof(Series);
}

}  // namespace hinomi::metrics
