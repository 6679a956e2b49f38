#ifndef HINOMI_RULE_TESTS_COMPARE_H_
#define HINOMI_RULE_TESTS_COMPARE_H_

#include <vector>

#include "policy/rule_tests.h"
#include "promql/engine.h"
#include "rule_tests/report.h"
#include "rules/alerts.h"

/// What a test expects beside what there is. Pure; an empty difference: as expected.
namespace hinomi::rule_tests {

/// `firing` are the alerts of the test's name. Each expected alert stands for one of them. Exactly
/// compared, labels and annotations are the same ones with the same texts; else (`subset`) those
/// that are named are.
Difference CompareAlerts(const policy::AlertTest& test,
                         const std::vector<const rules::Alert*>& firing);

/// Numbers are equal bit for bit but for the sign of 0, with `fuzzy` also neighbours; NaN is equal
/// to nothing (promtool's verdict, too). Histograms are compared with their counter reset hints.
Difference CompareSamples(const policy::ExprTest& test, const promql::Vector& given, bool fuzzy);

}  // namespace hinomi::rule_tests

#endif  // HINOMI_RULE_TESTS_COMPARE_H_
