#include "policy/yaml.h"

#include <gmock/gmock.h>

namespace hinomi::policy::yaml {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Problems(std::string text, const Limits& limits = {}) {
  const SourceText source(std::move(text));
  std::vector<std::string> lines;
  for (const Problem& p : Parse(source, limits).problems) {
    lines.push_back(std::to_string(p.span.start.line) + ":" + std::to_string(p.span.start.column) +
                    " " + p.path + ": " + p.message);
  }
  return lines;
}

TEST(YamlScalarTest, FollowsTheCoreSchemaOfYaml12) {
  struct Case {
    const char* text;
    Kind kind;
  };
  const Case cases[] = {
      {"on", Kind::kText},         {"off", Kind::kText},      {"no", Kind::kText},
      {"yes", Kind::kText},        {"12:30:45", Kind::kText}, {"0777", Kind::kText},
      {"-007", Kind::kText},       {"00.5", Kind::kText},     {"1_000", Kind::kText},
      {"0b11", Kind::kText},       {"1e", Kind::kText},       {".", Kind::kText},
      {"-", Kind::kText},          {"0x", Kind::kText},       {"0o8", Kind::kText},
      {"2026-11-24", Kind::kText}, {"tRUE", Kind::kText},     {"30_days", Kind::kText},
      {"", Kind::kNull},           {"~", Kind::kNull},        {"null", Kind::kNull},
      {"NULL", Kind::kNull},       {"true", Kind::kBool},     {"FALSE", Kind::kBool},
      {"0", Kind::kInt},           {"-12", Kind::kInt},       {"+12", Kind::kInt},
      {"0o17", Kind::kInt},        {"0x1F", Kind::kInt},      {"1.5", Kind::kFloat},
      {".5", Kind::kFloat},        {"1.", Kind::kFloat},      {"1e3", Kind::kFloat},
      {"-1.5E-3", Kind::kFloat},   {".inf", Kind::kFloat},    {"-.INF", Kind::kFloat},
      {".NaN", Kind::kFloat},      {"0.5", Kind::kFloat},
  };
  for (const Case& c : cases) EXPECT_EQ(ResolvePlain(c.text).kind, c.kind) << c.text;
  EXPECT_EQ(ResolvePlain("0x1F").number, 31);
  EXPECT_EQ(ResolvePlain("0o17").number, 15);
  EXPECT_EQ(ResolvePlain("+12").number, 12);
  EXPECT_EQ(ResolvePlain("-1.5E-3").number, -0.0015);
  EXPECT_TRUE(ResolvePlain("True").boolean);
}

TEST(YamlTest, KeepsTheOrderOfKeysAndTheMarksOfKeysAndValues) {
  const SourceText source("閾値: 80\nb:\n  - \"x\"\n  - y: on\n");
  const Document document = Parse(source);
  ASSERT_TRUE(document.complete);
  ASSERT_TRUE(document.problems.empty());
  const Node& root = document.root;
  ASSERT_EQ(root.kind, Kind::kMapping);
  ASSERT_EQ(root.members.size(), 2u);
  EXPECT_EQ(root.members[0].key, "閾値");
  EXPECT_EQ(root.members[0].key_span.end, (Mark{1, 3}));  // In characters.
  EXPECT_EQ(root.members[0].value.span.start, (Mark{1, 5}));
  EXPECT_EQ(root.members[0].value.number, 80);
  const Node& list = root.Find("b")->value;
  ASSERT_EQ(list.items.size(), 2u);
  EXPECT_EQ(list.items[0].kind, Kind::kText);
  EXPECT_EQ(list.items[1].Find("y")->value.span.start, (Mark{4, 8}));
  EXPECT_EQ(root.Find("c"), nullptr);
}

TEST(YamlTest, QuotedScalarsAreAlwaysText) {
  const SourceText source("a: \"80\"\nb: 'true'\nc: |\n  1\n");
  const Node root = Parse(source).root;
  for (const Member& member : root.members) EXPECT_EQ(member.value.kind, Kind::kText) << member.key;
}

TEST(YamlTest, NamesBothPlacesOfADuplicateKeyAndGoesOn) {
  EXPECT_THAT(Problems("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n"),
              ElementsAre("4:3 b: the key \"c\" stands here a second time; the first is at line 3, "
                          "column 3: remove one of them",
                          "5:1 : the key \"a\" stands here a second time; the first is at line 1, "
                          "column 1: remove one of them"));
}

TEST(YamlTest, RefusesWhatItDoesNotSupportWithItsPlace) {
  EXPECT_THAT(Problems("a: &x {k: 1}\nb:\n  <<: *x\n"),
              ElementsAre("3:3 b: merge keys (<<) are not supported: write the keys out, or use an "
                          "alias for a whole value"));
  EXPECT_THAT(Problems("a: 1\n---\nb: 2\n"),
              ElementsAre(HasSubstr("2:1 : a second YAML document")));
  EXPECT_THAT(Problems("a: !!python/name x\n"),
              ElementsAre(HasSubstr("1:4 a: the tag \"tag:yaml.org,2002:python/name\" is not")));
  EXPECT_THAT(Problems("[a, b]: 1\n"), ElementsAre(HasSubstr("1:1 : a key must be plain text")));
  EXPECT_THAT(Problems("a: *x\n"), ElementsAre("1:4 a: the alias *x has no anchor &x before it"));
  EXPECT_THAT(Problems("a: &a [*a]\n"), ElementsAre(HasSubstr("1:8 a[0]: the alias *a has no")));
}

TEST(YamlTest, ExplainsSyntaxErrorsAtTheirPlace) {
  struct Case {
    const char* text;
    const char* expected;
  };
  const Case cases[] = {
      {"a:\n\tb: 1\n",
       "2:1 : this is not YAML: found character that cannot start any token while scanning for the "
       "next token; YAML is indented by blanks, a tab stands here: replace it"},
      {"a: \"x\nb: 1\n",
       "1:4 : this is not YAML: found unexpected end of stream while scanning a quoted scalar; the "
       "quote that begins here is not closed"},
      {"閾値: : 80\n",
       "1:5 : this is not YAML: mapping values are not allowed in this context; put the value in "
       "quotes if it contains \": \", or begin a new line"},
      {"a: [1, 2\nb: 3\n",
       "2:2 : this is not YAML: did not find expected ',' or ']' while parsing a flow sequence "
       "that "
       "began at line 1, column 4; close the list with ] or put a comma"},
      {"a: 1\n  b: 2\n",
       "2:4 : this is not YAML: mapping values are not allowed in this context; put the value in "
       "quotes if it contains \": \", or begin a new line"},
      {"a: @x\n",
       "1:4 : this is not YAML: found character that cannot start any token while scanning for the "
       "next token; a value cannot begin with \"@\": put it in quotes"},
      {"a: 1\nb\nc: 1\n", "3:1 : this is not YAML: could not find expected ':'"},
      {"a: \"\\q\"\n", "1:5 : this is not YAML: found unknown escape character"},
      {"a: \x01\n", "1:4 : this is not YAML: control characters are not allowed; remove the"},
      {"a: 1\nb: \xFF\n", "2:4 : this is not UTF-8: save the file in the encoding UTF-8"},
      {"\xEF\xBB\xBF"
       "a: 1\n\tb: 2\n",
       "2:1"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Problems(c.text), ElementsAre(HasSubstr(c.expected))) << c.text;
  }
}

TEST(YamlTest, BoundsDepthAliasesAndCopies) {
  std::string deep;
  for (int i = 0; i < 64; ++i) deep += '[';
  EXPECT_THAT(Problems(deep + std::string(64, ']')), ElementsAre());
  EXPECT_THAT(Problems("[" + deep + std::string(65, ']')), ElementsAre(HasSubstr("1:65 [0][0]")));

  std::string many = "a: &x 1\nb:\n";
  for (int i = 0; i < 1001; ++i) many += "  - *x\n";
  EXPECT_THAT(Problems(many), ElementsAre("1003:5 b[1000]: more than 1000 aliases in one file"));

  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) laughs += (k ? ", " : "") + before;
    laughs += "]\n";
  }
  EXPECT_THAT(Problems(laughs), ElementsAre(HasSubstr("more than 200000 values")));
}

