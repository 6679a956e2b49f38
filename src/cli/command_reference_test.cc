#include "cli/command_reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "api/console/access_api.h"
#include "api/console/console_api.h"
#include "api/console/openapi.h"
#include "api/guide/guide_api.h"
#include "api/guide/http_reference.h"
#include "api/prometheus/query_api.h"
#include "base/log.h"
#include "base/telemetry.h"
#include "guide/reference.h"

namespace hinomi::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using text::Language;

TEST(CommandReferenceTest, HasEveryVerbWithItsArgumentsAndExample) {
  guide::Words words(Language::kEnglish);
  const std::string page = CommandReference(AllVerbs(), words);
  for (const Verb& verb : AllVerbs()) {
    EXPECT_THAT(page, HasSubstr("\n## hinomi " + verb.path + "\n"));
    EXPECT_THAT(page, HasSubstr("\n" + verb.example + "\n"));
    for (const Argument& argument : verb.arguments) EXPECT_THAT(page, HasSubstr(argument.name));
  }
  EXPECT_THAT(page, HasSubstr("| `DIR` | `ops` | the ops folder |"));
  EXPECT_THAT(page, HasSubstr("| `--state …` | `open` | which ones: `open`, `resolved`, `all` |"));
}

/// All pages of the reference in Japanese.
class JapaneseReferenceTest : public ::testing::Test {
 protected:
  JapaneseReferenceTest() {
    // Nothing is called: the routes are read only.
    api::AddConsoleRoutes(*server_, nullptr);
    api::AddServiceRoutes(*server_, nullptr, nullptr);
    api::AddAccessRoutes(*server_, nullptr);
    api::AddOpenApiRoute(*server_, "1.2.3");
    for (const auto& [method, pattern] : std::vector<std::pair<std::string, std::string>>{
             {"GET", "/api/v1/query"},
             {"GET", "/api/v1/query_range"},
             {"GET", "/api/v1/query_exemplars"},
             {"GET", "/api/v1/format_query"},
             {"GET", "/api/v1/parse_query"},
             {"GET", "/api/v1/targets"},
             {"GET", "/api/v1/targets/metadata"},
             {"GET", "/api/v1/rules"},
             {"GET", "/api/v1/alerts"},
             {"GET", "/api/v1/status/buildinfo"},
             {"GET", "/api/v1/status/runtimeinfo"},
             {"GET", "/api/v1/status/flags"},
             {"GET", "/api/v1/status/config"},
             {"GET", "/api/v1/status/walreplay"},
             {"GET", "/federate"},
             {"POST", "/api/v1/read"},
             {"GET", "/api/v1/series"},
             {"GET", "/api/v1/labels"},
             {"GET", "/api/v1/label/{name}/values"},
             {"GET", "/api/v1/metadata"},
             {"GET", "/api/v1/status/tsdb"},
             {"POST", "/api/v1/admin/tsdb/snapshot"},
             {"POST", "/api/v1/admin/tsdb/delete_series"},
             {"POST", "/api/v1/admin/tsdb/clean_tombstones"},
             {"POST", "/api/v1/write"},
             {"GET", "/metrics"},
             {"GET", "/healthz"},
             {"GET", "/readyz"},
             {"POST", "/-/reload"},
             {"GET", "/ack/{secret}"}}) {
      http::Route route;
      route.method = method;
      route.pattern = pattern;
      route.right = "public";
      route.handler = [](const http::Request&) { return http::Response(); };
      server_->Add(std::move(route));
    }
    api::AddGuideRoutes(*server_, "1.2.3", {"reference-commands", nullptr});
    guide::YamlReference(words_);
    guide::MetricReference(words_);
    api::HttpReference(*server_, "1.2.3", words_);
    CommandReference(AllVerbs(), words_);
  }

  ManualClock clock_;
  Telemetry telemetry_;
  NullLog log_;
  std::unique_ptr<http::Server> server_ = http::MakeServer(
      {},
      [](const http::Request&, const std::string&) -> Result<std::string> {
        return std::string("ann");
      },
      clock_, telemetry_, log_);
  guide::Words words_{Language::kJapanese};
};

TEST_F(JapaneseReferenceTest, EverySentenceIsThereInJapanese) {
  EXPECT_THAT(words_.missing(), IsEmpty()) << "add them to src/guide/reference_ja.json";
}

TEST_F(JapaneseReferenceTest, NoTranslationIsLeftOver) {
  const std::set<std::string> asked(words_.asked().begin(), words_.asked().end());
  for (const std::string& sentence : guide::TranslatedSentences())
    EXPECT_TRUE(asked.contains(sentence))
        << "remove from src/guide/reference_ja.json: " << sentence;
}

}  // namespace
}  // namespace hinomi::cli
