#ifndef HINOMI_APP_SAMPLE_APP_H_
#define HINOMI_APP_SAMPLE_APP_H_

#include <string>

namespace hinomi::app {

/// The small web service that stands for `app` of the operations document, so
/// that there is something to watch. GET / and /healthz answer 200; 503 while
/// `needs` ("127.0.0.1:5432", "" for nothing) takes no connection. POST /fault
/// makes it ill:
///   {"status": 500}        what GET / answers
///   {"delay_ms": 1500}     how long that takes
///   {"healthy": false}     GET /healthz answers 503
///   {"burn_percent": 50}   CPU time in percent of one core
///   {"hold_mib": 40}       memory that it does not give back
/// Several may stand together; an empty object makes it well. GET
/// /slow?seconds=5 takes its time. Runs until SIGTERM; returns the exit code.
int SampleApp(const std::string& listen, const std::string& needs);

}  // namespace hinomi::app

#endif  // HINOMI_APP_SAMPLE_APP_H_
