#include "cli/top/live.h"

#include "cli/top/testing.h"

namespace hinomi::cli::top {
namespace {

using EffectKind = Effect::Kind;

TEST(TopLiveTest, AChangeIsFetchedOnceForABurst) {
  Night night("paged");
  for (int i = 0; i < 5; ++i) night.Do(OnStream(night.state, {{"change", "{}"}}, night.now));
  EXPECT_FALSE(night.Asked("now"));
  EXPECT_LE(NextTick(night.state, night.now), Duration::Millis(100));
  night.Pass(Duration::Millis(100));
  EXPECT_TRUE(night.Asked("now?lang=en"));
  // What changes while it is asked for is asked for again.
  night.effects.clear();
  night.Do(OnStream(night.state, {{"change", "{}"}}, night.now));
  night.Pass(Duration::Millis(100));
  EXPECT_FALSE(night.Asked("now"));
  night.Answer("now", night.now_answer);
  EXPECT_TRUE(night.Asked("now"));
}

TEST(TopLiveTest, AServerThatIsGoneIsSaidAtOnceAndComesBackByItself) {
  Night night("paged");
  night.Do(OnStreamEnd(night.state, night.now));
  EXPECT_TRUE(night.Asked("now"));
  night.Answer("now", Unavailable("cannot ask http://127.0.0.1:9: refused"));
  EXPECT_TRUE(night.Shows("Stale"));
  EXPECT_TRUE(night.Shows("Showing values of 03:26:48. Reconnecting, try 1."));
  EXPECT_TRUE(night.Shows("INC-"));  // What was known is still there.
  night.effects.clear();
  night.Pass(Duration::Seconds(2));
  EXPECT_TRUE(night.Asked("now"));
  EXPECT_EQ(night.state.link.stream, Link::Stream::kOpening);
  night.Answer("now", night.now_answer);
  night.Do(OnStream(night.state, {}, night.now));
  EXPECT_FALSE(night.Shows("Stale"));
  EXPECT_TRUE(night.Shows("Live"));
}

TEST(TopLiveTest, SilenceIsStaleWithinTenSecondsThoughNothingBroke) {
  Night night("paged");
  night.Pass(Duration::Seconds(8));
  EXPECT_FALSE(night.Shows("Stale"));
  night.Pass(Duration::Seconds(1));
  EXPECT_TRUE(night.Shows("Stale"));
  EXPECT_TRUE(night.Shows("No update for 9s."));
  // The dead stream is given up and another opened.
  night.effects.clear();
  night.Pass(Duration::Seconds(3));
  int closed = 0, opened = 0;
  for (const Effect& effect : night.effects) {
    closed += effect.kind == EffectKind::kCloseStream;
    opened += effect.kind == EffectKind::kOpenStream;
  }
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(opened, 1);
}

TEST(TopLiveTest, AServerThatSaysNothingIsAskedBeforeItIsCalledStale) {
  Night night("paged");
  night.Pass(Duration::Seconds(5));
  EXPECT_FALSE(night.Asked("now"));
  night.Pass(Duration::Seconds(1));
  EXPECT_TRUE(night.Asked("now"));
  night.Answer("now", night.now_answer);
  night.Pass(Duration::Seconds(5));
  EXPECT_FALSE(night.Shows("Stale"));
}

TEST(TopLiveTest, AKeepAliveIsALifeSignAndValuesAreAskedForAllTheSame) {
  Night night("paged");
  for (int i = 0; i < 3; ++i) {
    night.Pass(Duration::Seconds(5));
    night.Do(OnStream(night.state, {}, night.now));
    EXPECT_FALSE(night.Shows("Stale"));
  }
  EXPECT_TRUE(night.Asked("now"));
}

TEST(TopLiveTest, AServerThatSaysNoIsToldInItsWords) {
  State state;
  Refresh(state, Duration());
  OnAnswer(state, "now", Denied("this token is revoked"), Duration());
  const std::string shown = ToText(Render(state, {80, 24}, Duration()));
  EXPECT_NE(shown.find("this token is revoked"), std::string::npos) << shown;
}

TEST(TopLiveTest, EachScreenAsksForWhatItShows) {
  const std::pair<const char*, const char*> cases[] = {{"gj", "journal?limit=200&lang=en"},
                                                       {"gi", "incidents?state=all&lang=en"},
                                                       {"\r", "incidents/INC-"}};
  for (const auto& [keys, path] : cases) {
    Night night("paged");
    night.Type(keys);
    EXPECT_TRUE(night.Asked(path)) << keys;
  }
}

TEST(TopLiveTest, ABeatKeepsTheClockAtTheServersTimeAndAsksForNothing) {
  Night night("paged");
  night.Do(OnStream(night.state, {{"beat", R"({"now":"2026-11-23T18:40:00Z"})"}}, night.now));
  EXPECT_TRUE(night.Shows("03:40:00"));
  EXPECT_TRUE(night.Shows("02:04"));  // To L2, by the new time.
  night.Pass(Duration::Millis(200));
  EXPECT_FALSE(night.Asked("now"));
  night.Do(OnStream(night.state, {{"beat", "no json"}, {"beat", "{}"}}, night.now));
  EXPECT_TRUE(night.Shows("03:40:00"));
}

TEST(TopLiveTest, OfMoreAlarmsThanAnAnswerHoldsTheServerFindsTheRight) {
  Night night("paged");
  night.Type("ga");
  EXPECT_TRUE(night.Asked("alarms?limit=1000&lang=en"));
  night.Answer("alarms", *Json::Parse(R"({"alarms":[{"name":"A","state":"OK"}],"total":10000,
      "counts":{"OK":10000,"ALARM":0,"INSUFFICIENT_DATA":0}})"));
  EXPECT_TRUE(night.Shows("There are more"));
  night.Answer("now", night.now_answer);
  night.effects.clear();
  night.Type("/Hi gh");
  EXPECT_FALSE(night.Asked("alarms"));
  night.Pass(Duration::Millis(100));
  EXPECT_TRUE(night.Asked("alarms?limit=1000&match=Hi%20gh"));
  Night other("paged");
  other.state.alarms = night.state.alarms;
  other.Type(":A9999\r");
  EXPECT_TRUE(other.Asked("alarms?limit=1000&match=A9999"));
}

TEST(TopLiveTest, AServerWithoutServicesIsNoTrouble) {
  Night night("paged");
  night.Do(Refresh(night.state, night.now));
  night.Answer("services", NotFound("this server runs no services"));
  EXPECT_FALSE(night.Shows("Stale"));
  night.Type("gs");
  EXPECT_TRUE(night.Shows("Hinomi runs no services here."));
}

}  // namespace
}  // namespace hinomi::cli::top
