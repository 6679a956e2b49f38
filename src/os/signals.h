#ifndef HINOMI_OS_SIGNALS_H_
#define HINOMI_OS_SIGNALS_H_

namespace hinomi {

/// Why the server was called.
enum class Call { kStop, kReload };

/// Keeps SIGTERM, SIGINT and SIGHUP from interrupting any thread started
/// later, and ignores SIGPIPE. Call it first in main.
void HoldSignals();

/// Waits for a held signal: SIGHUP is kReload, the others kStop. Main thread.
Call WaitForCall();

}  // namespace hinomi

#endif  // HINOMI_OS_SIGNALS_H_
