#include "rule_tests/report.h"

#include <algorithm>

namespace hinomi::rule_tests {

size_t FileResult::mistakes() const {
  return static_cast<size_t>(std::ranges::count_if(findings, [](const policy::Finding& finding) {
    return finding.level == policy::Finding::Level::kMistake;
  }));
}

size_t FileResult::failed_tests() const {
  return static_cast<size_t>(
      std::ranges::count_if(tests, [](const TestResult& test) { return !test.passed(); }));
}

}  // namespace hinomi::rule_tests
