#ifndef HINOMI_METRICS_TSDB_OLD_LOG_H_
#define HINOMI_METRICS_TSDB_OLD_LOG_H_

#include <string>

#include "base/log.h"
#include "base/result.h"
#include "metrics/storage.h"
#include "os/files.h"

namespace hinomi::metrics {

/// Takes over what the first metrics store left in `directory`: checkpoints and
/// logs of whole label sets (wal.h). Its files are removed once `into` has made
/// all of it durable; after a crash in between it is taken over again, which
/// does no harm. Nothing to do is no error. What is damaged is left out and told.
Status TakeOverOldLog(Files& files, Log& log, const std::string& directory, Appender& into);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_OLD_LOG_H_
