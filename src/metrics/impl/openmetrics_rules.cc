#include "metrics/impl/openmetrics_rules.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "base/strings.h"

namespace hinomi::metrics {
namespace {

std::span<const std::string_view> SuffixesOf(MetricType type) {
  static constexpr std::string_view kPlain[] = {""};
  static constexpr std::string_view kCounter[] = {"_total", "_created"};
  static constexpr std::string_view kHistogram[] = {"_bucket", "_count", "_sum", "_created"};
  static constexpr std::string_view kGaugeHistogram[] = {"_bucket", "_gcount", "_gsum"};
  static constexpr std::string_view kSummary[] = {"", "_count", "_sum", "_created"};
  static constexpr std::string_view kInfo[] = {"_info"};
  switch (type) {
    case MetricType::kCounter:
      return kCounter;
    case MetricType::kHistogram:
      return kHistogram;
    case MetricType::kGaugeHistogram:
      return kGaugeHistogram;
    case MetricType::kSummary:
      return kSummary;
    case MetricType::kInfo:
      return kInfo;
    case MetricType::kUnknown:
    case MetricType::kGauge:
    case MetricType::kStateset:
      break;
  }
  return kPlain;
}

bool IsHistogram(MetricType type) {
  return type == MetricType::kHistogram || type == MetricType::kGaugeHistogram;
}

const std::string* Find(const std::vector<Labels::Pair>& labels, std::string_view name) {
  for (const auto& [label, value] : labels)
    if (label == name) return &value;
  return nullptr;
}

/// A label that holds a number; infinity has one spelling.
std::optional<double> NumberIn(const std::vector<Labels::Pair>& labels, std::string_view name) {
  const std::string* text = Find(labels, name);
  if (text == nullptr) return std::nullopt;
  if (*text == "+Inf") return std::numeric_limits<double>::infinity();
  std::string_view digits = *text;
  if (!IsRealNumber(digits)) return std::nullopt;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  return ParseDouble(digits);
}

Error Broken(const std::string& family, std::string_view rule) {
  return InvalidArgument("metric family " + family + ": " + std::string(rule));
}

}  // namespace

Status OpenMetricsRules::EnterByMetadata(std::string_view name) {
  if (family_ && family_->name == name) {
    if (family_->has_samples)
      return Broken(family_->name, "its TYPE, HELP and UNIT must stand in front of its samples");
    return {};
  }
  HN_TRY_VOID(CloseFamily());
  family_ = Family{};
  family_->name = name;
  return {};
}

Status OpenMetricsRules::OnType(std::string_view name, MetricType type) {
  HN_TRY_VOID(EnterByMetadata(name));
  if (family_->type) return Broken(family_->name, "a second TYPE");
  family_->type = type;
  return {};
}

Status OpenMetricsRules::OnHelp(std::string_view name) {
  HN_TRY_VOID(EnterByMetadata(name));
  if (std::exchange(family_->has_help, true)) return Broken(family_->name, "a second HELP");
  return {};
}

Status OpenMetricsRules::OnUnit(std::string_view name, std::string_view unit) {
  HN_TRY_VOID(EnterByMetadata(name));
  if (family_->unit) return Broken(family_->name, "a second UNIT");
  family_->unit = unit;
  return {};
}

bool OpenMetricsRules::Belongs(std::string_view sample_name) const {
  if (!family_ || !sample_name.starts_with(family_->name)) return false;
  const auto suffixes = SuffixesOf(type());
  return std::find(suffixes.begin(), suffixes.end(), sample_name.substr(family_->name.size())) !=
         suffixes.end();
}

Result<bool> OpenMetricsRules::OnSample(const SampleLine& line) {
  if (!Belongs(line.name)) {
    HN_TRY_VOID(CloseFamily());
    family_ = Family{};
    family_->name = line.name;
  }
  family_->has_samples = true;
  const std::string_view suffix = line.name.substr(family_->name.size());
  HN_TRY_VOID(CheckLabels(line, suffix));
  HN_TRY_VOID(CheckValue(line, suffix));
  HN_TRY_VOID(CheckExemplar(line, suffix));
  HN_TRY(const bool first, CheckGrouping(line, suffix));
  if (IsHistogram(type()) && first) HN_TRY_VOID(AddToHistogram(line, suffix));
  return first;
}

Status OpenMetricsRules::CloseFamily() {
  if (!family_) return {};
  HN_TRY_VOID(CloseHistogram());
  const Family family = *std::exchange(family_, std::nullopt);
  std::set<std::string> names = {family.name};
  const MetricType type = family.type.value_or(MetricType::kUnknown);
  for (const std::string_view suffix : SuffixesOf(type))
    names.insert(family.name + std::string(suffix));
  for (const std::string& name : names)
    if (!taken_names_.insert(name).second)
      return Broken(family.name, "the name " + name +
                                     " is used by another family, or the family "
                                     "stands in two places");
  if (family.unit && !family.unit->empty()) {
    if (!family.name.ends_with("_" + *family.unit))
      return Broken(family.name,
                    "a family with UNIT " + *family.unit + " must end with _" + *family.unit);
    if (type == MetricType::kInfo || type == MetricType::kStateset)
      return Broken(family.name, "info and stateset have no UNIT");
  }
  return {};
}

Status OpenMetricsRules::CheckLabels(const SampleLine& line, std::string_view suffix) const {
  if (type() == MetricType::kSummary && suffix.empty()) {
    const auto quantile = NumberIn(line.labels, "quantile");
    if (!quantile || !(*quantile >= 0 && *quantile <= 1))
      return Broken(family_->name, "a summary needs a label quantile between 0 and 1");
  }
  if (type() == MetricType::kSummary && !suffix.empty() && Find(line.labels, "quantile") != nullptr)
    return Broken(family_->name, "only a summary's quantiles have a label quantile");
  if (IsHistogram(type()) && suffix == "_bucket" && !NumberIn(line.labels, "le"))
    return Broken(family_->name, "a bucket needs a label le with a number or +Inf");
  if (IsHistogram(type()) && suffix != "_bucket" && Find(line.labels, "le") != nullptr)
    return Broken(family_->name, "only a histogram's buckets have a label le");
  if (type() == MetricType::kStateset && Find(line.labels, family_->name) == nullptr)
    return Broken(family_->name, "a stateset needs a label with the family's name");
  return {};
}

Status OpenMetricsRules::CheckValue(const SampleLine& line, std::string_view suffix) const {
  const double value = line.value;
  if (type() == MetricType::kStateset && value != 0 && value != 1)
    return Broken(family_->name, "a stateset's value is 0 or 1");
  if (type() == MetricType::kInfo && value != 1)
    return Broken(family_->name, "an info's value is 1");
  const bool counts = suffix == "_total" || suffix == "_sum" || suffix == "_count" ||
                      suffix == "_bucket" || suffix == "_gcount";
  if ((counts || suffix == "_gsum") && std::isnan(value))
    return Broken(family_->name, "counts and sums are never NaN");
  if (counts && value < 0) return Broken(family_->name, "counts and sums are never negative");
  const bool whole = suffix == "_bucket" || suffix == "_count" || suffix == "_gcount";
  if (whole && value != std::floor(value))
    return Broken(family_->name, "buckets and counts are whole numbers");
  if (type() == MetricType::kSummary && suffix.empty() && value < 0)
    return Broken(family_->name, "a quantile's value is never negative");
  if (suffix == "_created" && !std::isfinite(value))
    return Broken(family_->name, "the time of creation is a number of seconds");
  return {};
}

Status OpenMetricsRules::CheckExemplar(const SampleLine& line, std::string_view suffix) const {
  if (!line.exemplar) return {};
  const bool allowed = (type() == MetricType::kCounter && suffix == "_total") ||
                       (IsHistogram(type()) && suffix == "_bucket");
  if (allowed) return {};
  return Broken(family_->name, "exemplars stand on counters' _total and on buckets only");
}

OpenMetricsRules::Group OpenMetricsRules::GroupOf(const SampleLine& line,
                                                  std::string_view suffix) const {
  if (type() == MetricType::kInfo) return {};
  std::string_view left_out;
  if (type() == MetricType::kSummary && suffix.empty()) left_out = "quantile";
  if (type() == MetricType::kStateset) left_out = family_->name;
  if (IsHistogram(type()) && suffix == "_bucket") left_out = "le";
  Group group;
  for (const auto& pair : line.labels)
    if (pair.first != left_out) group.push_back(pair);
  std::sort(group.begin(), group.end());
  return group;
}

Result<bool> OpenMetricsRules::CheckGrouping(const SampleLine& line, std::string_view suffix) {
  Family& family = *family_;
  Group group = GroupOf(line, suffix);
  const bool same_group = family.group && *family.group == group;
  if (!same_group && family.groups.contains(group))
    return Broken(family.name, "the samples of one label set must stand together");
  if (same_group && line.at_s.has_value() != family.at_s.has_value())
    return Broken(family.name, "some samples of a label set have a time and others have none");
  if (same_group && line.at_s && *line.at_s < *family.at_s && type() != MetricType::kInfo)
    return Broken(family.name, "times go backwards within a label set");
  if (!same_group || line.at_s != family.at_s) {
    HN_TRY_VOID(CloseHistogram());
    family.series_at_this_time.clear();
  }
  family.groups.insert(group);
  family.group = std::move(group);
  family.at_s = line.at_s;
  Group labels = line.labels;
  std::sort(labels.begin(), labels.end());
  return family.series_at_this_time.emplace(suffix, std::move(labels)).second;
}

Status OpenMetricsRules::AddToHistogram(const SampleLine& line, std::string_view suffix) {
  Histogram& histogram = family_->histogram;
  histogram.open = true;
  if (suffix == "_bucket") {
    const double bound = NumberIn(line.labels, "le").value_or(0);
    if (histogram.bucket && bound <= *histogram.bucket)
      return Broken(family_->name, "buckets must rise in le");
    if (line.value < histogram.bucket_value)
      return Broken(family_->name, "a bucket holds less than the one before it");
    histogram.negative_buckets |= bound < 0;
    histogram.bucket = bound;
    histogram.bucket_value = line.value;
  } else if (suffix == "_count" || suffix == "_gcount") {
    histogram.count = line.value;
  } else if (suffix == "_sum") {
    histogram.has_sum = true;
  } else if (suffix == "_gsum") {
    histogram.has_gsum = true;
    histogram.negative_gsum = line.value < 0;
  }
  return {};
}

Status OpenMetricsRules::CloseHistogram() {
  const Histogram histogram = std::exchange(family_->histogram, {});
  if (!histogram.open) return {};
  const bool summed = histogram.has_sum || histogram.has_gsum;
  if (!histogram.bucket || !std::isinf(*histogram.bucket))
    return Broken(family_->name, "a histogram needs the bucket le=\"+Inf\"");
  if (histogram.count && *histogram.count != histogram.bucket_value)
    return Broken(family_->name, "the count differs from the bucket le=\"+Inf\"");
  if (summed != histogram.count.has_value())
    return Broken(family_->name, "count and sum stand together or not at all");
  if (histogram.negative_buckets && histogram.has_sum)
    return Broken(family_->name, "a histogram with negative buckets has no sum");
  if (!histogram.negative_buckets && histogram.negative_gsum)
    return Broken(family_->name, "a negative sum needs negative buckets");
  return {};
}

}  // namespace hinomi::metrics
