#ifndef HINOMI_RULE_TESTS_REPORT_H_
#define HINOMI_RULE_TESTS_REPORT_H_

#include <string>
#include <vector>

#include "base/clock.h"
#include "policy/policy.h"
#include "policy/source_text.h"

/// How tests of rules went, as values.
namespace hinomi::rule_tests {

/// What was expected and what there is, a line each.
struct Difference {
  std::vector<std::string> missing;     ///< Expected, and not there.
  std::vector<std::string> unexpected;  ///< There, and not expected.
  size_t as_expected = 0;

  bool empty() const { return missing.empty() && unexpected.empty(); }
};

/// Something that is not as a test has it.
struct Failure {
  policy::Mark place;  ///< In the test file.
  Duration at;         ///< From the test's start.
  std::string about;   ///< "alert InstanceDown", "expression up == 0", "rule a of group b"
  std::string problem;
  Difference difference;  ///< Empty where the problem says it all.
};

struct TestResult {
  std::string name;  ///< "test 3" where it has none.
  policy::Mark place;
  Duration took;
  std::vector<Failure> failures;

  bool passed() const { return failures.empty(); }
};

struct FileResult {
  std::string file;
  std::string unreadable;                 ///< Why it could not be read; "" if it was.
  std::vector<policy::Finding> findings;  ///< Of it and of what it names, as it names them.
  std::vector<TestResult> tests;          ///< None where there are mistakes.

  size_t mistakes() const;
  size_t failed_tests() const;
  bool passed() const { return unreadable.empty() && mistakes() + failed_tests() == 0; }
};

}  // namespace hinomi::rule_tests

#endif  // HINOMI_RULE_TESTS_REPORT_H_
