#include "notify/impl/texts.h"

#include <array>
#include <cstddef>

namespace hinomi::notify::impl {
namespace {

struct Entry {
  Text text;
  std::string_view en, ja;
};

constexpr std::array<Entry, static_cast<size_t>(Text::kCount)> kTexts = {{
    {Text::kSubjectPage, "[{severity}] {title} – {incident}{level}",
     "[{severity}] {title} – {incident}{level}"},
    {Text::kSubjectAcknowledged, "[acknowledged] {title} – {incident}: {by} has it",
     "[対応中] {title} – {incident}:{by} が対応しています"},
    {Text::kSubjectResolved, "[resolved] {title} – {incident}", "[解決] {title} – {incident}"},
    {Text::kSubjectTest, "[test] Hinomi reaches you here", "[テスト] Hinomi からの通知テスト"},
    {Text::kCritical, "critical", "緊急"},
    {Text::kError, "error", "障害"},
    {Text::kWarning, "warning", "警告"},
    {Text::kInfo, "info", "情報"},
    {Text::kIncident, "Incident", "インシデント"},
    {Text::kSeverity, "Severity", "重大度"},
    {Text::kService, "Service", "サービス"},
    {Text::kAlarm, "Alarm", "アラーム"},
    {Text::kReason, "Reason", "理由"},
    {Text::kOpenedAt, "Since", "発生"},
    {Text::kLevel, "Level", "レベル"},
    {Text::kAcknowledgedStillOpen, "Acknowledged by {by} at {at}, still open.",
     "{at} に {by} が確認しましたが、まだ解決していません。"},
    {Text::kAcknowledgedBy, "Acknowledged by {by} at {at}.", "{at} に {by} が確認しました。"},
    {Text::kResolvedBy, "Resolved by {by} at {at}.", "{at} に {by} が解決しました。"},
    {Text::kResolvedByItself, "The alarm recovered at {at}.",
     "{at} にアラームが正常に戻りました。"},
    {Text::kResolvedByMerging, "{by} found it to be the same as {incident}, which goes on.",
     "{by} が {incident} と同じものとしてまとめました。{incident} は続いています。"},
    {Text::kLasted, "It lasted {duration}.", "継続時間は {duration} でした。"},
    {Text::kNote, "Note: {text}", "メモ:{text}"},
    {Text::kNotResolvedInTime, "It was not resolved in time.", "時間内に解決しませんでした。"},
    {Text::kNotAcknowledgedInTime, "Nobody acknowledged it in time.",
     "時間内に誰も確認しませんでした。"},
    {Text::kBecauseCritical, "You are told at once because it is critical.",
     "クリティカル障害のため、直ちにお知らせします。"},
    {Text::kBecauseAsked, "Somebody asked for you.", "担当者からエスカレーションされました。"},
    {Text::kBecauseNobodyReachable, "Nobody of the level before could be reached.",
     "前のレベルの誰にも連絡できませんでした。"},
    {Text::kBecauseFailover, "Another way to reach you failed.",
     "ほかの連絡方法では届きませんでした。"},
    {Text::kBecauseRepeated, "You are told again: it goes on.",
     "まだ続いているため、もう一度お知らせします。"},
    {Text::kBecauseSeverityRaised, "It has become worse.", "重大度が上がりました。"},
    {Text::kBecauseAcknowledgementTimeout,
     "It was acknowledged long ago and is still open: it is nobody's again.",
     "確認されてから長い時間が経ちましたが解決していないため、担当者なしに戻りました。"},
    {Text::kBecauseSnoozeOver, "The time for which it was put off is over.",
     "再通知までの時間が過ぎました。"},
    {Text::kBecauseExhausted, "Every level was called and nobody has it in hand.",
     "すべてのレベルを呼びましたが、誰も対応していません。"},
    {Text::kBecauseNoOneOnCall, "Nobody of the level before is on call.",
     "前のレベルには当番がいません。"},
    {Text::kRecurrence, "The same problem as {incident}, which was resolved a moment ago.",
     "少し前に解決した {incident} の再発です。"},
    {Text::kAcknowledgeHere, "Acknowledge", "確認する"},
    {Text::kShow, "Show", "詳細"},
    {Text::kTestBody, "This is a test. Nothing is wrong and nothing is to be done.",
     "これはテストです。障害は発生しておらず、対応は不要です。"},
    {Text::kTestFired, "This is a test, fired by {by}. Nothing is wrong.",
     "これは {by} によるテストです。障害は発生していません。"},
}};

/// The table is looked up by index: each entry must stand at its own.
constexpr bool InOrder() {
  for (size_t i = 0; i < kTexts.size(); ++i)
    if (static_cast<size_t>(kTexts[i].text) != i || kTexts[i].en.empty() || kTexts[i].ja.empty())
      return false;
  return true;
}
static_assert(InOrder());

}  // namespace

std::string_view Lookup(Text text, std::string_view language) {
  const Entry& entry = kTexts[static_cast<size_t>(text)];
  return language == "ja" ? entry.ja : entry.en;
}

}  // namespace hinomi::notify::impl
