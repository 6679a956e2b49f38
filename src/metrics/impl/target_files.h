#ifndef HINOMI_METRICS_IMPL_TARGET_FILES_H_
#define HINOMI_METRICS_IMPL_TARGET_FILES_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "metrics/scrape.h"
#include "os/files.h"

namespace hinomi::metrics {

/// The content of all files that `pattern` names, each with its path; a pattern
/// without `*` must exist, unless it may be missing.
Result<std::vector<std::pair<std::string, std::string>>> ReadTargetFiles(Files& files,
                                                                         const TargetFiles& of);

/// The target files of one job as they were read last. A file that cannot be read any
/// more keeps its last good groups; one that is gone takes its own away. Threads: one
/// at a time.
class TargetFileSet {
 public:
  /// True where the groups are others than before.
  bool Read(Files& files, const std::vector<TargetFiles>& patterns, const TargetFileParser& parse);

  /// Each with its path as the label `__meta_filepath`.
  std::vector<TargetGroup> Groups() const;
  /// Of the first pattern with a file that is not as it should be; "" for none.
  const std::string& error() const { return error_; }
  const std::string& failed_pattern() const { return failed_pattern_; }

 private:
  struct Known {
    std::string pattern;
    std::string content;
    std::vector<TargetGroup> groups;
  };
  void ReadPattern(Files& files, const TargetFiles& pattern, const TargetFileParser& parse,
                   std::map<std::string, Known>& next);
  void Fail(const TargetFiles& pattern, std::string message);

  std::map<std::string, Known> known_;  ///< By path.
  bool changed_ = false;
  std::string error_;
  std::string failed_pattern_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_TARGET_FILES_H_
