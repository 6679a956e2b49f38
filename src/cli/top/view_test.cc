#include "cli/top/view.h"

#include <cstdlib>

#include "cli/top/testing.h"

namespace hinomi::cli::top {
namespace {

using text::Language;

/// HN_UPDATE_GOLDEN=1 writes what is shown.
void ExpectGolden(const std::string& name, const std::string& shown) {
  if (std::getenv("HN_UPDATE_GOLDEN") != nullptr) {
    PosixFiles files;
    ASSERT_TRUE(files.WriteAtomically(HN_SOURCE_DIR "/src/cli/top/testdata/" + name, shown));
  }
  EXPECT_EQ(shown, Testdata(name)) << name;
}

TEST(TopViewTest, EachScreenInBothLanguagesReadsAsItWasReviewed) {
  const struct {
    const char* name;
    const char* scene;
    const char* keys;
    int columns;
  } cases[] = {{"now", "paged", "", 80},
               {"now_narrow", "paged", "", 40},
               {"calm", "calm", "", 80},
               {"incident", "paged", "\r", 80},
               {"incident_narrow", "paged", "\r", 40},
               {"alarms", "paged", "ga", 80},
               {"incidents", "paged", "gi", 80},
               {"services", "paged", "gs", 80},
               {"resolve", "paged", "rfixed\r", 80},
               {"escalate", "paged", "e", 80},
               {"note", "paged", "n火の見", 80},
               {"help", "paged", "?", 80},
               {"jump", "paged", ":high", 80}};
  for (const auto& c : cases)
    for (const Language language : {Language::kEnglish, Language::kJapanese}) {
      Night night(c.scene, language);
      night.Type(c.keys);
      ExpectGolden(std::string(c.name) + "." + std::string(text::LanguageTag(language)) + ".txt",
                   night.Screen(c.columns));
    }
}

TEST(TopViewTest, AnySizeIsFilledAndNeverPassed) {
  for (const Language language : {Language::kEnglish, Language::kJapanese})
    for (const char* keys : {"", "\r", "ga", "gi", "gj", "?", "nlong", "rwhy\r", "e", ":x", "/x"})
      for (const int columns : {1, 2, 10, 40, 79, 80, 200})
        for (const int rows : {1, 2, 5, 10, 24, 60}) {
          Night night("paged", language);
          night.Type(keys);
          const Frame frame = Render(night.state, {columns, rows}, night.now);
          ASSERT_EQ(frame.lines.size(), static_cast<size_t>(rows));
          for (const Line& line : frame.lines)
            ASSERT_LE(WidthOf(line), static_cast<size_t>(std::max(columns, 2)));
          if (frame.cursor) {
            ASSERT_LT(frame.cursor->row, frame.lines.size());
          }
        }
}

TEST(TopViewTest, TheCountdownGoesByTheServersClockAndEndsAtNow) {
  Night night("paged");
  // Due 03:42:04 on the server, which says it is 03:26:48.
  EXPECT_TRUE(night.Shows("15:16"));
  night.Do(OnStream(night.state, {}, night.now));
  night.now = night.now + Duration::Seconds(16);
  EXPECT_TRUE(night.Shows("15:00"));
  EXPECT_TRUE(night.Shows("03:27:04"));
  night.now = night.now + Duration::Minutes(15);
  EXPECT_TRUE(night.Shows("00:00"));
  night.now = night.now + Duration::Seconds(1);
  EXPECT_TRUE(night.Shows("To L2 unless resolved  now"));
  EXPECT_FALSE(night.Shows("-0"));
}

TEST(TopViewTest, HostileTextIsShownAndObeyedByNobody) {
  Night night("paged");
  const std::string hostile = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\u009b31m\nsecond line";
  Json answer = night.now_answer;
  Json incident = answer["incidents"].as_array()[0];
  incident.Set("title", hostile).Set("alarm", hostile).Set("id", "INC-\x1b[5m");
  answer.Set("incidents", Json::Array{incident});
  Json change = answer["changes"].as_array()[0];
  change.Set("summary", hostile).Set("actor", hostile);
  answer.Set("changes", Json::Array{change});
  night.Answer("now", answer);
  night.Answer("services", *Json::Parse(R"({"services":[{"name":"\u001b[31mx","state":"failing",
    "reason":"\u009b0m\u2066"}]})"));
  for (const char* keys : {"", "\r", "\x1b", "ga", "gs", "gi", "r"}) {
    night.Type(keys);
    const Frame frame = Render(night.state, {80, 24}, night.now);
    ASSERT_EQ(frame.lines.size(), 24u);
    for (const Line& line : frame.lines)
      for (const Span& span : line)
        for (const char* bad : {"\x1b", "\x07", "\u202e", "\u2066", "\u009b", "\n"})
          ASSERT_EQ(span.text.find(bad), std::string::npos) << keys << ": " << span.text;
  }
}

TEST(TopViewTest, TheSelectedRowIsAlwaysSeen) {
  Night night("calm");
  Json::Array alarms;
  for (int i = 0; i < 10'000; ++i)
    alarms.push_back(
        Json::MakeObject().Set("name", "Alarm" + std::to_string(i)).Set("state", "OK"));
  night.Type("ga");
  night.Answer("alarms", Json::MakeObject().Set("alarms", alarms));
  EXPECT_TRUE(night.Shows("> ✓ OK         Alarm0\n"));
  night.Type("\x1b[F");
  EXPECT_TRUE(night.Shows("Alarm9999"));
  night.Type("k\x1b[5~");
  EXPECT_TRUE(night.Shows("> ✓ OK         Alarm9988"));
}

TEST(TopViewTest, OnceIsTheWholeOfNowWithoutKeys) {
  Night night("paged");
  const std::string shown = ToText(RenderOnce(night.state, 80, night.now));
  ExpectGolden("once.en.txt", shown);
  EXPECT_EQ(shown.find("quit"), std::string::npos);
  EXPECT_FALSE(AllIsWell(night.state));
  Night calm("calm");
  EXPECT_FALSE(AllIsWell(calm.state));  // Of its two services one is not.
  EXPECT_FALSE(calm.Shows("All is well"));
  calm.Answer("services", Json::MakeObject());
  EXPECT_TRUE(AllIsWell(calm.state));
  EXPECT_TRUE(calm.Shows("All is well"));
}

}  // namespace
}  // namespace hinomi::cli::top
