#include "policy/alarm_rule.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace hinomi::policy {
namespace {

std::string Canonical(std::string_view text) {
  const auto rule = ParseAlarmRule(text);
  return rule ? FormatAlarmRule(*rule) : rule.error().message;
}

TEST(AlarmRuleTest, RulesAreReadByTheirPrecedence) {
  const std::pair<const char*, const char*> cases[] = {
      {"ALARM(a)", "ALARM(\"a\")"},
      {" OK ( \"b c\" ) ", "OK(\"b c\")"},
      {"INSUFFICIENT_DATA('it')", "INSUFFICIENT_DATA(\"it\")"},
      {"TRUE", "TRUE"},
      {"NOT FALSE", "NOT FALSE"},
      {"ALARM(a) OR ALARM(b) AND ALARM(c)", "ALARM(\"a\") OR (ALARM(\"b\") AND ALARM(\"c\"))"},
      {"(ALARM(a) OR ALARM(b)) AND NOT OK(c)", "(ALARM(\"a\") OR ALARM(\"b\")) AND NOT OK(\"c\")"},
      {"NOT (ALARM(a) AND ALARM(b)) OR ALARM(c)",
       "NOT (ALARM(\"a\") AND ALARM(\"b\")) OR ALARM(\"c\")"},
      {"not not alarm(a)\n  and ok(b)", "NOT NOT ALARM(\"a\") AND OK(\"b\")"},
      {"((ALARM(a)))", "ALARM(\"a\")"},
      {"ALARM(arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:High)", "ALARM(\"High\")"},
      {"ALARM(\"arn:aws:cloudwatch:x:1:alarm:High CPU\")", "ALARM(\"High CPU\")"},
      {"AT_LEAST(2, ALARM, (a, b, \"c, d\"))", "AT_LEAST(2, ALARM, (\"a\", \"b\", \"c, d\"))"},
      {"AT_LEAST(50%,NOT OK,(a,b))", "AT_LEAST(50%, NOT OK, (\"a\", \"b\"))"},
      {"ALARM('says \"no\"')", "ALARM('says \"no\"')"},
  };
  for (const auto& [text, canonical] : cases) {
    EXPECT_EQ(Canonical(text), canonical) << text;
    EXPECT_EQ(Canonical(canonical), canonical);
  }
}

TEST(AlarmRuleTest, AMistakeIsShownAtItsPlaceWithWhatWasExpected) {
  const std::pair<const char*, const char*> cases[] = {
      {"",
       "1:1: expected ALARM(name), OK(name), INSUFFICIENT_DATA(name), AT_LEAST(…), NOT, TRUE, "
       "FALSE or \"(\", got the end of the rule"},
      {"ALRAM(a)",
       "1:1: expected ALARM(name), OK(name), INSUFFICIENT_DATA(name), AT_LEAST(…), "
       "NOT, TRUE, FALSE or \"(\", got \"ALRAM\""},
      {"ALARM(a) ALARM(b)", "1:10: expected AND, OR or the end of the rule, got \"ALARM\""},
      {"ALARM(a) AND\n OR",
       "2:2: expected ALARM(name), OK(name), INSUFFICIENT_DATA(name), "
       "AT_LEAST(…), NOT, TRUE, FALSE or \"(\", got \"OR\""},
      {"ALARM()", "1:7: expected an alarm's name, got \")\""},
      {"ALARM(\"a)", "1:7: the quotation mark is not closed"},
      {"ALARM(a b)", "1:9: expected \")\", got \"b\""},
      {"(ALARM(a)", "1:10: expected \")\", got the end of the rule"},
      {"AT_LEAST(0, ALARM, (a))",
       "1:10: expected a number of alarms from 1, or a share from 1% to 100%, got \"0\""},
      {"AT_LEAST(1.5, ALARM, (a, b))",
       "1:10: expected a number of alarms from 1, or a share from 1% to 100%, got \"1\""},
      {"AT_LEAST(101%, ALARM, (a))",
       "1:10: expected a number of alarms from 1, or a share from 1% to 100%, got \"101\""},
      {"AT_LEAST(3, ALARM, (a, b))", "1:27: AT_LEAST wants more alarms than the 2 that it names"},
      {"AT_LEAST(1, BAD, (a))",
       "1:13: expected ALARM, OK, INSUFFICIENT_DATA or NOT before one of them, got \"BAD\""},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(Canonical(text), message) << text;
}

TEST(AlarmRuleTest, LengthDepthAndNumberAreBounded) {
  EXPECT_EQ(Canonical(std::string(kLongestAlarmRule, ' ') + "TRUE").substr(0, 20),
            "1:1: the rule is lon");
  EXPECT_EQ(Canonical(std::string(200, '(') + "TRUE" + std::string(200, ')')),
            "1:102: the rule is nested more than 100 deep");
  std::vector<std::string> names;
  for (size_t i = 0; i < kMostAlarmsOfRule; ++i) names.push_back("OK(a" + std::to_string(i) + ")");
  EXPECT_TRUE(ParseAlarmRule(Join(names, " OR ")));
  names.push_back("OK(one-more)");
  EXPECT_FALSE(ParseAlarmRule(Join(names, " OR ")));
}

TEST(AlarmRuleTest, ARuleKnowsItsAlarms) {
  const auto rule = ParseAlarmRule("ALARM(a) AND (OK(b) OR AT_LEAST(1, ALARM, (c, a)))");
  ASSERT_TRUE(rule);
  EXPECT_EQ(AlarmsOf(*rule), (std::set<std::string>{"a", "b", "c"}));
}

}  // namespace
}  // namespace hinomi::policy
