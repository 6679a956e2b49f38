#ifndef HINOMI_METRICS_IMPL_OPENMETRICS_RULES_H_
#define HINOMI_METRICS_IMPL_OPENMETRICS_RULES_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "metrics/impl/exposition_line.h"
#include "metrics/model.h"

namespace hinomi::metrics {

/// What the OpenMetrics specification asks of a page beyond its syntax:
/// families that are whole and do not overlap, groups of one label set,
/// rising times, and what each type allows. Fed line by line.
class OpenMetricsRules {
 public:
  Status OnType(std::string_view name, MetricType type);
  Status OnHelp(std::string_view name);
  Status OnUnit(std::string_view name, std::string_view unit);
  /// False where the line repeats a sample of the same time: the first stays.
  Result<bool> OnSample(const SampleLine& line);
  /// At `# EOF`.
  Status Finish() { return CloseFamily(); }

 private:
  using Group = std::vector<Labels::Pair>;

  struct Histogram {
    bool open = false;
    std::optional<double> bucket;
    double bucket_value = 0;
    std::optional<double> count;
    bool has_sum = false;
    bool has_gsum = false;
    bool negative_gsum = false;
    bool negative_buckets = false;
  };

  struct Family {
    std::string name;
    std::optional<MetricType> type;
    bool has_help = false;
    std::optional<std::string> unit;
    bool has_samples = false;
    std::set<Group> groups;
    std::optional<Group> group;
    std::optional<double> at_s;
    std::set<std::pair<std::string, Group>> series_at_this_time;
    Histogram histogram;
  };

  MetricType type() const { return family_->type.value_or(MetricType::kUnknown); }
  Status EnterByMetadata(std::string_view name);
  bool Belongs(std::string_view sample_name) const;
  Status CloseFamily();
  Status CheckLabels(const SampleLine& line, std::string_view suffix) const;
  Status CheckValue(const SampleLine& line, std::string_view suffix) const;
  Status CheckExemplar(const SampleLine& line, std::string_view suffix) const;
  Result<bool> CheckGrouping(const SampleLine& line, std::string_view suffix);
  Group GroupOf(const SampleLine& line, std::string_view suffix) const;
  Status AddToHistogram(const SampleLine& line, std::string_view suffix);
  Status CloseHistogram();

  std::optional<Family> family_;
  std::set<std::string> taken_names_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_OPENMETRICS_RULES_H_
