#ifndef HINOMI_DATA_CHECK_DATA_CHECK_H_
#define HINOMI_DATA_CHECK_DATA_CHECK_H_

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "control/backtest.h"
#include "metrics/storage.h"
#include "policy/documents.h"

/// Whether alarms fit the data that there are: a folder may be sound and still watch nothing.
namespace hinomi::data_check {

/// Why something is found.
enum class Code {
  kNothingSelected,  ///< No series of the last day is what the alarm reads.
  kCannotFire,       ///< No value can ever reach the threshold.
  kAlwaysFires,      ///< Every value does.
  kPeriodTooShort,   ///< Samples are further apart than a period is long.
  kUnit,             ///< Threshold and values are in different units.
  kNightly,          ///< It would have opened incidents almost every night.
  kNotLookedAt,      ///< The data were too much, or could not be read.
};
/// "nothing_selected", "cannot_fire", …
std::string_view CodeName(Code code);

struct Finding {
  std::string alarm;  ///< Or a recording rule's metric.
  Code code = Code::kNothingSelected;
  std::string message;  ///< What is wrong, and what to do.
};

struct World {
  const metrics::Queryable& store;
  control::BacktestSource history;
};

/// Looks at the day before `now`, and for nights at the week before it, with the alarms and rules
/// of the folder. What could not be looked at is a finding, too. Reads a lot: call it where time is
/// no matter.
std::vector<Finding> CheckAgainstData(const policy::OpsFolder& folder, const World& world,
                                      Instant now);

}  // namespace hinomi::data_check

#endif  // HINOMI_DATA_CHECK_DATA_CHECK_H_
