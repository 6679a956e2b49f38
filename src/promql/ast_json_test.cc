#include "promql/ast_json.h"

#include <gtest/gtest.h>

#include "promql/parser.h"

namespace hinomi::promql {
namespace {

std::string Tree(std::string_view query) {
  const auto expr = Parse(query);
  return expr ? AstJson(**expr).Dump() : expr.error().message;
}

constexpr const char* kUp =
    R"({"anchored":false,"matchers":[{"name":"__name__","type":"=","value":"up"}],"name":"up",)"
    R"("offset":0,"smoothed":false,"startOrEnd":null,"timestamp":null,"type":"vectorSelector"})";

TEST(AstJsonTest, LiteralsHaveTheirValuesAsText) {
  const struct {
    const char *query, *tree;
  } cases[] = {
      {"1e6", R"({"type":"numberLiteral","val":"1000000"})"},
      {"0.000001", R"({"type":"numberLiteral","val":"0.000001"})"},
      {"-Inf", R"({"type":"numberLiteral","val":"-Inf"})"},
      {"\"a\\\"b\"", R"({"type":"stringLiteral","val":"a\"b"})"},
      {"(1)", R"({"expr":{"type":"numberLiteral","val":"1"},"type":"parenExpr"})"},
  };
  for (const auto& c : cases) EXPECT_EQ(Tree(c.query), c.tree) << c.query;
}

TEST(AstJsonTest, SelectorsTellWhereTheyLook) {
  EXPECT_EQ(Tree("up"), kUp);
  EXPECT_EQ(Tree("up{job!=\"a\",x=~\"b\",y!~\"c\"}[5m] @ 1.5 offset -1m"),
            R"({"anchored":false,"matchers":[{"name":"job","type":"!=","value":"a"},)"
            R"({"name":"x","type":"=~","value":"b"},{"name":"y","type":"!~","value":"c"},)"
            R"({"name":"__name__","type":"=","value":"up"}],"name":"up","offset":-60000,)"
            R"("range":300000,"smoothed":false,"startOrEnd":null,"timestamp":1500,)"
            R"("type":"matrixSelector"})");
  const std::string smoothed = Tree("rate(up[5m] smoothed @ end())");
  EXPECT_NE(smoothed.find(R"("smoothed":true,"startOrEnd":"end")"), std::string::npos) << smoothed;
}

TEST(AstJsonTest, NodesHoldThoseBelow) {
  EXPECT_EQ(Tree("topk without(a) (2, up)"),
            std::string(R"({"expr":)") + kUp +
                R"(,"grouping":["a"],"op":"topk","param":{"type":"numberLiteral","val":"2"},)"
                R"("type":"aggregation","without":true})");
  EXPECT_EQ(Tree("max_over_time(up[1h:30s] offset 1s)"),
            std::string(R"({"args":[{"expr":)") + kUp +
                R"(,"offset":1000,"range":3600000,"startOrEnd":null,"step":30000,)"
                R"("timestamp":null,"type":"subquery"}],"func":{"argTypes":["matrix"],)"
                R"("name":"max_over_time","returnType":"vector","variadic":0},"type":"call"})");
  EXPECT_EQ(Tree("time() - 1"),
            R"({"bool":false,"lhs":{"args":[],"func":{"argTypes":[],"name":"time",)"
            R"("returnType":"scalar","variadic":0},"type":"call"},"matching":null,"op":"-",)"
            R"("rhs":{"type":"numberLiteral","val":"1"},"type":"binaryExpr"})");
}

TEST(AstJsonTest, MatchingIsToldBetweenVectors) {
  const struct {
    const char *query, *matching;
  } cases[] = {
      {"up == bool on(a) group_left(b) up",
       R"({"card":"many-to-one","fillValues":{"lhs":null,"rhs":null},"include":["b"],)"
       R"("labels":["a"],"on":true})"},
      {"up and up",
       R"({"card":"many-to-many","fillValues":{"lhs":null,"rhs":null},"include":[],"labels":[],)"
       R"("on":false})"},
      {"up + 1", "null"},
  };
  for (const auto& c : cases) {
    const std::string tree = Tree(c.query);
    EXPECT_NE(tree.find(std::string("\"matching\":") + c.matching + ",\"op\""), std::string::npos)
        << tree;
  }
}

// A chain as deep as the parser allows takes time in proportion to its length.
TEST(AstJsonTest, ALongChainIsNoTrouble) {
  std::string chain = "1";
  for (int i = 0; i < 990; ++i) chain += "+1";
  EXPECT_GT(Tree(chain).size(), 990u * 100);
}

}  // namespace
}  // namespace hinomi::promql
