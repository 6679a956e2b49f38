#ifndef HINOMI_METRICS_TSDB_INDEX_H_
#define HINOMI_METRICS_TSDB_INDEX_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/matcher.h"
#include "metrics/model.h"
#include "metrics/tsdb/postings.h"
#include "metrics/tsdb/term_table.h"

namespace hinomi::metrics {

class IndexTables;

/// The inverted index of a set of series, as bytes that are read where they
/// lie: label names and values in order, for each value the ids of its series,
/// and the labels of each id. docs/formats/metrics-index.md.

/// Makes the bytes of an index. Not thread-safe.
class IndexBuilder {
 public:
  /// Gives the series with these valid label bytes the next id: 0, 1, 2 … The same
  /// series twice is two.
  uint32_t Add(std::string_view label_bytes);
  size_t series_count() const { return label_counts_.size(); }
  /// The whole index. The builder cannot be used afterwards.
  std::string Finish();

 private:
  TermTable terms_;
  std::vector<uint32_t> series_terms_;  ///< Those of all series behind each other.
  std::vector<uint32_t> label_counts_;  ///< How many of them are each series'.
};

/// How much an index holds of one label name, or of one of its values.
struct LabelCardinality {
  std::string_view text;  ///< The name, or the value; borrowed from the index's bytes.
  uint32_t values = 0;    ///< Of a name: how many it has.
  uint32_t series = 0;    ///< How many series have it.
};

/// Reads an index where it lies. All is const and safe in any number of
/// threads at once. Bytes that are damaged are never read beyond: what cannot
/// be read is left out, and `damaged()` says so.
class Index {
 public:
  /// `bytes` are borrowed and must outlive the index. Looks at the header and
  /// the sections' bounds only. Errors: kCorrupt; kConflict for a version of
  /// the format that is not known here.
  static Result<Index> Open(std::string_view bytes);
  Index(Index&&) noexcept;
  Index& operator=(Index&&) noexcept;
  ~Index();

  /// Reads everything: checksums, order and that labels and postings say the
  /// same. kCorrupt with what is wrong.
  Status Verify() const;
  /// True once anything that was read made no sense. Verify tells more.
  bool damaged() const;

  size_t series_count() const;
  /// Of an id below series_count().
  void AppendLabelBytes(uint32_t id, std::string& out) const;
  Labels LabelsOf(uint32_t id) const;

  /// The series that all of `matchers` match; all series if there are none.
  Postings Match(const std::vector<CompiledMatcher>& matchers) const;

  /// Sorted; borrowed from the index's bytes.
  std::vector<std::string_view> LabelNames() const;
  std::vector<std::string_view> LabelValues(std::string_view name) const;
  /// The same with their numbers of series.
  std::vector<LabelCardinality> NameCardinalities() const;
  std::vector<LabelCardinality> ValueCardinalities(std::string_view name) const;
  uint32_t SeriesWith(std::string_view name, std::string_view value) const;

 private:
  explicit Index(std::unique_ptr<const IndexTables> tables);
  std::unique_ptr<const IndexTables> tables_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_INDEX_H_
