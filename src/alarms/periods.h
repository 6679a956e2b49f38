#ifndef HINOMI_ALARMS_PERIODS_H_
#define HINOMI_ALARMS_PERIODS_H_

#include <vector>

#include "base/clock.h"
#include "policy/documents.h"

namespace hinomi::alarms {

/// Where the newest `count` periods of a metric alarm begin and end if it is looked at at `at`:
/// `count` + 1 instants, ascending. They are counted back from `at` itself, not from multiples
/// of the period, as CloudWatch does; an alarm with a wall clock looks at the hours, days or weeks
/// of its zone that are over by then.
std::vector<Instant> PeriodEdges(const policy::AlarmDocument& alarm, Instant at, int count);

}  // namespace hinomi::alarms

#endif  // HINOMI_ALARMS_PERIODS_H_
