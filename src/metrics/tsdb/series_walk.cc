#include "metrics/tsdb/series_walk.h"

#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {

void SeriesWalk::Position::Load() {
  labels.clear();
  if (!ended()) block->index().AppendLabelBytes(ids[next], labels);
}

void SeriesWalk::AddBlock(const Block& block, Postings ids) {
  positions_.push_back({&block, std::move(ids)});
  positions_.back().Load();
}

// Without comparing: labels are made when they are asked for.
bool SeriesWalk::NextOfOne() {
  Position& position = positions_.front();
  if (position.ended()) return false;
  parts_.assign(1, {0, position.ids[position.next++]});
  return true;
}

std::string_view SeriesWalk::label_bytes() {
  if (positions_.size() == 1) {
    labels_.clear();
    positions_.front().block->index().AppendLabelBytes(parts_.front().id, labels_);
  }
  return labels_;
}

bool SeriesWalk::Next() {
  if (positions_.size() == 1) return NextOfOne();
  const Position* least = nullptr;
  for (const Position& position : positions_) {
    if (position.ended()) continue;
    if (least == nullptr ||
        (position.labels != least->labels && CompareLabelBytes(position.labels, least->labels) < 0))
      least = &position;
  }
  if (least == nullptr) return false;
  labels_ = least->labels;
  parts_.clear();
  for (size_t i = 0; i < positions_.size(); ++i) {
    Position& position = positions_[i];
    if (position.ended() || position.labels != labels_) continue;
    parts_.push_back({i, position.ids[position.next++]});
    position.Load();
  }
  return true;
}

}  // namespace hinomi::metrics
