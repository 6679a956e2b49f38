#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "promql/testing.h"

namespace hinomi::promql {
namespace {

std::string ReadScript(const std::string& name) {
  std::ifstream in(std::string(HN_SOURCE_DIR) + "/src/promql/testdata/" + name + ".test");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The number of evaluations that pass today, which may only grow.
struct Floor {
  const char* script;
  int passing;
};

class ScriptTest : public testing::TestWithParam<Floor> {};

TEST_P(ScriptTest, AnswersAsPrometheusDoes) {
  const ScriptOutcome outcome = RunScript(ReadScript(GetParam().script));
  std::cout << GetParam().script << ": " << outcome.passed << " passed, " << outcome.failed
            << " failed, " << outcome.skipped << " not applicable\n";
  for (const std::string& failure : outcome.failures) std::cout << "  " << failure << "\n";
  EXPECT_GE(outcome.passed, GetParam().passing);
}

INSTANTIATE_TEST_SUITE_P(Promqltest, ScriptTest,
                         testing::Values(Floor{"aggregators", 81}, Floor{"at_modifier", 37},
                                         Floor{"collision", 1}, Floor{"duration_expression", 30},
                                         Floor{"extended_vectors", 91}, Floor{"fill-modifier", 23},
                                         Floor{"functions", 214}, Floor{"histograms", 93},
                                         Floor{"info", 27}, Floor{"limit", 19},
                                         Floor{"literals", 13}, Floor{"name_label_dropping", 15},
                                         Floor{"native_histograms", 266}, Floor{"operators", 108},
                                         Floor{"range_queries", 9}, Floor{"selectors", 16},
                                         Floor{"staleness", 7}, Floor{"subquery", 17},
                                         Floor{"trig_functions", 10}, Floor{"type_and_unit", 29}),
                         [](const testing::TestParamInfo<Floor>& test) {
                           std::string name = test.param.script;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace hinomi::promql
