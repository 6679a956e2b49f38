#ifndef HINOMI_POLICY_IMPL_ALARM_BAND_FORM_H_
#define HINOMI_POLICY_IMPL_ALARM_BAND_FORM_H_

#include <string>

#include "policy/binder.h"
#include "policy/documents.h"

/// What an alarm of an anomaly band has instead of a threshold, named as in CloudWatch's
/// PutMetricAlarm and PutAnomalyDetector.
namespace hinomi::policy::impl {

/// thresholdMetricId, metricTimezone, excludedTimeRanges.
void AddBandKeys(Record<AlarmDocument>& form);
/// True if the alarm names a band, or has one among its `metrics` and no threshold.
bool IsOfBand(const AlarmDocument& alarm);
/// Reads the band out of the entry that thresholdMetricId names, and finds bands where none may
/// be. True if there were mistakes.
bool CheckBands(Reader& reader, const yaml::Node& node, const std::string& path,
                AlarmDocument& alarm);
/// What stands beside a band: operator, threshold, period. Fills in the operator.
void CheckBesideBand(Reader& reader, const yaml::Node& node, const std::string& path,
                     AlarmDocument& alarm);

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_ALARM_BAND_FORM_H_
