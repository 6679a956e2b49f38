#ifndef HINOMI_APP_ALARM_POINTS_H_
#define HINOMI_APP_ALARM_POINTS_H_

#include <vector>

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
/// metrics store.
Result<std::vector<ops_model::Datapoint>> ReadPoints(const metrics::Queryable& source,
                                                     const policy::AlarmDocument& alarm,
                                                     const std::vector<Instant>& edges);

/// The same for a backtest, and what alerting rules would have found: they are evaluated as
/// rules::Manager would have, from so long before that a state at the beginning is known; nothing
/// is stored. What it is given must outlive it; `memory`, of all queries, may be null. Threads:
/// any.
control::BacktestSource HistoryOf(const metrics::Queryable& source, const Clock& clock,
                                  metrics::QueryMemory* memory);

}  // namespace hinomi::app

#endif  // HINOMI_APP_ALARM_POINTS_H_
