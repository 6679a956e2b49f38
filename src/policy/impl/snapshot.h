#ifndef HINOMI_POLICY_IMPL_SNAPSHOT_H_
#define HINOMI_POLICY_IMPL_SNAPSHOT_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/files.h"

namespace hinomi::policy::impl {

constexpr uint64_t kMaxFileBytes = 4u << 20;

struct RawFile {
  std::string content;
  std::string digest;   ///< SHA-256 of the content, hex; "" where there is a problem.
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
  using Contents = std::map<std::string, std::shared_ptr<const RawFile>>;
  Contents files;
  std::vector<RulePattern> rule_patterns;  ///< As hinomi.yml has them.
  Contents rule_files;                     ///< What they found and no document is.
  std::vector<std::string> others;         ///< Names beside them, not hidden, not read.
  std::string digest;
};

/// Reads until two readings in a row agree (at most five), so that a folder
/// that is just being changed is not seen half. Errors: the directory's own, or
/// kConflict where it does not come to rest.
Result<Snapshot> TakeSnapshot(Files& files, const std::string& directory);
/// A file whole; too large or unreadable is its `problem`.
RawFile ReadRawFile(Files& files, const std::string& path, uint64_t most_bytes = kMaxFileBytes);
/// Gives the file of a path, which is read for that or was before.
using FileReader =
    std::function<std::shared_ptr<const RawFile>(const std::string& path, uint64_t most_bytes)>;
/// Looks the patterns up in `base`, in their order.
std::vector<RulePattern> FindRuleFiles(Files& files, const std::string& base,
                                       const std::vector<std::string>& patterns);
/// One reading. `files` says what is there, `read` what is in it.
Result<Snapshot> ReadOnce(Files& files, const std::string& directory, const FileReader& read);

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_SNAPSHOT_H_
