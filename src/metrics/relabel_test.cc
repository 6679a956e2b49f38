#include "metrics/relabel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hinomi::metrics {
namespace {

using testing::HasSubstr;
using Action = RelabelAction;

/// What the rules make of the labels, "dropped" for nothing.
std::string Relabelled(std::vector<RelabelRule> rules, std::vector<Labels::Pair> labels) {
  const auto compiled = RelabelRules::Compile(std::move(rules));
  if (!compiled) return compiled.error().message;
  Labels changed(std::move(labels));
  return compiled->Apply(changed) ? changed.ToString() : "dropped";
}

const std::vector<Labels::Pair> kLabels = {
    {"__name__", "m"}, {"a", "foo"}, {"b", "bar"}, {"c", "baz"}};

TEST(RelabelTest, EachActionDoesWhatPrometheusDocuments) {
  const struct {
    const char* what;
    RelabelRule rule;
    const char* expected;
  } cases[] = {
      {"replace by groups",
       {.source_labels = {"a", "b"},
        .regex = "f(.*);(.*)r",
        .target_label = "d",
        .replacement = "ch${1}-ch${2}"},
       R"(m{a="foo",b="bar",c="baz",d="choo-chba"})"},
      {"replace by a named group",
       {.source_labels = {"a"},
        .regex = "f(?P<rest>.*)",
        .target_label = "d",
        .replacement = "$rest"},
       R"(m{a="foo",b="bar",c="baz",d="oo"})"},
      {"a name goes as far as it can: ${1x} is no group",
       {.source_labels = {"a"}, .regex = "(.*)", .target_label = "d", .replacement = "$1x"},
       R"(m{a="foo",b="bar",c="baz"})"},
      {"a dollar of its own",
       {.source_labels = {"a"}, .target_label = "d", .replacement = "$$1 $ $"},
       R"(m{a="foo",b="bar",c="baz",d="$1 $ $"})"},
      {"without source labels a constant",
       {.target_label = "d", .replacement = "x"},
       R"(m{a="foo",b="bar",c="baz",d="x"})"},
      {"the regex is anchored",
       {.source_labels = {"a"}, .regex = "o+", .target_label = "d", .replacement = "x"},
       R"(m{a="foo",b="bar",c="baz"})"},
      {"an alternative is anchored as a whole",
       {.source_labels = {"a"}, .regex = "f|oo", .target_label = "d", .replacement = "x"},
       R"(m{a="foo",b="bar",c="baz"})"},
      {"nothing removes the label",
       {.source_labels = {"a"}, .target_label = "b", .replacement = ""},
       R"(m{a="foo",c="baz"})"},
      {"the target is a template",
       {.source_labels = {"a"}, .regex = "(f).*", .target_label = "x_${1}", .replacement = "y"},
       R"(m{a="foo",b="bar",c="baz",x_f="y"})"},
      {"a target that comes out empty changes nothing",
       {.source_labels = {"a"}, .target_label = "${2}", .replacement = "y"},
       R"(m{a="foo",b="bar",c="baz"})"},
      {"another separator",
       {.source_labels = {"a", "b"}, .separator = "-", .target_label = "d"},
       R"(m{a="foo",b="bar",c="baz",d="foo-bar"})"},
      {"keep",
       {.action = Action::kKeep, .source_labels = {"a"}, .regex = "foo"},
       R"(m{a="foo",b="bar",c="baz"})"},
      {"keep drops the rest",
       {.action = Action::kKeep, .source_labels = {"a"}, .regex = "fo"},
       "dropped"},
      {"drop",
       {.action = Action::kDrop, .source_labels = {"a", "b"}, .regex = "foo;bar"},
       "dropped"},
      {"drop keeps the rest",
       {.action = Action::kDrop, .source_labels = {"a"}, .regex = "bar"},
       R"(m{a="foo",b="bar",c="baz"})"},
      {"an absent label is empty",
       {.action = Action::kDrop, .source_labels = {"z"}, .regex = ""},
       "dropped"},
      {"keepequal",
       {.action = Action::kKeepEqual, .source_labels = {"a"}, .target_label = "b"},
       "dropped"},
      {"dropequal",
       {.action = Action::kDropEqual, .source_labels = {"a"}, .target_label = "b"},
       R"(m{a="foo",b="bar",c="baz"})"},
      {"dropequal of equals",
       {.action = Action::kDropEqual, .source_labels = {"a"}, .target_label = "a"},
       "dropped"},
      // The last eight bytes of the MD5 of "baz", modulo 1000.
      {"hashmod",
       {.action = Action::kHashMod, .source_labels = {"c"}, .modulus = 1000, .target_label = "d"},
       R"(m{a="foo",b="bar",c="baz",d="976"})"},
      {"labelmap",
       {.action = Action::kLabelMap, .regex = "([ab])", .replacement = "my_$1"},
       R"(m{a="foo",b="bar",c="baz",my_a="foo",my_b="bar"})"},
      {"labeldrop", {.action = Action::kLabelDrop, .regex = "[ab]"}, R"(m{c="baz"})"},
      {"labelkeep", {.action = Action::kLabelKeep, .regex = "__name__|b"}, R"(m{b="bar"})"},
      {"uppercase",
       {.action = Action::kUppercase, .source_labels = {"a"}, .target_label = "a"},
       R"(m{a="FOO",b="bar",c="baz"})"},
  };
  for (const auto& c : cases) EXPECT_EQ(Relabelled({c.rule}, kLabels), c.expected) << c.what;
}

TEST(RelabelTest, LettersChangeTheirCaseByUnicode) {
  const RelabelRule lower{
      .action = Action::kLowercase, .source_labels = {"a"}, .target_label = "b"};
  EXPECT_EQ(Relabelled({lower}, {{"a", "ÄÖ Ж FOO 火"}}), R"({a="ÄÖ Ж FOO 火",b="äö ж foo 火"})");
}

TEST(RelabelTest, RulesWorkOnWhatTheOnesBeforeLeft) {
  EXPECT_EQ(Relabelled({{.source_labels = {"a"}, .target_label = "__tmp"},
                        {.action = Action::kLabelDrop, .regex = "a|b|c"},
                        {.source_labels = {"__tmp"}, .target_label = "d"},
                        {.action = Action::kLabelDrop, .regex = "__tmp"}},
                       kLabels),
            R"(m{d="foo"})");
  EXPECT_EQ(Relabelled({}, kLabels), R"(m{a="foo",b="bar",c="baz"})");
}

TEST(RelabelTest, WhatPrometheusRefusesIsNamedWithItsKey) {
  const struct {
    RelabelRule rule;
    const char* key;
    const char* message;
  } cases[] = {
      {{.regex = "(", .target_label = "a"}, "regex", "missing )"},
      {{}, "target_label", "the action replace needs \"target_label\""},
      {{.action = Action::kHashMod, .target_label = "a"}, "modulus", "above 0"},
      {{.action = Action::kLabelMap, .replacement = ""}, "replacement", "the name of a label"},
      {{.action = Action::kLabelDrop, .source_labels = {"a"}}, "source_labels", "only \"regex\""},
      {{.action = Action::kLabelKeep, .separator = "-"}, "separator", "only \"regex\""},
      {{.action = Action::kKeepEqual, .source_labels = {"a"}, .regex = "x", .target_label = "b"},
       "regex",
       "only \"source_labels\" and \"target_label\""},
      {{.action = Action::kUppercase, .target_label = "b", .replacement = "x"},
       "replacement",
       "no \"replacement\""},
  };
  for (const auto& c : cases) {
    const auto mistake = FindRelabelMistake(c.rule);
    ASSERT_TRUE(mistake) << c.message;
    EXPECT_EQ(mistake->key, c.key);
    EXPECT_THAT(mistake->message, HasSubstr(c.message));
  }
}

}  // namespace
}  // namespace hinomi::metrics
