#ifndef HINOMI_DATA_CHECK_IMPL_CHECKS_H_
#define HINOMI_DATA_CHECK_IMPL_CHECKS_H_

#include <vector>

#include "data_check/data_check.h"

namespace hinomi::data_check::impl {

/// Metric alarms: what they read, how often it comes, in which unit, and whether the threshold can
/// be reached.
std::vector<Finding> CheckMetricAlarms(const policy::OpsFolder& folder, const World& world,
                                       Instant now);

/// PromQL alarms, recording and alerting rules: selectors that match nothing, and expressions that
/// do not depend on any series.
std::vector<Finding> CheckExpressions(const policy::OpsFolder& folder, const World& world,
                                      Instant now);

/// Alarms that would have called somebody almost every night of the last week, by a backtest.
std::vector<Finding> CheckNights(const policy::OpsFolder& folder, const World& world, Instant now);

}  // namespace hinomi::data_check::impl

#endif  // HINOMI_DATA_CHECK_IMPL_CHECKS_H_
