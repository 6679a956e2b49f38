#ifndef HINOMI_POLICY_RULE_FILES_H_
#define HINOMI_POLICY_RULE_FILES_H_

#include <string>
#include <vector>

#include "os/files.h"
#include "policy/policy.h"
#include "policy/rule_documents.h"

namespace hinomi::policy {

/// The largest rule file that is read: some 50,000 rules.
inline constexpr uint64_t kMaxRuleFileBytes = 16u << 20;

struct LoadedRuleFiles {
  std::vector<RuleGroupDocument> groups;  ///< By file, then as they stand there.
  std::vector<Finding> findings;
  std::vector<FolderFile> files;

  /// Without a mistake; with one, `groups` holds only a part.
  bool sound() const;
};

/// Reads one file in the language of Prometheus' rule files
/// (https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/). Everything
/// that is wrong is reported with its place, what is wrong within an expression at its place
/// there. Refused as by Prometheus: unknown keys, a group's name twice in a file, a rule that
/// is neither or both of `record` and `alert`, `for`, `keep_firing_for` and `annotations` of a
/// recording rule, names that no metric or label may have, templates in labels and annotations of
/// alerting rules that cannot be read. Warned of: the same rule twice in a group, a recording
/// rule whose expression gives no vector.
LoadedRuleFiles ReadRuleFile(const std::string& file, std::string content,
                             const RuleDefaults& defaults = {});

/// All files that the patterns find (os/glob.h; relative ones in `base`), each once. A pattern
/// that finds nothing is a warning. Errors are findings: the file or pattern, and why.
LoadedRuleFiles LoadRuleFiles(Files& files, const std::string& base,
                              const std::vector<std::string>& patterns,
                              const RuleDefaults& defaults = {});

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_RULE_FILES_H_
