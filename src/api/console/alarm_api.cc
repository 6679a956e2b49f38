#include <algorithm>

#include "api/console/console_api.h"
#include "api/console/impl/alarm_list.h"
#include "api/console/impl/answering.h"
#include "api/console/impl/backtest.h"
#include "api/console/impl/bands.h"
#include "api/console/impl/check_data.h"
#include "base/strings.h"
#include "policy/find.h"

namespace hinomi::api {
namespace {

using http::Request;

constexpr int kMostPoints = 11'000;

Result<const policy::AlarmDocument*> FindAlarm(const Picture& picture, std::string_view name) {
  if (const auto* alarm = policy::FindAlarm(*picture.policy, name)) return alarm;
  std::vector<std::string> names;
  for (const policy::AlarmDocument& alarm : picture.policy->alarms) names.push_back(alarm.name);
  std::string message = "there is no alarm " + std::string(name);
  if (const auto nearest = NearestName(name, names))
    message += "; did you mean " + *nearest + "?";
  else
    message += "; GET alarms and 'hinomi alarm list' list those of alarms.yml";
  return NotFound(message);
}

Result<Json> AlarmOne(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  const text::Language language = impl::LanguageOf(context, request);
  HN_TRY(const policy::AlarmDocument* alarm, FindAlarm(*picture, request.PathValue("name")));
  HN_TRY(const auto entries, context.store.ReadSubject("alarm:" + alarm->name, 0, 100));
  Json history = Json::MakeArray();
  Json transitions = Json::MakeArray();
  const impl::Unseal unseal = impl::MakeUnseal(context);
  for (const store::JournalEntry& entry : entries) {
    history.Append(impl::RenderEntry(entry, language, unseal));
    const auto body =
        ops_model::DecodeEvent(entry.event.type, entry.event.version, entry.event.body);
    if (const auto* moved = body ? std::get_if<ops_model::AlarmTransitioned>(&*body) : nullptr)
      transitions.Append(Json::MakeObject()
                             .Set("at", FormatRfc3339(entry.at))
                             .Set("from", ops_model::AlarmStateName(moved->from))
                             .Set("to", ops_model::AlarmStateName(moved->to)));
    const auto* contributor =
        body ? std::get_if<ops_model::AlarmContributorMoved>(&*body) : nullptr;
    if (contributor != nullptr)
      transitions.Append(Json::MakeObject()
                             .Set("at", FormatRfc3339(entry.at))
                             .Set("contributor", contributor->contributor)
                             .Set("from", ops_model::AlarmStateName(contributor->from))
                             .Set("to", ops_model::AlarmStateName(contributor->to)));
  }
  Json rendered = impl::AlarmNow(context, *picture, *alarm, language);
  if (alarm->is_promql() && context.evaluation_error)
    if (std::string error = context.evaluation_error(*alarm); !error.empty())
      rendered.Set("evaluation_error", std::move(error));
  impl::SetWorstDelay(rendered, *picture->policy, *alarm);
  if (alarm->has_band() && context.model) {
    HN_TRY(const alarms::ModelSummary model, context.model(*alarm, context.clock.Now()));
    rendered.Set("model", impl::RenderModel(model, language));
  }
  rendered.Set("history", history).Set("transitions", transitions);
  return rendered;
}

Result<Json> AlarmSeries(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  HN_TRY(const policy::AlarmDocument* alarm, FindAlarm(*picture, request.PathValue("name")));
  HN_TRY(const Instant to, impl::QueryTime(request, "to", context.clock.Now()));
  HN_TRY(const Instant from, impl::QueryTime(request, "from", to - Duration::Hours(3)));
  Duration step = alarm->period;
  if (const auto text = request.QueryValue("step_seconds"); !text.empty()) {
    const auto seconds = ParseInt(text);
    if (!seconds || *seconds < 1 || *seconds > 86'400 * 31)
      return InvalidArgument("step_seconds is a number of seconds, 1 to 2678400");
    step = Duration::Seconds(*seconds);
  }
  if (from >= to) return InvalidArgument("from must be before to");
  // Periods on whole multiples, so that the same minute is the same point at each call.
  const Instant end = Instant::FromNanos((to.nanos() / step.nanos() + 1) * step.nanos());
  const int64_t count = (end - from) / step;
  if (count > kMostPoints)
    return InvalidArgument("that would be " + std::to_string(count) + " points, more than " +
                           std::to_string(kMostPoints) + ": take a larger step_seconds");
  HN_TRY(const auto points, context.points(*alarm, end, step, static_cast<int>(count)));
  Json rendered = Json::MakeArray();
  for (auto point = points.rbegin(); point != points.rend(); ++point)
    rendered.Append(
        Json::Array{Json(point->at.seconds()), point->value ? Json(*point->value) : Json()});
  if (!alarm->has_band())
    return Json::MakeObject().Set("points", rendered).Set("threshold", alarm->threshold);
  Json bands = Json::MakeArray();
  for (auto point = points.rbegin(); point != points.rend(); ++point)
    if (point->band)
      bands.Append(Json::Array{Json(point->at.seconds()), Json(point->band->lower),
                               Json(point->band->upper)});
  return Json::MakeObject()
      .Set("points", rendered)
      .Set("threshold", Json())
      .Set("bands", std::move(bands));
}

Result<Json> AlarmMany(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  const text::Language language = impl::LanguageOf(context, request);
  const std::string_view state = request.QueryValue("state");
  if (!state.empty() && state != "OK" && state != "ALARM" && state != "INSUFFICIENT_DATA")
    return InvalidArgument("state is OK, ALARM or INSUFFICIENT_DATA, not '" + std::string(state) +
                           "'");
  HN_TRY(const uint64_t offset, impl::QueryNumber(request, "offset", 0));
  HN_TRY(const uint64_t limit, impl::QueryNumber(request, "limit", 200));
  const impl::AlarmList found = impl::ListAlarms(*picture, state, request.QueryValue("match"));
  Json alarms = Json::MakeArray();
  const size_t end = std::min<size_t>(found.size(), offset + std::min(limit, impl::kMostListed));
  for (size_t i = offset; i < end; ++i)
    alarms.Append(impl::AlarmNow(context, *picture, *found[i], language));
  return Json::MakeObject()
      .Set("alarms", alarms)
      .Set("total", found.size())
      .Set("counts", impl::CountAlarms(*picture));
}

}  // namespace

void AddAlarmRoutes(http::Server& server, impl::ContextPtr context) {
  impl::AddAnswer(server, context, "GET", "alarms", "console:read", AlarmMany);
  impl::AddAnswer(server, context, "GET", "alarms/{name}", "console:read", AlarmOne);
  impl::AddAnswer(server, context, "GET", "alarms/{name}/series", "console:read", AlarmSeries);
  impl::AddAnswer(server, context, "POST", "alarms/backtest", "console:read", impl::Backtest,
                  http::Lane::kBackground);
  impl::AddAnswer(server, context, "POST", "alarms/check", "console:read", impl::CheckData,
                  http::Lane::kBackground);
}

}  // namespace hinomi::api
