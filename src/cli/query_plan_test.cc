#include "cli/query_plan.h"

#include <gtest/gtest.h>

#include "promql/ast_json.h"
#include "promql/parser.h"

namespace hinomi::cli {
namespace {

std::string PlanOf(const std::string& expression) {
  const auto expr = promql::Parse(expression);
  EXPECT_TRUE(expr.has_value()) << expression;
  const Json answer = Json::Parse(R"({"result":[1,2],"stats":{
      "timings":{"queryPreparationTime":0.0005,"evalTotalTime":0.012},
      "samples":{"totalQueryableSamples":960,"peakSamples":40}}})")
                          .value();
  const std::string plan = QueryPlan(promql::AstJson(**expr), answer);
  const size_t end = plan.find("\n\n");
  EXPECT_EQ(plan.substr(end),
            "\n\n2 series; 960 samples read, at most 40 held at once\n"
            "0.500 ms to parse, 12.000 ms to evaluate\n");
  return plan.substr(0, end + 1);
}

TEST(QueryPlanTest, EachPartHasItsLineAndWhatItWorksOnBelow) {
  EXPECT_EQ(PlanOf("sum by (mode) (rate(cpu{mode!~\"idle|steal\",host=\"a\"}[5m] offset 1h)) / -2"),
            "/\n"
            "  sum by (mode)\n"
            "    rate()\n"
            "      cpu{mode!~\"idle|steal\",host=\"a\"}[5m] offset 1h\n"
            "  -2\n");
  EXPECT_EQ(PlanOf("topk without (a, b) (3, max_over_time((x)[1h:5m]))"),
            "topk without (a, b)\n"
            "  3\n"
            "  max_over_time()\n"
            "    subquery [1h:5m]\n"
            "      ( )\n"
            "        x\n");
}

TEST(QueryPlanTest, WhatWasEstimatedIsSaid) {
  const Json answer = Json::Parse(R"({"result":[],"stats":{"timings":{},"samples":{
      "estimate":{"series":3,"samples":720,"held":900}}}})")
                          .value();
  const std::string plan = QueryPlan(promql::AstJson(**promql::Parse("up")), answer);
  EXPECT_NE(
      plan.find("\nestimated before: at most 3 series and 720 samples to read, about 900 held "
                "at once\n"),
      std::string::npos)
      << plan;
}

TEST(QueryPlanTest, WhatWasReadFromWindowsIsSaid) {
  const Json answer = Json::Parse(R"({"result":[],"stats":{"timings":{},"samples":{
      "downsampled":[{"selector":"up[1d]","window":"1h"},{"selector":"x","window":"5m"}]}}})")
                          .value();
  const std::string plan = QueryPlan(promql::AstJson(**promql::Parse("up")), answer);
  EXPECT_NE(plan.find("\nup[1d] read from windows of 1h\nx read from windows of 5m\n"),
            std::string::npos)
      << plan;
}

}  // namespace
}  // namespace hinomi::cli
