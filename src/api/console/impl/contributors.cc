#include "api/console/impl/contributors.h"

#include <utility>

namespace hinomi::api::impl {
namespace {

// More names make no sentence.
constexpr size_t kNamesInSentence = 3;

Json TextsOf(const std::map<std::string, std::string>& texts) {
  Json out = Json::MakeObject();
  for (const auto& [name, text] : texts) out.Set(name, text);
  return out;
}

Json RenderContributor(const alarms::Contributor& contributor) {
  const ops_model::AlarmContributorMoved& last = contributor.last;
  return Json::MakeObject()
      .Set("contributor", last.contributor)
      .Set("labels", TextsOf(last.labels))
      .Set("annotations", TextsOf(last.annotations))
      .Set("value", last.value)
      .Set("since", FormatRfc3339(contributor.since))
      .Set("active_at", FormatRfc3339(last.active_at))
      .Set("reason", last.reason)
      .Set("action", last.action)
      .Set("observing", last.observing)
      .Set("held_by", last.held_by);
}

}  // namespace

std::string PromqlSentence(const policy::AlarmDocument& alarm, const alarms::AlarmStatus& status,
                           text::Language language) {
  if (status.contributors.empty())
    return text::Format(language, "alarm.sentence_promql", {{"expr", alarm.expr}});
  std::string names;
  size_t count = 0;
  for (const auto& [name, contributor] : status.contributors) {
    if (count++ == kNamesInSentence) break;
    names += (names.empty() ? "" : ", ") + name;
  }
  if (status.contributors.size() > kNamesInSentence) names += " …";
  return text::Format(language, "alarm.sentence_contributors",
                      {{"n", std::to_string(status.contributors.size())}, {"names", names}});
}

void AddPromql(const policy::AlarmDocument& alarm, const alarms::AlarmStatus& status,
               text::Language language, Json& rendered) {
  Json contributors = Json::MakeArray();
  size_t count = 0;
  for (const auto& [name, contributor] : status.contributors)
    if (count++ < kContributorsShown) contributors.Append(RenderContributor(contributor));
  rendered.Set("expr", alarm.expr)
      .Set("for_seconds", alarm.hold.seconds())
      .Set("keep_firing_for_seconds", alarm.keep_firing_for.seconds())
      .Set("evaluation_interval_seconds", alarm.evaluation_interval.seconds())
      .Set("rule_file", alarm.rule_file)
      .Set("contributors", std::move(contributors))
      .Set("contributor_count", status.contributors.size())
      .Set("sentence", PromqlSentence(alarm, status, language));
}

}  // namespace hinomi::api::impl
