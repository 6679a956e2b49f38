#include "api/console/ack_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "base/digest.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Instant At(std::string_view rfc3339) {
  return ParseRfc3339(rfc3339).value();
}

/// The night of the design: errors from 03:09, Sato paged at 03:12 in Tokyo.
AckPageData Night() {
  AckPageData data;
  data.now = At("2026-11-23T18:15:20Z");
  data.utc_offset = Duration::Hours(9);
  data.zone = "JST";
  data.incident = "INC-204";
  data.title = "app の 5xx エラーが毎分 37 件";
  data.sentence = "しきい値は 10 件です。";
  data.opened_at = At("2026-11-23T18:12:04Z");
  data.person = "佐藤 美咲";
  data.action = "/ack/7Qm2/INC-204";
  data.paged_again_at = At("2026-11-23T18:17:04Z");
  data.next_level = "L2";
  data.next_person = "田中 健";
  data.next_level_at = At("2026-11-23T18:42:04Z");
  data.can_decline = true;
  AckChart chart{.metric = "5xx エラー", .unit = "", .threshold = 10, .points = {}};
  for (int i = 0; i < 60; ++i) {
    std::optional<double> value = i < 54 ? i * 7 % 4 : 4 + (i - 54) * 9;
    if (i >= 20 && i < 25) value = std::nullopt;
    chart.points.push_back({At("2026-11-23T17:15:00Z") + Duration::Minutes(i), value});
  }
  data.chart = chart;
  data.told = {{At("2026-11-23T18:12:06Z"), "Slack #incidents", AckToldState::kDelivered},
               {At("2026-11-23T18:42:04Z"), "田中 健（L2）", AckToldState::kPlanned}};
  return data;
}

/// For a look at the page: HN_ACK_PAGE_DIR=/tmp/ack writes it there.
void MaybeWrite(const std::string& name, const AckPage& page) {
  const char* folder = std::getenv("HN_ACK_PAGE_DIR");
  if (folder == nullptr) return;
  std::ofstream(std::string(folder) + "/" + name + ".html") << page.html;
  std::ofstream(std::string(folder) + "/" + name + ".csp") << page.content_security_policy;
}

TEST(AckPageTest, APageInTheOutboxIsNotSaidToHaveReachedAnybody) {
  AckPageData data = Night();
  data.told = {{At("2026-11-23T18:12:06Z"), "オンコール", AckToldState::kFiled}};
  const AckPage page = RenderAckPage(data);
  EXPECT_THAT(page.html, HasSubstr("送信箱のみ・誰にも届いていません"));
  EXPECT_THAT(page.html, testing::Not(HasSubstr(">到達<")));
}

TEST(AckPageTest, SaysWhatSinceWhenAndOffersTheButton) {
  const AckPage page = RenderAckPage(Night());
  MaybeWrite("open", page);
  EXPECT_THAT(page.html, HasSubstr("<html lang=\"ja\">"));
  EXPECT_THAT(page.html, HasSubstr("INC-204 · 03:12:04 JST から 3\u00a0分 16\u00a0秒"));
  EXPECT_THAT(page.html, HasSubstr("<h1>app の 5xx エラーが毎分 37 件</h1>"));
  EXPECT_THAT(page.html, HasSubstr("<form method=\"post\" action=\"/ack/7Qm2/INC-204\">"));
  EXPECT_THAT(page.html,
              HasSubstr("<button class=\"go\" name=\"do\" value=\"ack\">確認：私が対応します<"));
  EXPECT_THAT(page.html, HasSubstr("確認しなければ 03:17:04 にもう一度あなたを呼びます。"));
  EXPECT_THAT(page.html, HasSubstr("03:42 までに解決しなければ 田中 健（L2）も呼びます。"));
  EXPECT_THAT(page.html, HasSubstr("value=\"escalate\">L2 を呼ぶ<"));
  EXPECT_THAT(page.html, HasSubstr("value=\"decline\""));
}

