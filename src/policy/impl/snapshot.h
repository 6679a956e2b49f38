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

/// What one pattern of `rule_files` found.
struct RulePattern {
  std::string pattern;
  std::vector<std::string> files;
  std::string problem;  ///< Why it could not be looked up; "" if it could.
};

/// The files of an ops folder that Hinomi reads, by name relative to it.
struct Snapshot {
  std::map<std::string, RawFile> files;
  std::vector<RulePattern> rule_patterns;     ///< As hinomi.yml has them.
  std::map<std::string, RawFile> rule_files;  ///< What they found and no document is.
  std::vector<std::string> others;            ///< Names beside them, not hidden, not read.
  std::string digest;
};

/// Reads until two readings in a row agree (at most five), so that a folder
/// that is just being changed is not seen half. Errors: the directory's own, or
/// kConflict where it does not come to rest.
Result<Snapshot> TakeSnapshot(Files& files, const std::string& directory);
/// A file whole; too large or unreadable is its `problem`.
RawFile ReadRawFile(Files& files, const std::string& path, uint64_t most_bytes = kMaxFileBytes);
/// Looks the patterns up in `base`, in their order.
std::vector<RulePattern> FindRuleFiles(Files& files, const std::string& base,
                                       const std::vector<std::string>& patterns);
/// One reading.
Result<Snapshot> ReadOnce(Files& files, const std::string& directory);

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_SNAPSHOT_H_
