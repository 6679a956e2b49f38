#ifndef HINOMI_APP_SAMPLE_APP_H_
#define HINOMI_APP_SAMPLE_APP_H_

#include <string>

namespace hinomi::app {

/// The small web service that stands for `app` of the operations document, so
/// that there is something to watch: GET / and /healthz answer 200. POST /fault
/// with {"status": 500, "delay_ms": 1500, "healthy": false} makes it ill, an
/// empty object makes it well. Runs until SIGTERM; returns the exit code.
int SampleApp(const std::string& listen);

}  // namespace hinomi::app

#endif  // HINOMI_APP_SAMPLE_APP_H_
