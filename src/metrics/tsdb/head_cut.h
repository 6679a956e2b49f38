#ifndef HINOMI_METRICS_TSDB_HEAD_CUT_H_
#define HINOMI_METRICS_TSDB_HEAD_CUT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/tsdb/flush_file.h"
#include "metrics/tsdb/series_table.h"
#include "metrics/tsdb/time_window.h"

namespace hinomi::metrics {

/// What is about to leave a head: the samples of some flush files within some time.
/// Series are numbers until they are given: 4 bytes a label and 8 a chunk, however long the
/// texts are, and 32 more while they are put in order. Made in steps:
///   HeadCut cut(range, files);
///   for each of cut.ids(): cut.AddLabels(its pairs)
///   cut.SetMessages(the bytes of each of cut.UsedPairs())
/// Threads: one at a time.
class HeadCut {
 public:
  using Pair = LabelPool::Pair;

  HeadCut(const TimeWindow& range, std::vector<std::shared_ptr<const FlushFile>> files);
  /// The series that have a chunk in one of the files, ascending.
  const std::vector<SeriesId>& ids() const { return ids_; }
  /// Those of the next series, in order. None: the series is left out.
  void AddLabels(std::span<const Pair> pairs);
  /// All that were added, ascending.
  std::vector<Pair> UsedPairs() const;
  /// One for each of UsedPairs(), as LabelPool::Bytes gives them: they must outlive the cut.
  void SetMessages(const std::vector<std::string_view>& messages);

  using Sink = std::function<Status(std::string_view label_bytes, const SampleColumns& columns)>;
  /// Gives all series, in the order of CompareLabelBytes; what the sink gets is good
  /// until it returns. Errors: the sink's.
  Status Run(const Sink& sink) const;
  uint64_t damaged_chunks() const { return damaged_chunks_; }

 private:
  /// A chunk of a series.
  struct Part {
    uint32_t file = 0;   ///< Its place in `files_`.
    uint32_t entry = 0;  ///< In that file.
  };
  std::vector<uint32_t> InOrder() const;
  std::span<const Pair> LabelsOf(size_t series) const;
  void Read(size_t series, SampleColumns& columns) const;

  TimeWindow range_;
  std::vector<std::shared_ptr<const FlushFile>> files_;
  std::vector<SeriesId> ids_;
  std::vector<Part> parts_;          ///< Of one series after the other, the oldest file first.
  std::vector<uint32_t> part_ends_;  ///< By place in `ids_`.
  std::vector<Pair> labels_;         ///< The same way; in the end places in `messages_`.
  std::vector<size_t> label_ends_;
  std::vector<std::string_view> messages_;  ///< By name and value.
  mutable uint64_t damaged_chunks_ = 0;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_HEAD_CUT_H_
