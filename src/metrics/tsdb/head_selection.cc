#include "metrics/tsdb/head_selection.h"

#include <algorithm>
#include <utility>

namespace hinomi::metrics {
namespace {

void AppendTo(SampleColumns& columns, const SampleColumns& later) {
  columns.at_ms.insert(columns.at_ms.end(), later.at_ms.begin(), later.at_ms.end());
  columns.values.insert(columns.values.end(), later.values.begin(), later.values.end());
}

}  // namespace

void HeadSelection::Read(size_t place, SeriesColumns& out) {
  Series& series = series_[place];
  SampleColumns columns;
  if (series.older_place != kNowhere) {
    older_->Read(series.older_place, out);
    columns = {std::move(out.at_ms), std::move(out.values)};
  }
  if (series.id != kNoSeries) {
    SampleColumns own = ReadOwn(series);
    if (columns.size() == 0)
      columns = std::move(own);
    else
      AppendTo(columns, own);
    SortKeepingLast(columns);
  }
  Clip(columns, range_);
  out.labels = std::move(series.labels);
  out.at_ms = std::move(columns.at_ms);
  out.values = std::move(columns.values);
}

SampleColumns HeadSelection::ReadOwn(Series& series) {
  SampleColumns columns = std::exchange(series.fresh, {});
  if (files_.empty() && sealed_ == nullptr) return columns;
  const SampleColumns fresh = std::exchange(columns, {});
  for (const auto& file : files_)
    if (!file->Read(series.id, columns)) ++*damaged_chunks_;
  if (sealed_ != nullptr) sealed_->Read(series.id, columns);
  AppendTo(columns, fresh);
  return columns;
}

void HeadSelection::AddOlder(HeadSelection older) {
  std::vector<Series> all;
  all.reserve(std::max(series_.size(), older.series_.size()));
  auto own = series_.begin();
  for (size_t place = 0; place < older.size(); ++place) {
    Labels& labels = older.series_[place].labels;
    while (own != series_.end() && own->labels < labels) all.push_back(std::move(*own++));
    if (own == series_.end() || own->labels != labels)
      all.emplace_back().labels = std::move(labels);
    else
      all.push_back(std::move(*own++));
    all.back().held += older.held(place);
    all.back().older_place = place;
  }
  std::move(own, series_.end(), std::back_inserter(all));
  series_ = std::move(all);
  older_ = std::make_unique<HeadSelection>(std::move(older));
}

}  // namespace hinomi::metrics
