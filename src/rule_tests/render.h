#ifndef HINOMI_RULE_TESTS_RENDER_H_
#define HINOMI_RULE_TESTS_RENDER_H_

#include <span>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "rule_tests/coverage.h"
#include "rule_tests/report.h"

/// How tests of rules went, for people and for programs.
namespace hinomi::rule_tests {

/// Several lines: the file and whether it passed, then each mistake and failure at its place.
/// Foreign text is in it as it is.
std::string TextOf(const FileResult& result);
/// "5 of 7 rules are covered by tests"; with `gaps` each other rule on a line of its own.
std::string TextOf(const Coverage::Summary& summary, bool gaps);

/// `{"ok", "files": [{"file", "ok", "error", "findings", "tests": […]}], "coverage": {…}}`.
Json JsonOf(std::span<const FileResult> results, const Coverage::Summary& coverage);

/// As continuous integration reads it: a testsuite for each file, whose mistakes are an error of a
/// test case named as the file. `at` is when they ran.
std::string JunitOf(std::span<const FileResult> results, Instant at);

}  // namespace hinomi::rule_tests

#endif  // HINOMI_RULE_TESTS_RENDER_H_
