#ifndef HINOMI_RULE_TESTS_RULE_SET_H_
#define HINOMI_RULE_TESTS_RULE_SET_H_

#include <memory>
#include <string>
#include <vector>

#include "os/files.h"
#include "policy/policy.h"
#include "policy/rule_tests.h"
#include "rules/group.h"

namespace hinomi::rule_tests {

using GroupPtr = std::shared_ptr<const rules::Group>;

/// The rules that a test file names, ready to be evaluated.
struct RuleSet {
  std::vector<GroupPtr> groups;  ///< In the order in which they are evaluated.
  /// The ops folder, whose PromQL alarms and rule files are among the groups; may be null.
  std::shared_ptr<const policy::OpsFolder> folder;
  std::string folder_path;  ///< As the test file leads to it.
  std::vector<policy::Finding> findings;
};

/// Reads the rule files and the ops folder of `tests`, the file `test_file`. What is wrong in
/// them, and with tests of alerts and alarms that there are not, is a finding; of the folder only
/// mistakes. With a mistake the groups are a part.
RuleSet LoadRules(Files& files, const std::string& test_file, const policy::RuleTestFile& tests,
                  const policy::LoadOptions& options);

/// `name` as seen from where `base` is: "a/b" + "../c.yml" = "a/c.yml". Absolute names stay.
std::string PathFrom(const std::string& base, const std::string& name);

}  // namespace hinomi::rule_tests

#endif  // HINOMI_RULE_TESTS_RULE_SET_H_
