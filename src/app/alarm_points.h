#ifndef HINOMI_APP_ALARM_POINTS_H_
#define HINOMI_APP_ALARM_POINTS_H_

#include <string>
#include <vector>

#include "app/band_models.h"
#include "base/clock.h"
#include "base/result.h"
#include "control/backtest.h"
#include "metrics/query_memory.h"
#include "metrics/storage.h"
#include "ops_model/event.h"
#include "policy/documents.h"

/// What alarms read, out of the metrics store.
namespace hinomi::app {

/// The points of the periods between these instants (alarms::PeriodEdges), newest first, from the
/// metrics store; with their bands where the alarm has one and its model knows enough. The periods
/// may be other ones than the alarm's: its band is that of its own.
Result<std::vector<ops_model::Datapoint>> ReadPoints(const metrics::Queryable& source,
                                                     const policy::AlarmDocument& alarm,
                                                     const std::vector<Instant>& edges,
                                                     BandModels& models);

/// The times of all samples that an alarm of metrics reads between, ascending; one may be there
/// several times.
Result<std::vector<Instant>> ReadSampleTimesOf(const metrics::Queryable& source,
                                               const policy::AlarmDocument& alarm, Instant from,
                                               Instant to);

/// Why the newest period as of `at` has no band; "" if it has one, or the alarm has none.
std::string WhyNoBand(const policy::AlarmDocument& alarm, Instant at, BandModels& models);

/// The same for a backtest, and what alerting rules would have found: they are evaluated as
/// rules::Manager would have, from so long before that a state at the beginning is known; nothing
/// is stored. Models of bands are fitted anew: take another source for the next backtest. What it
/// is given must outlive it; `memory`, of all queries, may be null. Threads: any.
control::BacktestSource HistoryOf(const metrics::Queryable& source, const Clock& clock,
                                  metrics::QueryMemory* memory);

}  // namespace hinomi::app

#endif  // HINOMI_APP_ALARM_POINTS_H_
