#ifndef HINOMI_POLICY_IMPL_ALARM_METRICS_FORM_H_
#define HINOMI_POLICY_IMPL_ALARM_METRICS_FORM_H_

#include <optional>
#include <string>

#include "policy/binder.h"
#include "policy/documents.h"

/// What an alarm reads: the metrics, their statistics, and expressions over them.
namespace hinomi::policy::impl {

FormPtr<std::string> StatisticForm();
/// What is meant where an alarm on this metric names no statistic.
std::optional<DefaultText> StatisticDefault(const std::string& metric);
/// One entry of `metrics` of an alarm.
FormPtr<MetricQueryDocument> MetricQueryForm();
/// Where a byte of the expression of an entry of `metrics` stands in the file.
Span PlaceInExpression(const Reader& reader, const yaml::Node& node, const std::string& path,
                       size_t entry, size_t offset);
/// Finds what is wrong with an alarm's expressions, and keeps them compiled.
void CompileMath(Reader& reader, const yaml::Node& node, const std::string& path,
                 AlarmDocument& alarm);

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_ALARM_METRICS_FORM_H_
