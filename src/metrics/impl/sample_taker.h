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
    ++page_.scraped;
    const bool own_time = options_.honor_timestamps && own_at_ms.has_value();
    const int64_t at_ms = own_time ? *own_at_ms : at_ms_;
    if (series >= seen_.size()) seen_.resize(memory_.series_count());
    Seen& seen = seen_[series];
    // Of a sample that stands twice the first one counts.
    if (!seen.taken) {
      seen.taken = true;
      seen.first_at_ms = at_ms;
    } else if (at_ms == seen.first_at_ms || !repeated_.emplace(series, at_ms).second) {
      return at_ms;
    }
    if (!own_time && !seen.live) {
      seen.live = true;
      if (!memory_.live(series)) ++page_.added;
    }
    ids_.push_back(series);
    page_.batch.samples.push_back({at_ms, value});
    return at_ms;
  }

  void TakeExemplar(PageMemory::Id series, const Labels& labels, double value, int64_t sample_at_ms,
                    std::optional<int64_t> own_at_ms) {
    RawBatch::Exemplar& exemplar = page_.batch.exemplars.emplace_back();
    exemplar.labels = exemplar_labels_.emplace_back(metrics::LabelBytesOf(labels));
    exemplar.sample = {own_at_ms.value_or(sample_at_ms), value};
    exemplar.own_time = own_at_ms.has_value();
    exemplar_ids_.push_back(series);
  }

  size_t scraped() const { return page_.scraped; }

  /// Everything, with markers for what vanished.
  PageSamples Finish() {
    RawBatch& batch = page_.batch;
    batch.series.reserve(ids_.size() + 8);
    for (uint32_t i = 0; i < ids_.size(); ++i)
      batch.series.push_back({memory_.LabelBytesOf(ids_[i]), i, 1});
    for (size_t i = 0; i < exemplar_ids_.size(); ++i)
      batch.exemplars[i].series = memory_.LabelBytesOf(exemplar_ids_[i]);
    for (PageMemory::Id series = 0; series < memory_.series_count(); ++series) {
      if (!memory_.live(series) || IsLive(series)) continue;
      AddSample(memory_.LabelBytesOf(series), {at_ms_, StaleMarker()}, batch);
      ++vanished_;
    }
    return std::move(page_);
  }

  bool IsLive(PageMemory::Id series) const { return series < seen_.size() && seen_[series].live; }
  size_t vanished() const { return vanished_; }

 private:
  struct Seen {
    int64_t first_at_ms = 0;
    bool taken = false;
    bool live = false;
  };

  const PageOptions& options_;
  PageMemory& memory_;
  int64_t at_ms_;
  PageSamples page_;
  std::vector<PageMemory::Id> ids_;           ///< By sample.
  std::vector<PageMemory::Id> exemplar_ids_;  ///< By exemplar.
  std::deque<std::string> exemplar_labels_;   ///< What the batch borrows.
  std::vector<Seen> seen_;                    ///< By series.
  std::set<std::pair<PageMemory::Id, int64_t>> repeated_;
  size_t vanished_ = 0;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_SAMPLE_TAKER_H_
