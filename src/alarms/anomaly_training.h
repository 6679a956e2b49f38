#ifndef HINOMI_ALARMS_ANOMALY_TRAINING_H_
#define HINOMI_ALARMS_ANOMALY_TRAINING_H_

#include <vector>

#include "alarms/anomaly.h"
#include "base/clock.h"
#include "policy/documents.h"

/// When an alarm's model of what is usual is fitted, and to what: which follows from the alarm and
/// the instant alone, so that a restart or a backtest has the band that there was
/// (docs/decisions/0019-a-band-follows-from-what-is-stored.md). Pure.
namespace hinomi::alarms {

/// How often a model is fitted anew, as a whole.
constexpr Duration kRefitEvery = Duration::Hours(1);

/// When the model was fitted that is in force for a point of this time: at or before it. Alarms
/// have different minutes of the hour, so that they are not all fitted at once.
Instant FittedAt(const policy::AlarmDocument& alarm, Instant at);

/// Where the periods of the training time begin and end: the alarm's own, the last of them ends
/// when the model is fitted. Ascending.
std::vector<Instant> TrainingEdges(const policy::AlarmDocument& alarm, Instant fitted_at);

TrainingOptions TrainingOptionsOf(const policy::AlarmDocument& alarm);

}  // namespace hinomi::alarms

#endif  // HINOMI_ALARMS_ANOMALY_TRAINING_H_
