#ifndef HINOMI_METRICS_IMPL_LINE_READING_H_
#define HINOMI_METRICS_IMPL_LINE_READING_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/impl/exposition_line.h"
#include "metrics/impl/metadata_line.h"
#include "metrics/impl/page_memory.h"
#include "metrics/impl/page_walk.h"
#include "metrics/impl/plain_decimal.h"
#include "metrics/impl/sample_taker.h"
#include "metrics/impl/series_labels.h"
#include "metrics/scrape_page.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {

/// A sink of PageWalk: a page on its way through the memory of the last one.
class LineReading {
 public:
  using Id = PageMemory::Id;

  LineReading(const PageOptions& options, LineStyle style, PageMemory& memory, SampleTaker& taker)
      : options_(options), style_(style), memory_(memory), taker_(taker) {
    order_.reserve(memory.line_count());
  }

  /// Most lines: the one that followed last time, with a plain value and no more.
  size_t TakeKnown(std::string_view page) {
    if (expected_ >= memory_.line_count()) return 0;
    const std::string_view text = memory_.TextOf(expected_);
    if (!page.starts_with(text)) return 0;
    std::string_view rest = page.substr(text.size());
    const Id series = memory_.SeriesOf(expected_);
    if (series == PageMemory::kNone) {
      if (!rest.starts_with('\n')) return 0;
      NoteComment(expected_);
      return text.size() + 1;
    }
    const auto value = TakePlainDecimal(rest);
    if (!value || !rest.starts_with('\n') || IsBeyondLimit(series)) return 0;
    Follow(expected_);
    taker_.Take(series, *value, {});
    return page.size() - rest.size() + 1;
  }

  Status OnEnd() { return {}; }

  Status OnComment(std::string_view line) {
    Id id = expected_;
    if (id >= memory_.line_count() || memory_.TextOf(id) != line) id = memory_.FindLine(line);
    if (id == PageMemory::kNone) return NewComment(line);
    NoteComment(id);
    return {};
  }

  Status OnSample(std::string_view line) {
    SampleRest rest;
    Id id = Known(line, rest);
    if (id == PageMemory::kNone) {
      HN_TRY(id, NewLine(line, rest));
      order_.push_back(id);
    } else {
      Follow(id);
    }
    const Id series = memory_.SeriesOf(id);
    if (IsBeyondLimit(series)) return TooManySamples(options_.sample_limit);
    const int64_t at_ms = taker_.Take(series, rest.value, rest.at_ms);
    if (rest.exemplar) [[unlikely]]
      taker_.TakeExemplar(series, Labels(std::move(rest.exemplar->labels)), rest.exemplar->value,
                          at_ms, rest.exemplar->at_ms());
    return {};
  }

  bool SameLines() const { return in_order_ && order_.size() == memory_.line_count(); }
  bool SameComments() const { return !new_comments_ && comments_ == memory_.comment_count(); }
  std::vector<Id> TakeOrder() { return std::move(order_); }

  std::map<std::string, Metadata> MetadataOfPage() const {
    std::map<std::string, Metadata> all;
    for (const Id id : order_) {
      if (memory_.SeriesOf(id) != PageMemory::kNone) continue;
      if (const auto line = SplitMetadataLine(memory_.TextOf(id), style_))
        (void)ApplyMetadataLine(*line, style_, all[std::string(line->name)]).has_value();
    }
    return all;
  }

 private:
  bool IsBeyondLimit(Id series) const {
    return options_.sample_limit != 0 && series != PageMemory::kDropped &&
           taker_.kept() >= options_.sample_limit;
  }

  void NoteComment(Id id) {
    // As many as the memory has, one behind the other: the same ones.
    if (comments_ > 0 && id <= last_comment_) new_comments_ = true;
    last_comment_ = id;
    ++comments_;
    Follow(id);
  }

  void Follow(Id id) {
    in_order_ = in_order_ && id == order_.size();
    order_.push_back(id);
    expected_ = id + 1;
  }

  /// The line that reads as this one up to the value.
  Id Known(std::string_view line, SampleRest& rest) {
    if (expected_ < memory_.line_count() && ReadsAs(expected_, line, rest)) return expected_;
    const Id found = memory_.FindLine(line.substr(0, FindValue(line)));
    return found != PageMemory::kNone && ReadsAs(found, line, rest) ? found : PageMemory::kNone;
  }

  /// The reader of lines goes from left to right: behind the same text it stands
  /// where it stood last time, if what follows is a value. (Else the text may go on.)
  bool ReadsAs(Id id, std::string_view line, SampleRest& rest) const {
    const std::string_view text = memory_.TextOf(id);
    if (!line.starts_with(text) || memory_.SeriesOf(id) == PageMemory::kNone) return false;
    if (const auto value = ParsePlainDecimal(line.substr(text.size()))) {
      rest.value = *value;
      return true;
    }
    rest = {};
    return ParseSampleRest(line, text.size(), style_, rest).has_value();
  }

  Result<Id> NewLine(std::string_view text, SampleRest& rest) {
    HN_TRY(SampleLine line, ParseSampleLine(text, style_));
    line.labels.emplace_back("__name__", line.name);
    HN_TRY(const Id series, SeriesOfScraped(Labels(std::move(line.labels)), options_, memory_));
    in_order_ = false;
    rest = static_cast<SampleRest&&>(line);
    return memory_.AddLine(text.substr(0, line.value_at), series);
  }

  Status NewComment(std::string_view text) {
    Metadata unused;
    if (const auto line = SplitMetadataLine(text, style_))
      HN_TRY_VOID(ApplyMetadataLine(*line, style_, unused));
    HN_TRY(const Id id, memory_.AddLine(text, PageMemory::kNone));
    order_.push_back(id);
    in_order_ = false;
    new_comments_ = true;
    return {};
  }

  const PageOptions& options_;
  LineStyle style_;
  PageMemory& memory_;
  SampleTaker& taker_;
  std::vector<Id> order_;  ///< The page's lines.
  Id expected_ = 0;        ///< What followed the line before last time.
  bool in_order_ = true;   ///< All lines so far are the memory's first ones.
  Id last_comment_ = 0;
  size_t comments_ = 0;
  bool new_comments_ = false;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_LINE_READING_H_
