#include "guide/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/strings.h"
#include "guide/impl/addresses.h"
#include "guide/markdown.h"
#include "guide/reference.h"

namespace hinomi::guide {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using text::Language;

Site RealSite() {
  return Site({{"reference-yaml", YamlReference}, {"reference-metrics", MetricReference}});
}

TEST(GuideSiteTest, EveryPageIsThereInBothLanguages) {
  const Site site = RealSite();
  ASSERT_GT(site.Names().size(), 5u);
  for (const Language language : {Language::kEnglish, Language::kJapanese})
    for (const std::string& name : site.Names()) {
      const auto page = site.Page(language, name);
      ASSERT_TRUE(page.has_value()) << name;
      EXPECT_THAT(*page, HasSubstr("<html lang=\"" + std::string(text::LanguageTag(language))));
      EXPECT_THAT(*page, HasSubstr("<h1 id="));
      const size_t budget = name == "reference-yaml" ? 400'000 : 150'000;
      EXPECT_LT(page->size(), budget) << name;
    }
  EXPECT_FALSE(site.Page(Language::kEnglish, "nothing").has_value());
  EXPECT_FALSE(site.Page(Language::kEnglish, "../../etc/passwd").has_value());
}

TEST(GuideSiteTest, PagesNeedNoScriptAndNoOtherHost) {
  const Site site = RealSite();
  for (const std::string& name : site.Names()) {
    const std::string page = *site.Page(Language::kEnglish, name);
    EXPECT_THAT(page, Not(HasSubstr("<script"))) << name;
    EXPECT_THAT(page, Not(HasSubstr("style="))) << name;
    EXPECT_THAT(page, Not(HasSubstr("<style"))) << name;
    EXPECT_THAT(page, Not(HasSubstr("raw HTML omitted"))) << name;
  }
}

TEST(GuideSiteTest, OneChapterLeadsToTheNext) {
  const Site site = RealSite();
  const std::vector<std::string> names = site.Names();
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    EXPECT_THAT(*site.Page(Language::kJapanese, names[i]),
                HasSubstr("<a href=\"" + AddressOf(names[i + 1]) + "\" rel=\"next\">"));
    EXPECT_THAT(*site.Page(Language::kJapanese, names[i + 1]),
                HasSubstr("<a href=\"" + AddressOf(names[i]) + "\" rel=\"prev\">"));
  }
}

TEST(GuideSiteTest, LinksBetweenFilesLeadBetweenPages) {
  const std::vector<Source> book = {
      {"", "", ""}, {"alarms", "", ""}, {"reference", "", ""}, {"reference-yaml", "", ""}};
  const struct {
    const char *source, *served;
  } cases[] = {
      {"alarms.md", "alarms"},
      {"alarms.md#missing-data", "alarms#missing-data"},
      {"README.md", "./"},
      {"../ja/alarms.md", "../ja/alarms"},
      {"../ja/README.md", "../ja/"},
      {"reference.md#yaml", "reference-yaml"},
      {"reference.md#words", "reference#words"},
      {"reference.md", "reference"},
      {"../../schemas/alarms.schema.json", "reference-yaml#alarmsyml"},
      {"../../schemas/runbook.schema.json", "reference-yaml#runbooksyml"},
      {"#yaml", "#yaml"},
      {"https://prometheus.io/docs/a.md", "https://prometheus.io/docs/a.md"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(impl::ServedAddress(c.source, book, "alarms"), c.served) << c.source;
  EXPECT_EQ(impl::ServedAddress("#yaml", book, "reference"), "reference-yaml");
  EXPECT_EQ(impl::ServedAddress("reference.md#鍵", book, "alarms", {{"鍵", "yaml"}}),
            "reference-yaml");
}

/// "%E3%81%82" as the bytes that it stands for.
std::string Decoded(std::string_view address) {
  std::string out;
  for (size_t i = 0; i < address.size(); ++i) {
    const auto byte = address[i] == '%' ? HexDecode(address.substr(i + 1, 2))
                                        : std::optional<std::vector<uint8_t>>();
    out += byte ? static_cast<char>(byte->at(0)) : address[i];
    if (byte) i += 2;
  }
  return out;
}

// Wherever a page links to there is a page, and the anchor on it.
TEST(GuideSiteTest, NoLinkOfAServedPageIsDead) {
  const Site site = RealSite();
  for (const Language language : {Language::kEnglish, Language::kJapanese}) {
    std::map<std::string, std::string> pages;
    for (const std::string& name : site.Names()) pages[name] = *site.Page(language, name);
    for (const auto& [name, page] : pages) {
      constexpr std::string_view kHref = "<a href=\"";
      for (size_t at = page.find(kHref); at != std::string::npos; at = page.find(kHref, at + 1)) {
        const size_t from = at + kHref.size();
        const std::string address = Decoded(page.substr(from, page.find('"', from) - from));
        if (address.find(':') != std::string::npos || address.starts_with("../")) continue;
        const size_t hash = address.find('#');
        std::string target = address.substr(0, hash);
        if (target.empty()) target = name;
        if (target == "./") target = "";
        // Made from what this test has not got; the end-to-end test follows them.
        if (target == "reference-http" || target == "reference-commands") continue;
        ASSERT_TRUE(pages.contains(target)) << name << " links to " << address;
        if (hash == std::string::npos) continue;
        EXPECT_THAT(pages[target], HasSubstr("id=\"" + address.substr(hash + 1) + "\""))
            << name << " links to " << address;
      }
    }
  }
}

TEST(GuideReferenceTest, KeysOfTheSchemasStandUnderTheirFiles) {
  Words words(Language::kEnglish);
  const std::string page = YamlReference(words);
  for (const char* row :
       {"## alarms.yml\n",
        "| `alarms[].treatMissingData` | `missing`, `ignore`, `breaching`, "
        "`notBreaching` |",
        "| `alarms[].name` | text | required |", "## runbooks/\\*.yml",
        "| `services.NAME.scaling.steps[].beyond` |", "| `channels.NAME (type: smtp).server` |",
        "| `escalation.NAME.steps[].after` | duration |"})
    EXPECT_THAT(page, HasSubstr(row));
}

TEST(GuideReferenceTest, MetricsHaveTypeUnitLabelsAndMeaning) {
  Words words(Language::kEnglish);
  const std::string page = MetricReference(words);
  EXPECT_THAT(page, HasSubstr("| `hinomi_http_request_seconds_total` | counter | seconds | "
                              "`method`, `route` | Time from the whole head"));
  EXPECT_THAT(page, HasSubstr("| `HealthyHostCount` | gauge |  | `ServiceName`, `ClusterName` |"));
}

}  // namespace
}  // namespace hinomi::guide
