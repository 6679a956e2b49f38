#ifndef HINOMI_POLICY_IMPL_SNAPSHOT_H_
#define HINOMI_POLICY_IMPL_SNAPSHOT_H_

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/files.h"

namespace hinomi::policy::impl {

constexpr uint64_t kMaxFileBytes = 4u << 20;

struct RawFile {
  std::string content;
  std::string problem;  ///< Why it could not be read; "" if it was.
};

/// The files of an ops folder that Hinomi reads, by name relative to it.
struct Snapshot {
  std::map<std::string, RawFile> files;
  std::vector<std::string> others;  ///< Names beside them, not hidden, not read.
  std::string digest;
};

/// Reads until two readings in a row agree (at most five), so that a folder
/// that is just being changed is not seen half. Errors: the directory's own, or
/// kConflict where it does not come to rest.
Result<Snapshot> TakeSnapshot(Files& files, const std::string& directory);
/// One reading.
Result<Snapshot> ReadOnce(Files& files, const std::string& directory);

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_SNAPSHOT_H_
