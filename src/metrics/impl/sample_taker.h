#ifndef HINOMI_METRICS_IMPL_SAMPLE_TAKER_H_
#define HINOMI_METRICS_IMPL_SAMPLE_TAKER_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/impl/page_memory.h"
#include "metrics/scrape_page.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {

/// One more series with one sample; the batch borrows its label bytes.
inline void AddSample(std::string_view label_bytes, Sample sample, RawBatch& batch) {
  batch.series.push_back({label_bytes, static_cast<uint32_t>(batch.samples.size()), 1});
  batch.samples.push_back(sample);
}

/// The samples of one page, by the numbers of their series: label bytes may move
/// until the page is read.
class SampleTaker {
 public:
  SampleTaker(const PageOptions& options, PageMemory& memory, Instant at)
      : options_(options), memory_(memory), at_ms_(at.millis()), seen_(memory.series_count()) {
    const size_t expected = memory.series_count() + 8;  // And a few that a scrape adds.
    page_.batch.samples.reserve(expected);
    ids_.reserve(expected);
  }

  /// Returns the time that counts.
  int64_t Take(PageMemory::Id series, double value, std::optional<int64_t> own_at_ms) {
    const auto [at_ms, is_first] = Note(series, own_at_ms, SeriesLife::kFloats);
    if (!is_first) return at_ms;
    ids_.push_back(series);
    page_.batch.samples.push_back({at_ms, value});
    return at_ms;
  }

  int64_t TakeHistogram(PageMemory::Id series, NativeHistogramPtr histogram,
                        std::optional<int64_t> own_at_ms) {
    const auto [at_ms, is_first] = Note(series, own_at_ms, SeriesLife::kHistograms);
    if (!is_first) return at_ms;
    histogram_ids_.push_back(series);
    page_.batch.histograms.push_back({{}, at_ms, std::move(histogram)});
    return at_ms;
  }

  void TakeExemplar(PageMemory::Id series, const Labels& labels, double value, int64_t sample_at_ms,
                    std::optional<int64_t> own_at_ms) {
    if (series == PageMemory::kDropped) return;
    RawBatch::Exemplar& exemplar = page_.batch.exemplars.emplace_back();
    exemplar.labels = exemplar_labels_.emplace_back(metrics::LabelBytesOf(labels));
    exemplar.sample = {own_at_ms.value_or(sample_at_ms), value};
    exemplar.own_time = own_at_ms.has_value();
    exemplar_ids_.push_back(series);
  }

  size_t kept() const { return page_.kept; }

  /// Everything, with markers for what vanished.
  PageSamples Finish() {
    RawBatch& batch = page_.batch;
    batch.series.reserve(ids_.size() + 8);
    for (uint32_t i = 0; i < ids_.size(); ++i)
      batch.series.push_back({memory_.LabelBytesOf(ids_[i]), i, 1, &memory_.HandleOf(ids_[i])});
    for (size_t i = 0; i < histogram_ids_.size(); ++i)
      batch.histograms[i].label_bytes = memory_.LabelBytesOf(histogram_ids_[i]);
    for (size_t i = 0; i < exemplar_ids_.size(); ++i)
      batch.exemplars[i].series = memory_.LabelBytesOf(exemplar_ids_[i]);
    for (PageMemory::Id series = 0; series < memory_.series_count(); ++series) {
      if (memory_.LifeOf(series) == SeriesLife::kOver || LifeOf(series) != SeriesLife::kOver)
        continue;
      AddMarker(series);
      ++vanished_;
    }
    return std::move(page_);
  }

  SeriesLife LifeOf(PageMemory::Id series) const {
    return series < seen_.size() ? seen_[series].life : SeriesLife::kOver;
  }
  size_t vanished() const { return vanished_; }

 private:
  struct Seen {
    int64_t first_at_ms = 0;
    bool taken = false;
    SeriesLife life = SeriesLife::kOver;
  };

  /// The time that counts of one more sample, and whether it is the first of that time.
  std::pair<int64_t, bool> Note(PageMemory::Id series, std::optional<int64_t> own_at_ms,
                                SeriesLife life) {
    ++page_.scraped;
    const bool own_time = options_.honor_timestamps && own_at_ms.has_value();
    const int64_t at_ms = own_time ? *own_at_ms : at_ms_;
    if (series == PageMemory::kDropped) return {at_ms, false};
    ++page_.kept;
    if (series >= seen_.size()) seen_.resize(memory_.series_count());
    Seen& seen = seen_[series];
    // Of a sample that stands twice the first one counts.
    if (!seen.taken) {
      seen.taken = true;
      seen.first_at_ms = at_ms;
    } else if (at_ms == seen.first_at_ms || !repeated_.emplace(series, at_ms).second) {
      return {at_ms, false};
    }
    if (!own_time && seen.life == SeriesLife::kOver) {
      seen.life = life;
      if (memory_.LifeOf(series) == SeriesLife::kOver) ++page_.added;
    }
    return {at_ms, true};
  }

  /// The end of a series as its samples were: readers look for it among those.
  void AddMarker(PageMemory::Id series) {
    static const NativeHistogramPtr stale =
        std::make_shared<const NativeHistogram>(StaleHistogram());
    if (memory_.LifeOf(series) == SeriesLife::kFloats)
      return AddSample(memory_.LabelBytesOf(series), {at_ms_, StaleMarker()}, page_.batch);
    page_.batch.histograms.push_back({memory_.LabelBytesOf(series), at_ms_, stale});
  }

  const PageOptions& options_;
  PageMemory& memory_;
  int64_t at_ms_;
  PageSamples page_;
  std::vector<PageMemory::Id> ids_;            ///< By sample.
  std::vector<PageMemory::Id> histogram_ids_;  ///< By histogram.
  std::vector<PageMemory::Id> exemplar_ids_;   ///< By exemplar.
  std::deque<std::string> exemplar_labels_;    ///< What the batch borrows.
  std::vector<Seen> seen_;                     ///< By series.
  std::set<std::pair<PageMemory::Id, int64_t>> repeated_;
  size_t vanished_ = 0;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_SAMPLE_TAKER_H_
