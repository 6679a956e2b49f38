#include "cli/top/on_key.h"

#include "cli/top/testing.h"

namespace hinomi::cli::top {
namespace {

using EffectKind = Effect::Kind;

std::string IdOf(const Night& night) {
  return night.now_answer["incidents"].as_array()[0]["id"].as_string();
}

Json Done(const Night& night) {
  return Json::MakeObject().Set("incident", night.now_answer["incidents"].as_array()[0]);
}

TEST(TopKeysTest, KeysLeadToTheScreensThatTheConsoleHasUnderThem) {
  const std::pair<const char*, Screen> cases[] = {{"gn", Screen::kNow},
                                                  {"ga", Screen::kAlarms},
                                                  {"gi", Screen::kIncidents},
                                                  {"gs", Screen::kServices},
                                                  {"gj", Screen::kJournal},
                                                  {"\r", Screen::kIncident},
                                                  {"ga\x1b", Screen::kNow},
                                                  {"gi\r\x1b", Screen::kIncidents},
                                                  {"gzq", Screen::kNow},
                                                  {":jour\r", Screen::kJournal},
                                                  {":HighM\r", Screen::kAlarms},
                                                  {":worker\r", Screen::kServices},
                                                  {":inc-9999\r", Screen::kIncident},
                                                  {":a\x1b", Screen::kNow}};
  for (const auto& [keys, screen] : cases) {
    Night night("paged");
    night.Type(keys);
    EXPECT_EQ(night.state.screen, screen) << keys;
  }
}

TEST(TopKeysTest, AcknowledgingIsSentAtOnceAndSaysWhatItDid) {
  Night night("paged");
  night.Type("a");
  const Effect sent = night.Take(EffectKind::kPost);
  EXPECT_EQ(sent.path, "incidents/" + IdOf(night) + "/acknowledge?lang=en");
  EXPECT_EQ(sent.body, Json::MakeObject().Set("via", "cli"));
  EXPECT_FALSE(sent.key.empty());
  night.Type("a");  // One at a time.
  EXPECT_EQ(night.Take(EffectKind::kPost).path, "");
  night.Answer("command", Done(night));
  EXPECT_TRUE(night.Shows("is acknowledged: you have it."));
  EXPECT_TRUE(night.Asked("now"));
}

TEST(TopKeysTest, AnIncidentThatCameUnderTheFingerIsNotAcknowledgedUnread) {
  Night night("paged");
  night.Pass(Duration::Seconds(1));
  Json answer = night.now_answer;
  Json other = answer["incidents"].as_array()[0];
  other.Set("id", "INC-300").Set("severity", "critical");
  night.Answer(
      "now", answer.Set("incidents", Json::Array{other, Json(answer["incidents"].as_array()[0])}));
  EXPECT_TRUE(night.Shows("INC-300"));
  night.effects.clear();
  night.Type("a");
  EXPECT_EQ(night.Take(EffectKind::kPost).path, "");
  EXPECT_TRUE(night.Shows("INC-300 is shown only now."));
  night.now = night.now + Duration::Seconds(1);
  night.Type("a");
  EXPECT_EQ(night.Take(EffectKind::kPost).path, "incidents/INC-300/acknowledge?lang=en");
}

TEST(TopKeysTest, ResolvingAsksForTheReasonThenShowsItAndAsksAgain) {
  Night night("paged");
  night.Type("r");
  EXPECT_TRUE(night.Shows("those who were paged are told"));
  EXPECT_TRUE(night.Shows("still fires"));
  night.Type("\r");  // Without a reason nothing goes on.
  EXPECT_EQ(night.state.mode, Mode::kReason);
  night.Type("rolled back\r");
  EXPECT_EQ(night.state.mode, Mode::kConfirm);
  EXPECT_TRUE(night.Shows("rolled back"));
  night.Type("xq\r");  // Slips decide nothing.
  EXPECT_EQ(night.state.mode, Mode::kConfirm);
  EXPECT_EQ(night.Take(EffectKind::kPost).path, "");
  night.Type("n");  // Back to the words, which are there.
  EXPECT_EQ(night.state.editor.text(), "rolled back");
  night.Type(" again\ry");
  const Effect sent = night.Take(EffectKind::kPost);
  EXPECT_EQ(sent.path, "incidents/" + IdOf(night) + "/resolve?lang=en");
  EXPECT_EQ(sent.body["reason"].as_string(), "rolled back again");
}

TEST(TopKeysTest, EscalatingSaysWhomItCallsAndSendsOnlyThat) {
  Night night("paged");
  night.Type("e");
  EXPECT_TRUE(night.Shows("Call L2 now"));
  EXPECT_TRUE(night.Shows("Sends a page to"));
  night.Type("n");
  EXPECT_EQ(night.Take(EffectKind::kPost).path, "");
  night.Type("ey");
  EXPECT_EQ(night.Take(EffectKind::kPost).path, "incidents/" + IdOf(night) + "/escalate?lang=en");
  night.Answer("command", Done(night));
  EXPECT_TRUE(night.Shows("L2 is called"));
}

TEST(TopKeysTest, WhatIsNotTheNextAnyMoreIsNotSent) {
  Night night("paged");
  night.Type("e");
  Json answer = night.now_answer;
  Json incident = answer["incidents"].as_array()[0];
  incident.Set("next_step",
               Json::MakeObject().Set("level", "L3").Set("due_at", "2026-11-24T00:00:00Z"));
  night.Answer("now", answer.Set("incidents", Json::Array{incident}));
  night.effects.clear();
  night.Type("y");
  EXPECT_EQ(night.Take(EffectKind::kPost).path, "");
  EXPECT_TRUE(night.Shows("Nothing was sent"));
}

TEST(TopKeysTest, ANoteSurvivesTheServerAndIsNotWrittenTwice) {
  Night night("paged");
  night.Type("n3 台目を再起動\r");
  const Effect first = night.Take(EffectKind::kPost);
  EXPECT_EQ(first.body["text"].as_string(), "3 台目を再起動");
  night.Answer("command", Unavailable("cannot ask"));
  EXPECT_TRUE(night.Shows("could not be written. The server does not answer."));
  EXPECT_TRUE(night.Shows("n offers it again"));
  night.Type("\x1b");
  EXPECT_TRUE(night.Shows("is not sent yet"));
  night.Type("n");
  EXPECT_EQ(night.state.editor.text(), "3 台目を再起動");
  night.Type("\r");
  const Effect again = night.Take(EffectKind::kPost);
  EXPECT_EQ(again.key, first.key);  // If the first did arrive, this one does nothing.
  night.Answer("command", Timeout("cannot ask"));
  night.Type("n!\r");
  EXPECT_NE(night.Take(EffectKind::kPost).key, first.key);  // Other words are another note.
  night.Answer("command", Done(night));
  EXPECT_TRUE(night.Shows("is written"));
  EXPECT_TRUE(night.state.kept.empty());
}

TEST(TopKeysTest, LettersAreTextWhereTextIsEnteredAndPastesNeverKeys) {
  Night night("paged");
  night.Type("\x1b[200~are you qa\x1b[201~");
  EXPECT_TRUE(night.effects.empty());
  night.Type("nare you qa?");
  EXPECT_TRUE(night.effects.empty());
  EXPECT_EQ(night.state.editor.text(), "are you qa?");
  night.Type("\x1b");
  EXPECT_EQ(night.state.mode, Mode::kBrowse);
  EXPECT_EQ(night.Take(EffectKind::kPost).path, "");
}

TEST(TopKeysTest, WhoMayOnlyReadIsToldSo) {
  Night night("paged");
  Json answer = night.now_answer;
  Json server = answer["server"];
  server.Set("rights", Json::Array{"console:read"});
  night.Answer("now", answer.Set("server", server));
  for (const char* keys : {"a", "r", "e", "n"}) {
    night.effects.clear();
    night.Type(keys);
    EXPECT_TRUE(night.Shows("View only")) << keys;
    EXPECT_EQ(night.Take(EffectKind::kPost).path, "");
    EXPECT_EQ(night.state.mode, Mode::kBrowse);
  }
}

TEST(TopKeysTest, TheFilterNarrowsTheListUntilEsc) {
  Night night("paged");
  night.Type("ga/memory");
  EXPECT_TRUE(night.Shows("HighMemoryUsage"));
  EXPECT_FALSE(night.Shows("HighCPUUsage"));
  night.Type("\r");
  EXPECT_TRUE(night.Shows("Only what matches"));
  night.Type("\x1b");
  EXPECT_TRUE(night.Shows("HighCPUUsage"));
  EXPECT_EQ(night.state.screen, Screen::kAlarms);
  night.Type("/nothing at all");
  EXPECT_TRUE(night.Shows("Nothing matches"));
}

TEST(TopKeysTest, TheSelectionStaysOnItsRowWhenOthersComeBeforeIt) {
  Night night("paged");
  night.Type("gajj");
  const auto before = night.state.selected[Screen::kAlarms];
  Json answer = night.now_answer;
  Json::Array alarms = answer["alarms"].as_array();
  std::rotate(alarms.begin(), alarms.end() - 1, alarms.end());
  night.Answer("now", answer.Set("alarms", alarms));
  const auto rows = Rows(night.state);
  EXPECT_EQ(rows[SelectedRow(night.state, rows)].id, before);
}

TEST(TopKeysTest, UtcQuitAndTheRest) {
  Night night("paged");
  night.Type("u");
  EXPECT_TRUE(night.Shows("18:26:48 UTC"));
  night.Type("u?");
  EXPECT_TRUE(night.Shows("Keyboard"));
  night.Type("x");
  EXPECT_FALSE(night.Shows("Keyboard"));
  for (const char* keys : {"q", "\x03", "nq\x03"}) {
    Night other("paged");
    other.Type(keys);
    ASSERT_EQ(other.effects.size(), 1u) << keys;
    EXPECT_EQ(other.effects[0].kind, EffectKind::kQuit);
  }
  night.effects.clear();
  night.Type("\x1a");
  EXPECT_EQ(night.Take(EffectKind::kSuspend).kind, EffectKind::kSuspend);
  night.Type(":nowhere\r");
  EXPECT_TRUE(night.Shows("Nothing is named nowhere."));
}

}  // namespace
}  // namespace hinomi::cli::top
