#include "text/catalogue.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "text/impl/table.h"

namespace hinomi::text {
namespace {

/// The placeholder names of a text, e.g. {"level", "time"}.
std::set<std::string> Placeholders(std::string_view pattern) {
  std::set<std::string> names;
  for (size_t open = pattern.find('{'); open != std::string_view::npos;
       open = pattern.find('{', open + 1)) {
    names.emplace(pattern.substr(open + 1, pattern.find('}', open) - open - 1));
  }
  return names;
}

TEST(CatalogueTest, FillsPlaceholdersInBothLanguages) {
  EXPECT_EQ(Format(Language::kJapanese, "ack.call_level", {{"level", "L2"}}), "L2 を呼ぶ");
  EXPECT_EQ(Format(Language::kEnglish, "ack.call_level", {{"level", "L2"}}), "Call L2");
}

TEST(CatalogueTest, InsertsBracesOfAValueAsTheyAre) {
  EXPECT_EQ(Format(Language::kEnglish, "ack.call_level", {{"level", "{level}"}}), "Call {level}");
}

TEST(CatalogueTest, TakesTheSingularForOne) {
  EXPECT_EQ(Format(Language::kEnglish, "bar.incidents", {{"n", "1"}}), "1 incident");
  EXPECT_EQ(Format(Language::kEnglish, "bar.incidents", {{"n", "2"}}), "2 incidents");
  EXPECT_EQ(Format(Language::kJapanese, "bar.incidents", {{"n", "1"}}), "障害 1\u00a0件");
}

TEST(CatalogueTest, BothLanguagesNameTheSamePlaceholders) {
  for (const impl::Row& row : impl::Table()) {
    EXPECT_FALSE(row.ja.empty()) << row.key;
    EXPECT_FALSE(row.en.empty()) << row.key;
    EXPECT_EQ(Placeholders(row.ja), Placeholders(row.en)) << row.key;
  }
}

TEST(CatalogueTest, KnowsWhichKeysItHas) {
  EXPECT_TRUE(HasKey("ack.call_level"));
  EXPECT_FALSE(HasKey("ack.call_leve"));
  EXPECT_FALSE(HasKey(""));
}

TEST(CatalogueDeathTest, AnUnknownKeyOrAMissingArgumentStopsTheProcess) {
  EXPECT_DEATH(Format(Language::kEnglish,
                      "no."
                      "such.key"),
               "row != nullptr");
  EXPECT_DEATH(Format(Language::kEnglish, "ack.call_level"), "value != nullptr");
}

TEST(LanguageTest, ReadsTags) {
  EXPECT_EQ(LanguageFromTag("ja"), Language::kJapanese);
  EXPECT_EQ(LanguageFromTag("JA-jp"), Language::kJapanese);
  EXPECT_EQ(LanguageFromTag("en-GB"), Language::kEnglish);
  EXPECT_EQ(LanguageFromTag("jav"), std::nullopt);
  EXPECT_EQ(LanguageFromTag(""), std::nullopt);
}

TEST(LanguageTest, TakesTheHeaviestOfAcceptLanguage) {
  const struct {
    std::string_view header;
    Language expected;
  } cases[] = {
      {"", Language::kJapanese},
      {"de, fr;q=0.8", Language::kJapanese},
      {"en", Language::kEnglish},
      {"de-DE,de;q=0.9,en;q=0.5,ja;q=0.4", Language::kEnglish},
      {"en;q=0.2, ja;q=0.9", Language::kJapanese},
      {"en;q=0, *;q=0.1", Language::kJapanese},
      {"en;q=banana", Language::kJapanese},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(LanguageFromHeader(c.header, Language::kJapanese), c.expected) << c.header;
  }
}

}  // namespace
}  // namespace hinomi::text
