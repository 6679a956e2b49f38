#ifndef HINOMI_METRICS_TSDB_STORE_FORMAT_H_
#define HINOMI_METRICS_TSDB_STORE_FORMAT_H_

#include <string>

#include "base/log.h"
#include "base/result.h"
#include "os/files.h"

namespace hinomi::metrics {

/// The format of the store's files as a whole: raised by whoever changes that of
/// any file in it so that an older program would misread it.
inline constexpr uint64_t kStoreFormat = 3;
/// The oldest one that this program reads, and raises. Format 2 lacks the columns that begin with
/// the last number (codec/column.h).
inline constexpr uint64_t kOldestStoreFormat = 2;

/// Writes the file FORMAT of a new store's directory.
Status WriteStoreFormat(Files& files, const std::string& directory);

/// Reads it, and writes it where it is missing (a store from before there was
/// one has format 1), damaged or older: a changed byte must not keep a server from
/// starting, so only a number whose checksum is right is believed. kConflict,
/// with the number, where this program cannot read it.
Status CheckStoreFormat(Files& files, Log& log, const std::string& directory);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_STORE_FORMAT_H_
