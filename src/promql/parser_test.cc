#include "promql/parser.h"

#include <gtest/gtest.h>

namespace hinomi::promql {
namespace {

std::string ErrorOf(std::string_view text, const Features& features = Features::All()) {
  const auto expr = Parse(text, features);
  return expr ? "no error" : expr.error().message;
}

TEST(ParserTest, SaysWhereAndWhatAsPrometheusDoes) {
  struct Case {
    const char* text;
    const char* error;
  };
  const Case cases[] = {
      {"", "unknown position: parse error: no expression found in input"},
      {"1 +", "1:4: parse error: unexpected end of input"},
      {"foo bar", "1:5: parse error: unexpected identifier \"bar\""},
      {"(1", "1:3: parse error: unclosed left parenthesis"},
      {"1)", "1:3: parse error: unexpected right parenthesis ')'"},
      {"foo{", "1:5: parse error: unexpected end of input inside braces"},
      {"foo{a=b}",
       "1:7: parse error: unexpected identifier \"b\" in label matching, expected string"},
      {"foo{a}",
       "1:6: parse error: unexpected \"}\" in label matching, expected label matching operator"},
      {"foo{a=\"b\" c=\"d\"}",
       "1:11: parse error: unexpected identifier \"c\" in label matching, expected \",\" or \"}\""},
      {"{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"},
      {"{a=~\".*\"}",
       "1:1: parse error: vector selector must contain at least one non-empty matcher"},
      {"nosuch(1)", "1:1: parse error: unknown function with name \"nosuch\""},
      {"rate(foo)",
       "1:6: parse error: expected type range vector in call to function \"rate\", got instant "
       "vector"},
      {"floor()", "1:1: parse error: expected 1 argument(s) in call to \"floor\", got 0"},
      {"round(foo, 1, 2)",
       "1:1: parse error: expected at most 2 argument(s) in call to \"round\", got 3"},
      {"label_join(foo)",
       "1:1: parse error: expected at least 3 argument(s) in call to \"label_join\", got 1"},
      {"sum(1)",
       "1:5: parse error: expected type instant vector in aggregation expression, got scalar"},
      {"topk(foo)",
       "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, "
       "got 1"},
      {"1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"},
      {"foo + bool bar",
       "1:5: parse error: bool modifier can only be used on comparison operators"},
      {"1 and 2", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression"},
      {"foo and on(a) group_left(b) bar",
       "1:1: parse error: no grouping allowed for \"and\" operation"},
      {"foo * on(a) group_left(a) bar",
       "1:5: parse error: label \"a\" must not occur in ON and GROUP clause at once"},
      {"foo[5m", "1:7: parse error: unclosed left bracket"},
      {"foo[5m][5m]", "1:8: parse error: ranges only allowed for vector selectors"},
      {"foo[0m]", "1:5: parse error: duration must be greater than 0"},
      {"foo offset 5m offset 5m", "1:1: parse error: offset may not be set multiple times"},
      {"foo[5mx]", "1:5: parse error: bad number or duration syntax: \"5mx\""},
      {"foo{a=~\"(\"}", "1:5: parse error: error parsing regexp: missing closing ): `^(?s:()$`"},
      {"foo{a!b}", "1:6: parse error: unexpected character after '!' inside braces: 'b'"},
      {"foo[5m:1m:1m]", "1:10: parse error: unexpected colon ':'"},
      {"\"a\\qb\"", "1:1: parse error: unknown escape sequence U+0071 'q'"},
      {"foo[5m][5m:1m]",
       "1:1: parse error: subquery is only allowed on instant vector, got matrix instead"},
      {"1e",
       "1:1: parse error: error parsing number: strconv.ParseFloat: parsing \"1e\": invalid "
       "syntax"},
      {"\"abc", "1:1: parse error: unterminated quoted string"},
      {"sum(\n  foo) +\n  $", "3:3: parse error: unexpected character: '$'"},
  };
  for (const Case& c : cases) EXPECT_EQ(ErrorOf(c.text), c.error) << c.text;
}

TEST(ParserTest, PrintsTheCanonicalForm) {
  struct Case {
    const char* text;
    const char* printed;
  };
  const Case cases[] = {
      {"1", "1"},
      {"0x1F", "31"},
      {"0755", "493"},
      {"1_000", "1000"},
      {"-2^2", "-2 ^ 2"},
      {"1h30m", "1h30m"},
      {"foo{ a = 'b' , c=~\"d\"}", "foo{a=\"b\",c=~\"d\"}"},
      {"{\"foo.bar\", x!=\"y\"}", "{\"foo.bar\",x!=\"y\"}"},
      {"SUM(foo)BY(a)", "sum by (a) (foo)"},
      {"sum without() (foo)", "sum without () (foo)"},
      {"topk by(a)(3,foo)", "topk by (a) (3, foo)"},
      {"foo[5m]offset 1h@10", "foo[5m] @ 10.000 offset 1h"},
      {"foo[300:60]", "foo[5m:1m]"},
      {"rate(foo[5m])[1h:]", "rate(foo[5m])[1h:]"},
      {"a/on(x)group_left b", "a / on (x) group_left () b"},
      {"a>bool ignoring(x) b", "a > bool ignoring (x) b"},
      {"a or b and c unless d", "a or b and c unless d"},
      {"offset + by", "offset + by"},
  };
  for (const Case& c : cases) {
    const auto expr = Parse(c.text);
    ASSERT_TRUE(expr) << c.text << ": " << expr.error().message;
    EXPECT_EQ(Format(**expr), c.printed);
    const auto again = Parse(c.printed);
    ASSERT_TRUE(again) << c.printed;
    EXPECT_EQ(Format(**again), c.printed);
  }
}

TEST(ParserTest, LaysLongExpressionsOutOnLines) {
  const std::string part = "rate(http_requests_with_a_rather_long_name_total{job=\"api\"}[5m])";
  const auto expr = Parse("sum by (job) (" + part + ") / sum by (job) (" + part + ")");
  ASSERT_TRUE(expr);
  EXPECT_EQ(PrettyFormat(**expr),
            "  sum by (job) (" + part + ")\n/\n  sum by (job) (" + part + ")");
}

TEST(ParserTest, KeepsWhatIsExperimentalBehindFeatures) {
  const Features stable = Features::Stable();
  EXPECT_EQ(ErrorOf("mad_over_time(foo[5m])", stable),
            "1:1: parse error: function \"mad_over_time\" is not enabled");
  EXPECT_EQ(ErrorOf("foo[5m+1m]", stable),
            "1:7: parse error: experimental duration expression is not enabled");
  EXPECT_NE(ErrorOf("foo[5m] anchored", stable), "no error");
  EXPECT_NE(ErrorOf("limitk(1, foo)", stable), "no error");
  EXPECT_NE(ErrorOf("a + fill(0) b", stable), "no error");
  EXPECT_EQ(ErrorOf("foo offset -5m @ end()", stable), "no error");
}

TEST(ParserTest, RefusesDepthInsteadOfOverflowingTheStack) {
  EXPECT_NE(ErrorOf(std::string(100'000, '(')), "no error");
  EXPECT_NE(ErrorOf(std::string(100'000, '-') + "1"), "no error");
  std::string sum = "1";
  for (int i = 0; i < 50'000; ++i) sum += "+1";
  EXPECT_NE(ErrorOf(sum).find("nested too deeply"), std::string::npos);
  std::string subqueries = "foo";
  for (int i = 0; i < 5'000; ++i) subqueries = "(" + subqueries;
  EXPECT_NE(ErrorOf(subqueries), "no error");
}

TEST(ParserTest, ReadsASelectorAlone) {
  const auto matchers = ParseSelector("up{job!~\"x.*\"}");
  ASSERT_TRUE(matchers);
  ASSERT_EQ(matchers->size(), 2u);
  EXPECT_EQ((*matchers)[0].label, "__name__");
  EXPECT_EQ((*matchers)[1].type, metrics::MatchType::kNotRegex);
  EXPECT_FALSE(ParseSelector("sum(up)"));
  EXPECT_FALSE(ParseSelector("up offset 5m"));
}

TEST(FeaturesTest, AreNamedOneByOneOrAltogether) {
  EXPECT_FALSE(ParseFeatures("stable")->duration_expressions);
  EXPECT_TRUE(ParseFeatures("all")->context_functions);
  const auto two = ParseFeatures("fill-modifiers, duration-expressions");
  ASSERT_TRUE(two);
  EXPECT_TRUE(two->fill_modifiers);
  EXPECT_TRUE(two->duration_expressions);
  EXPECT_FALSE(two->experimental_functions);
  const auto wrong = ParseFeatures("fill-modifier");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message,
            "there is no PromQL feature 'fill-modifier'; did you mean fill-modifiers?");
}

}  // namespace
}  // namespace hinomi::promql
