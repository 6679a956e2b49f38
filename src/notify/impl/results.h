#ifndef HINOMI_NOTIFY_IMPL_RESULTS_H_
#define HINOMI_NOTIFY_IMPL_RESULTS_H_

#include "notify/notify.h"

namespace hinomi::notify::impl {

/// True for a page to a service that keeps an alert open until it is told
/// otherwise (PagerDuty).
bool KeepsAlerts(const Page& page);

/// True for the reason code of a try that may have arrived, or whose page may
/// have arrived by an earlier try; not for one that was refused.
bool LeavesOpen(const std::string& reason_code);

/// What follows from the end of one try to send a page.
ops_model::Decision OnJobResult(const State& state, const ops_model::JobResult& result, Instant now,
                                const policy::OpsFolder& policy, Random& random);

/// Full jitter: uniform in [0, ceiling), ceiling 1 s, 2 s, 4 s … 60 s for the
/// attempts 1, 2, 3 …; at least 50 ms, so that no failing channel is hammered.
Duration Backoff(int attempt, Random& random);

}  // namespace hinomi::notify::impl

#endif  // HINOMI_NOTIFY_IMPL_RESULTS_H_
