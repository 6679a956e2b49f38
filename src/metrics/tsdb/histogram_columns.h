#ifndef HINOMI_METRICS_TSDB_HISTOGRAM_COLUMNS_H_
#define HINOMI_METRICS_TSDB_HISTOGRAM_COLUMNS_H_

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/native_histogram.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// How a native histogram lies in the store: as a float sample in each of several
/// series, its *columns*, which have the labels of its own series (the base) and
/// `kHistogramLabel` with the column's name (docs/formats/metrics-histograms.md).
///
///   meta            always: how many other columns the sample has, schema, reset hint
///   count sum       always
///   zero threshold  where not 0: the zero bucket's count and its threshold
///   3p-5 3n12       where not 0: schema 3, positive bucket -5, negative bucket 12
///   le0.25 le+Inf   custom buckets by upper bound: always, but +Inf where not 0
inline constexpr std::string_view kMetaColumn = "meta";

/// What a column holds, in the order in which columns are joined.
struct HistogramColumn {
  enum class Kind { kMeta, kCount, kSum, kZero, kThreshold, kNegative, kPositive, kCustom };
  Kind kind = Kind::kMeta;
  int32_t schema = 0;  ///< Of kNegative and kPositive; else 0, as `index`.
  int32_t index = 0;
  double upper_bound = 0;  ///< Of kCustom.

  std::partial_ordering operator<=>(const HistogramColumn&) const = default;

  std::string Name() const;
  static std::optional<HistogramColumn> Parse(std::string_view name);
};

/// The value of a meta column.
struct HistogramMeta {
  uint32_t columns = 0;  ///< Of the sample, beside this one.
  int32_t schema = 0;
  NativeHistogram::ResetHint reset_hint = NativeHistogram::ResetHint::kUnknown;

  double ToValue() const;  ///< A whole number below 2^53.
  static std::optional<HistogramMeta> FromValue(double value);
};

/// Gives all columns of a histogram that `CheckHistogram` passes.
void SplitHistogram(const NativeHistogram& histogram,
                    const std::function<void(const HistogramColumn&, double)>& sink);
/// Puts one column's value back. Columns come in ascending order; of meta the schema
/// and the hint are taken.
void JoinColumn(const HistogramColumn& column, double value, NativeHistogram& histogram);

/// That a series was written which has `kHistogramLabel` itself.
Error ReservedLabel(const Labels& labels);

/// The label bytes of a base's columns.
class ColumnLabels {
 public:
  /// `base` is valid label bytes without `kHistogramLabel`; borrowed.
  explicit ColumnLabels(std::string_view base);
  std::string Of(std::string_view column) const;

 private:
  std::string_view before_;
  std::string_view behind_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_HISTOGRAM_COLUMNS_H_
