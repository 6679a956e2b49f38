#include "rules/order.h"

#include <gmock/gmock.h>

#include "base/random.h"
#include "base/seed_testing.h"
#include "rules/testing.h"

namespace hinomi::rules {
namespace {

using ::testing::ElementsAre;

std::vector<size_t> OrderOf(const std::string& rules) {
  return Group(GroupsOf("groups:\n- name: g\n  rules:\n" + rules).front()).order();
}

TEST(OrderTest, RulesThatReadNothingOfTheGroupComeFirst) {
  EXPECT_THAT(OrderOf("  - {record: a, expr: in}\n"
                      "  - {record: b, expr: a * 2}\n"
                      "  - {record: c, expr: in}\n"
                      "  - {record: d, expr: b + c}\n"
                      "  - {record: e, expr: a}\n"),
              ElementsAre(0, 2, 1, 4, 3));
}

TEST(OrderTest, WhatReadsTheLastRoundStaysInFront) {
  EXPECT_THAT(OrderOf("  - {record: a, expr: in}\n"
                      "  - {record: b, expr: a + c}\n"  // c of the round before
                      "  - {record: c, expr: in}\n"),
              ElementsAre(0, 1, 2));
}

TEST(OrderTest, WhoMayReadAnythingStaysWhereItIs) {
  EXPECT_THAT(OrderOf("  - {record: a, expr: in}\n"
                      "  - {record: b, expr: '{job=\"x\"}'}\n"
                      "  - {record: c, expr: in}\n"
                      "  - {record: d, expr: in}\n"),
              ElementsAre(0, 1, 2, 3));
}

TEST(OrderTest, AlertsAreReadByTheirMetrics) {
  EXPECT_THAT(OrderOf("  - {alert: A, expr: in > 1}\n"
                      "  - {record: firing, expr: count(ALERTS)}\n"
                      "  - {alert: B, expr: in > 2}\n"
                      "  - {record: b, expr: in}\n"),
              ElementsAre(0, 3, 1, 2));
}

/// A few rules over a few metrics; some alert, some may read anything.
std::string RandomRules(Random& random) {
  const auto metric = [&] { return std::string(1, static_cast<char>('a' + random.Below(5))); };
  std::string rules;
  for (uint64_t left = 1 + random.Below(12); left > 0; --left) {
    const bool alert = random.Below(6) == 0;
    std::string expr = random.Below(8) == 0 ? "ALERTS" : metric();
    if (random.Below(3) == 0) expr += " + " + metric();
    if (random.Below(12) == 0) expr = "{job=\"x\"}";
    rules += alert ? "  - {alert: A, expr: '" : "  - {record: " + metric() + ", expr: '";
    rules += expr + "'}\n";
  }
  return rules;
}

bool Reads(const Rule& rule, const std::string& metric) {
  return !rule.reads || rule.reads->contains(metric);
}

bool ReadsWhatTheOtherWrites(const Rule& reader, const Rule& writer) {
  if (writer.records()) return Reads(reader, writer.document.record);
  return Reads(reader, "ALERTS") || Reads(reader, "ALERTS_FOR_STATE");
}

bool MustKeepOrder(const Rule& a, const Rule& b) {
  return ReadsWhatTheOtherWrites(a, b) || ReadsWhatTheOtherWrites(b, a) ||
         a.document.record == b.document.record;
}

TEST(OrderPropertyTest, RulesThatTouchOneAnotherKeepTheirOrder) {
  Random random(FirstSeed());
  for (int round = 0; round < 3'000; ++round) {
    const std::string text = RandomRules(random);
    const Group group(GroupsOf("groups:\n- name: g\n  rules:\n" + text).front());
    const std::vector<Rule>& rules = group.rules();
    std::vector<size_t> place(rules.size(), rules.size());
    for (size_t i = 0; i < group.order().size(); ++i) place[group.order()[i]] = i;
    for (size_t i = 0; i < rules.size(); ++i) {
      ASSERT_LT(place[i], rules.size()) << "missing\n" << text;
      for (size_t j = i + 1; j < rules.size(); ++j) {
        if (MustKeepOrder(rules[i], rules[j])) {
          ASSERT_LT(place[i], place[j]) << i << " " << j << "\n" << text;
        }
      }
    }
  }
}

}  // namespace
}  // namespace hinomi::rules
