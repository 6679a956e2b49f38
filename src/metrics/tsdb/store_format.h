#ifndef HINOMI_METRICS_TSDB_STORE_FORMAT_H_
#define HINOMI_METRICS_TSDB_STORE_FORMAT_H_

#include <string>

#include "base/log.h"
#include "base/result.h"
#include "os/files.h"

namespace hinomi::metrics {

/// The format of the store's files as a whole: raised by whoever changes that of
/// any file in it so that an older program would misread it.
inline constexpr uint64_t kStoreFormat = 2;

/// Writes the file FORMAT of a new store's directory.
Status WriteStoreFormat(Files& files, const std::string& directory);

/// Reads it, and writes it where it is missing (a store from before there was
/// one has format 1) or damaged: a changed byte must not keep a server from
/// starting, so only a number whose checksum is right is believed. kConflict,
/// with the number, where it is another than this program's.
Status CheckStoreFormat(Files& files, Log& log, const std::string& directory);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_STORE_FORMAT_H_
