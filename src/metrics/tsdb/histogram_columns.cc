#include "metrics/tsdb/histogram_columns.h"

#include <cmath>
#include <limits>

#include "base/strings.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

using Kind = HistogramColumn::Kind;

constexpr std::string_view kCustomPrefix = "le";

struct NamedKind {
  Kind kind;
  std::string_view name;
};
constexpr NamedKind kPlainColumns[] = {{Kind::kMeta, kMetaColumn},
                                       {Kind::kCount, "count"},
                                       {Kind::kSum, "sum"},
                                       {Kind::kZero, "zero"},
                                       {Kind::kThreshold, "threshold"}};

// Of a meta value: hint + 4 * (schema + 64) + 512 * columns.
constexpr int32_t kSchemaOffset = 64;
constexpr uint64_t kHints = 4;
constexpr uint64_t kSchemas = 128;

std::optional<int32_t> ToInt32(std::string_view text) {
  const auto number = ParseInt(text);
  if (!number || *number < std::numeric_limits<int32_t>::min() ||
      *number > std::numeric_limits<int32_t>::max())
    return std::nullopt;
  return static_cast<int32_t>(*number);
}

std::optional<HistogramColumn> ParseExponential(std::string_view name) {
  const size_t side = name.find_first_of("np");
  if (side == std::string_view::npos) return std::nullopt;
  const auto schema = ToInt32(name.substr(0, side));
  const auto index = ToInt32(name.substr(side + 1));
  if (!schema || !index) return std::nullopt;
  return HistogramColumn{name[side] == 'p' ? Kind::kPositive : Kind::kNegative, *schema, *index, 0};
}

void SplitCustom(const NativeHistogram& histogram,
                 const std::function<void(const HistogramColumn&, double)>& sink) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  auto bucket = histogram.positive.begin();
  const auto count_of = [&](size_t index) {
    const bool there =
        bucket != histogram.positive.end() && static_cast<size_t>(bucket->index) == index;
    return there ? bucket++->count : 0;
  };
  for (size_t i = 0; i < histogram.custom_values.size(); ++i)
    sink({Kind::kCustom, 0, 0, histogram.custom_values[i]}, count_of(i));
  if (const double overflow = count_of(histogram.custom_values.size()); overflow != 0)
    sink({Kind::kCustom, 0, 0, kInfinity}, overflow);
}

}  // namespace

std::string HistogramColumn::Name() const {
  switch (kind) {
    case Kind::kCustom:
      return std::string(kCustomPrefix) + FormatDouble(upper_bound);
    case Kind::kNegative:
      return std::to_string(schema) + 'n' + std::to_string(index);
    case Kind::kPositive:
      return std::to_string(schema) + 'p' + std::to_string(index);
    default:
      return std::string(kPlainColumns[static_cast<size_t>(kind)].name);
  }
}

std::optional<HistogramColumn> HistogramColumn::Parse(std::string_view name) {
  for (const NamedKind& plain : kPlainColumns)
    if (plain.name == name) return HistogramColumn{plain.kind, 0, 0, 0};
  if (!name.starts_with(kCustomPrefix)) return ParseExponential(name);
  const auto bound = ParseDouble(name.substr(kCustomPrefix.size()));
  if (!bound || std::isnan(*bound)) return std::nullopt;
  return HistogramColumn{Kind::kCustom, 0, 0, *bound};
}

double HistogramMeta::ToValue() const {
  const uint64_t number =
      static_cast<uint64_t>(reset_hint) +
      kHints * (static_cast<uint64_t>(schema + kSchemaOffset) + kSchemas * uint64_t{columns});
  return static_cast<double>(number);
}

std::optional<HistogramMeta> HistogramMeta::FromValue(double value) {
  if (!(value >= 0 && value < 0x1p41) || value != std::floor(value)) return std::nullopt;
  const auto number = static_cast<uint64_t>(value);
  HistogramMeta meta;
  meta.reset_hint = static_cast<NativeHistogram::ResetHint>(number % kHints);
  meta.schema = static_cast<int32_t>(number / kHints % kSchemas) - kSchemaOffset;
  meta.columns = static_cast<uint32_t>(number / kHints / kSchemas);
  return meta;
}

void SplitHistogram(const NativeHistogram& histogram,
                    const std::function<void(const HistogramColumn&, double)>& sink) {
  HistogramMeta meta{0, histogram.schema, histogram.reset_hint};
  const auto give = [&](const HistogramColumn& column, double value) {
    ++meta.columns;
    sink(column, value);
  };
  give({Kind::kCount, 0, 0, 0}, histogram.count);
  give({Kind::kSum, 0, 0, 0}, histogram.sum);
  if (histogram.zero_count != 0) give({Kind::kZero, 0, 0, 0}, histogram.zero_count);
  if (histogram.zero_threshold != 0) give({Kind::kThreshold, 0, 0, 0}, histogram.zero_threshold);
  if (histogram.schema == kCustomBucketsSchema) {
    SplitCustom(histogram, give);
  } else {
    for (const auto& [index, count] : histogram.negative)
      if (count != 0) give({Kind::kNegative, histogram.schema, index, 0}, count);
    for (const auto& [index, count] : histogram.positive)
      if (count != 0) give({Kind::kPositive, histogram.schema, index, 0}, count);
  }
  sink({Kind::kMeta, 0, 0, 0}, meta.ToValue());
}

void JoinColumn(const HistogramColumn& column, double value, NativeHistogram& histogram) {
  switch (column.kind) {
    case Kind::kMeta:
      if (const auto meta = HistogramMeta::FromValue(value)) {
        histogram.schema = meta->schema;
        histogram.reset_hint = meta->reset_hint;
      }
      return;
    case Kind::kCount:
      histogram.count = value;
      return;
    case Kind::kSum:
      histogram.sum = value;
      return;
    case Kind::kZero:
      histogram.zero_count = value;
      return;
    case Kind::kThreshold:
      histogram.zero_threshold = value;
      return;
    case Kind::kNegative:
      histogram.negative.push_back({column.index, value});
      return;
    case Kind::kPositive:
      histogram.positive.push_back({column.index, value});
      return;
    case Kind::kCustom:
      if (value != 0)
        histogram.positive.push_back({static_cast<int32_t>(histogram.custom_values.size()), value});
      if (std::isfinite(column.upper_bound)) histogram.custom_values.push_back(column.upper_bound);
  }
}

Error ReservedLabel(const Labels& labels) {
  return InvalidArgument("the series " + labels.ToString() + " has the label " +
                         std::string(kHistogramLabel) +
                         ", by which the store tells the columns of native histograms apart; "
                         "rename it at the sender");
}

ColumnLabels::ColumnLabels(std::string_view base) {
  LabelBytesReader reader(base);
  size_t at = 0;
  while (const auto label = reader.Next()) {
    if (label->name > kHistogramLabel) break;
    at = base.size() - reader.left();
  }
  before_ = base.substr(0, at);
  behind_ = base.substr(at);
}

std::string ColumnLabels::Of(std::string_view column) const {
  std::string bytes;
  bytes.reserve(before_.size() + behind_.size() + kHistogramLabel.size() + column.size() + 8);
  bytes += before_;
  AppendLabel(kHistogramLabel, column, bytes);
  bytes += behind_;
  return bytes;
}

}  // namespace hinomi::metrics