TEST(YamlTest, AnEmptyFileIsNothing) {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n"}) {
    const SourceText source(text);
    const Document document = Parse(source);
    EXPECT_TRUE(document.complete && document.problems.empty()) << text;
    EXPECT_EQ(document.root.kind, Kind::kNull) << text;
  }
}

TEST(YamlTest, PathsQuoteKeysThatAreNotPlain) {
  EXPECT_EQ(PathKey("resources", "/ecs/app"), "resources[\"/ecs/app\"]");
  EXPECT_EQ(PathKey("", "alarms"), "alarms");
  EXPECT_EQ(PathKey(PathIndex("alarms", 2), "name"), "alarms[2].name");
}

TEST(ExcerptTest, TheCaretStandsUnderJapaneseTextOfTwoColumns) {
  const SourceText source("    閾値: 八十\n");
  EXPECT_EQ(source.Excerpt({{1, 9}, {1, 11}}),
            "    1 |     閾値: 八十\n"
            "      |           ^^^^");
}

TEST(ExcerptTest, TabsAndControlCharactersCannotMoveTheCaret) {
  const SourceText source("\ta\x1B[2Jb: x\n");
  EXPECT_EQ(source.Excerpt({{1, 9}, {1, 10}}),
            "    1 |  a?[2Jb: x\n"
            "      |         ^");
}

TEST(ExcerptTest, ALongLineIsCutAroundTheCaret) {
  const SourceText source(std::string(300, 'a') + "X" + std::string(300, 'b'));
  EXPECT_EQ(source.Excerpt({{1, 301}, {1, 302}}), "    1 | …" + std::string(50, 'a') + "X" +
                                                      std::string(49, 'b') + "…\n" + "      | " +
                                                      std::string(51, ' ') + "^");
}

TEST(ExcerptTest, ALineThatFitsIsShownWhole) {
  const SourceText source(std::string(90, 'a') + "b");
  EXPECT_EQ(source.Excerpt({{1, 91}, {1, 92}}),
            "    1 | " + std::string(90, 'a') + "b\n      | " + std::string(90, ' ') + "^");
}

TEST(ExcerptTest, APlaceBehindTheLineOrNowhereIsHarmless) {
  const SourceText source("ab\n");
  EXPECT_EQ(source.Excerpt({{1, 9}, {1, 12}}), "    1 | ab\n      |   ^");
  EXPECT_EQ(source.Excerpt({{7, 1}, {7, 2}}), "");
  EXPECT_EQ(source.Excerpt({}), "");
}

TEST(SourceTextTest, CountsLinesAsTheParserDoes) {
  const SourceText source(
      "a\r\nb\rc\xE2\x80\xA8"
      "d\n");
  EXPECT_EQ(source.line_count(), 5);
  EXPECT_EQ(source.Line(2), "b");
  EXPECT_EQ(source.Line(4), "d");
  EXPECT_EQ(source.MarkOfByte(3), (Mark{2, 1}));
}

}  // namespace
}  // namespace hinomi::policy::yaml