TEST(AckPageTest, SpeaksEnglish) {
  AckPageData data = Night();
  data.language = text::Language::kEnglish;
  data.title = "app returns 37 5xx errors a minute";
  data.sentence = "The limit is 10.";
  data.person = "Misaki Sato";
  data.next_person = "Ken Tanaka";
  data.chart->metric = "5xx errors";
  data.told[1].who = "Ken Tanaka (L2)";
  const AckPage page = RenderAckPage(data);
  MaybeWrite("open_en", page);
  EXPECT_THAT(page.html, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(page.html, HasSubstr("03:12:04 JST, 3m 16s ago"));
  EXPECT_THAT(page.html, HasSubstr(">Acknowledge: I have it<"));
  EXPECT_THAT(page.html, HasSubstr("<h2>5xx errors, last 59\u00a0min</h2>"));
  EXPECT_THAT(page.html, HasSubstr("href=\"?lang=ja\""));
}

TEST(AckPageTest, ThePolicyAllowsExactlyItsOwnStyle) {
  const AckPage page = RenderAckPage(Night());
  const size_t from = page.html.find("<style>") + 7;
  const std::string style = page.html.substr(from, page.html.find("</style>") - from);
  const Sha256Digest digest = Sha256(style);
  const std::string hash =
      Base64Encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
  EXPECT_EQ(page.content_security_policy,
            "default-src 'none'; style-src 'sha256-" + hash +
                "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
  EXPECT_THAT(page.html, Not(HasSubstr("style=\"")));
  EXPECT_THAT(page.html, Not(HasSubstr("<script")));
}

TEST(AckPageTest, NamesFromOutsideAreTextOnly) {
  AckPageData data = Night();
  const std::string attack = "\"><img src=x onerror=alert(1)>'&";
  data.incident = data.title = data.sentence = data.person = data.action = attack;
  data.next_level = data.next_person = data.zone = data.failure = attack;
  data.chart->metric = data.chart->unit = data.told[0].who = attack;
  const std::string html = RenderAckPage(data).html;
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, HasSubstr("&lt;img src=x"));
  data.state = AckState::kAcknowledged;
  data.acknowledged_by = attack;
  EXPECT_THAT(RenderAckPage(data).html, Not(HasSubstr("<img")));
}

TEST(AckPageTest, AfterTheClickItSaysWhatHappensNext) {
  AckPageData data = Night();
  data.state = AckState::kAcknowledged;
  data.by_reader = true;
  data.state_since = At("2026-11-23T18:15:31Z");
  const AckPage page = RenderAckPage(data);
  MaybeWrite("done", page);
  EXPECT_THAT(page.html, HasSubstr("確認しました 03:15:31"));
  EXPECT_THAT(page.html, HasSubstr("再度の呼び出しは止まりました。 03:42 までに解決しなければ"));
  EXPECT_THAT(page.html, Not(HasSubstr("<form")));
  data.by_reader = false;
  data.acknowledged_by = "伊藤 涼";
  EXPECT_THAT(RenderAckPage(data).html, HasSubstr("伊藤 涼 が 03:15:31 に確認しました。"));
}

TEST(AckPageTest, AResolvedIncidentAsksForNothing) {
  AckPageData data = Night();
  data.state = AckState::kResolved;
  data.state_since = At("2026-11-23T18:31:00Z");
  const std::string html = RenderAckPage(data).html;
  EXPECT_THAT(html, AllOf(HasSubstr("03:31:00 に解決しました。"), Not(HasSubstr("<button"))));
}

TEST(AckPageTest, AFailedPostIsSaidAndTheFormStays) {
  AckPageData data = Night();
  data.failure = "記録が止まっています";
  const std::string html = RenderAckPage(data).html;
  EXPECT_THAT(html, HasSubstr("できませんでした：記録が止まっています"));
  EXPECT_THAT(html, HasSubstr("<form"));
}

TEST(AckPageTest, TheChartShowsLimitGapsAndWords) {
  const std::string html = RenderAckPage(Night()).html;
  EXPECT_THAT(html, HasSubstr("aria-label=\"最大 49、現在 49、しきい値 10\""));
  // Threshold 10 of 49 on 70 units of height: 78 - 10 / 49 * 70.
  EXPECT_THAT(html, HasSubstr("<path class=\"lim\" d=\"M0 63.7H358\"/>"));
  const size_t from = html.find("<path class=\"ln\"");
  const std::string line = html.substr(from, html.find("/>", from) - from);
  EXPECT_EQ(std::count(line.begin(), line.end(), 'M'), 2);  // Two runs around the gap.
  AckPageData empty = Night();
  for (AckPoint& point : empty.chart->points) point.value.reset();
  EXPECT_THAT(RenderAckPage(empty).html, Not(HasSubstr("class=\"plot\"")));
}

TEST(AckPageTest, StaysSmallWhateverItIsGiven) {
  AckPageData data = Night();
  EXPECT_LT(RenderAckPage(data).html.size(), 13'000u);
  const std::string huge(100'000, '"');
  data.incident = data.title = data.sentence = data.person = data.action = huge;
  data.next_person = data.failure = data.chart->metric = huge;
  for (int i = 0; i < 100'000; ++i) {
    data.chart->points.push_back({At("2026-11-23T18:15:00Z") + Duration::Seconds(i), i * 1.0});
  }
  data.told.assign(5000, {data.now, std::string(5000, '&'), AckToldState::kRetrying});
  EXPECT_LE(RenderAckPage(data).html.size(), 40'000u);
}

}  // namespace
}  // namespace hinomi::api
