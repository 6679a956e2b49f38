#include <algorithm>
#include <optional>

#include "api/console/access_api.h"
#include "api/console/ack_page.h"
#include "api/console/console_api.h"
#include "api/console/impl/answering.h"
#include "api/console/impl/words.h"
#include "base/strings.h"
#include "base/zone.h"
#include "policy/find.h"

namespace hinomi::api {
namespace {

using http::Request;
using http::Response;
using AccessPtr = std::shared_ptr<const AccessContext>;

constexpr int kChartMinutes = 60;

std::string TitleOf(const policy::OpsFolder& policy, const std::string& contact) {
  for (const policy::ContactDocument& known : policy.contacts)
    if (known.name == contact && !known.title.empty()) return known.title;
  return contact;
}

text::Language LanguageOf(const AccessContext& context, const Request& request) {
  if (const auto asked = text::LanguageFromTag(request.QueryValue("lang"))) return *asked;
  const auto own = text::LanguageFromTag(context.picture()->policy->server.language)
                       .value_or(text::Language::kEnglish);
  return text::LanguageFromHeader(request.Header("accept-language"), own);
}

/// Of an alarm with a band the bound, as it is now, that the newest value passes or may pass.
double LimitOf(const policy::AlarmDocument& alarm,
               const std::vector<ops_model::Datapoint>& newest_first) {
  if (!alarm.has_band()) return alarm.threshold;
  for (const ops_model::Datapoint& point : newest_first) {
    if (!point.value || !point.band) continue;
    const bool below = alarm.comparison == policy::Comparison::kBelowBand ||
                       (alarm.comparison == policy::Comparison::kOutsideBand &&
                        *point.value < point.band->expected);
    return below ? point.band->lower : point.band->upper;
  }
  return 0;
}

std::optional<AckChart> ChartOf(const AccessContext& context, const policy::AlarmDocument& alarm,
                                text::Language language) {
  const auto points =
      context.points(alarm, context.clock.Now(), Duration::Minutes(1), kChartMinutes);
  if (!points) return std::nullopt;
  const impl::Measure measure = impl::MeasureOf(alarm);
  AckChart chart;
  chart.metric = impl::MetricName(alarm.metric, language);
  chart.unit = measure.unit;
  chart.threshold = LimitOf(alarm, *points) * measure.factor;
  for (auto point = points->rbegin(); point != points->rend(); ++point) {
    std::optional<double> value = point->value;
    if (value) *value *= measure.factor;
    chart.points.push_back({point->at, value});
  }
  return chart;
}

AckToldState ToldState(const notify::Page& page) {
  switch (page.state) {
    case notify::PageState::kDelivered:
      return page.queued.channel_type == "outbox" ? AckToldState::kFiled : AckToldState::kDelivered;
    case notify::PageState::kRetrying:
      return AckToldState::kRetrying;
    case notify::PageState::kDead:
    case notify::PageState::kCancelled:
      return AckToldState::kFailed;
    case notify::PageState::kQueued:
      break;
  }
  return AckToldState::kQueued;
}

std::vector<AckTold> ToldOf(const Picture& picture, const std::string& incident,
                            const std::string& reader) {
  std::vector<AckTold> told;
  for (const auto& [name, page] : picture.world.notify.pages) {
    if (page.queued.incident != incident || page.queued.kind != "page" ||
        page.queued.contact == reader)
      continue;
    told.push_back(
        {page.queued_at, TitleOf(*picture.policy, page.queued.contact), ToldState(page)});
  }
  std::sort(told.begin(), told.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return told;
}

void FillState(AckPageData& data, const policy::OpsFolder& policy,
               const incidents::Incident& incident, const identity::AcknowledgeLink& link) {
  if (!incident.is_open()) {
    data.state = AckState::kResolved;
    data.state_since = incident.resolved_at;
    data.acknowledged_by = TitleOf(policy, incident.resolved.by);
  } else if (incident.is_acknowledged()) {
    data.state = AckState::kAcknowledged;
    data.state_since = incident.acknowledged_at;
    data.acknowledged_by = TitleOf(policy, incident.acknowledged.by);
    data.by_reader = incident.acknowledged.by == link.contact;
  }
}

/// For the person who holds a phone: words, not JSON.
Response Refusal(const AccessContext& context, const Request& request, const Error& error) {
  Response response = ErrorResponse(error);
  response.content_type = "text/plain; charset=utf-8";
  response.body =
      text::Format(LanguageOf(context, request), "ack.link_refused", {{"reason", error.message}}) +
      "\n";
  return response;
}

Response Page(const AccessContext& context, const Request& request,
              const identity::AcknowledgeLink& link, const std::string& failure) {
  const auto picture = context.picture();
  const incidents::Incident* incident = picture->world.incidents.Find(link.incident);
  if (incident == nullptr)
    return Refusal(context, request, NotFound("there is no incident " + link.incident));
  const policy::OpsFolder& policy = *picture->policy;
  AckPageData data;
  data.language = LanguageOf(context, request);
  data.now = context.clock.Now();
  const ZoneOffset zone = OffsetAt(policy.server.time_zone, data.now);
  data.utc_offset = zone.offset;
  data.zone = zone.abbreviation;
  data.incident = link.incident;
  data.title = incident->opened.title;
  data.severity = incident->opened.severity;
  data.opened_at = incident->opened_at;
  if (const policy::AlarmDocument* alarm = policy::FindAlarm(policy, incident->opened.alarm)) {
    if (incident->is_open()) {
      const auto newest = impl::NewestPoint(context.points, *alarm, context.clock.Now());
      data.sentence = impl::AlarmSentence(*alarm, newest.value, data.language, newest.band);
    }
    data.chart = ChartOf(context, *alarm, data.language);
  }
  FillState(data, policy, *incident, link);
  data.failure = failure;
  data.person = TitleOf(policy, link.contact);
  data.action = request.path;
  if (!request.QueryValue("lang").empty())
    data.action += "?lang=" + std::string(text::LanguageTag(data.language));
  const auto upcoming = escalation::UpcomingSteps(picture->world.escalation, link.incident);
  const auto step = std::ranges::find(upcoming, "step", &escalation::Upcoming::kind);
  if (step != upcoming.end()) {
    data.next_level = step->level;
    data.next_level_at = step->at;
    if (!step->contacts.empty()) data.next_person = TitleOf(policy, step->contacts.front());
  }
  data.told = ToldOf(*picture, link.incident, link.contact);

  const AckPage page = RenderAckPage(data);
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers.emplace_back("Content-Security-Policy", page.content_security_policy);
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = page.html;
  return response;
}

std::string FormValue(std::string_view body, std::string_view name) {
  for (const std::string_view pair : Split(body, '&'))
    if (pair.starts_with(name) && pair.size() > name.size() && pair[name.size()] == '=')
      return std::string(pair.substr(name.size() + 1));
  return {};
}

Response Show(const AccessContext& context, const Request& request) {
  const auto link = context.links.Show(std::string(request.PathValue("secret")));
  return link ? Page(context, request, *link, "") : Refusal(context, request, link.error());
}

Response Post(const AccessContext& context, const Request& request) {
  const std::string secret(request.PathValue("secret"));
  const auto link = context.links.Show(secret);
  if (!link) return Refusal(context, request, link.error());
  const std::string wanted = FormValue(request.body, "do");
  if (wanted != "ack" && wanted != "escalate")
    return ErrorResponse(InvalidArgument("the form must say do=ack or do=escalate"));
  const Status done =
      context.links.Act(secret, [&](const identity::AcknowledgeLink& used) -> Status {
        CommandDesk::Request command;
        command.who = used.contact;
        command.via = "link";
        command.verb = wanted == "ack" ? "incident.acknowledge" : "incident.escalate";
        command.arguments = Json::MakeObject().Set("incident", used.incident);
        command.key = used.id + ":" + wanted;
        const Result<Json> answer = context.desk.Ask(command);
        return answer ? Status() : Status(answer.error());
      });
  return Page(context, request, *link, done ? "" : done.error().message);
}

}  // namespace

void AddAcknowledgeRoutes(http::Server& server, AccessPtr context) {
  http::Route show;
  show.method = "GET";
  show.pattern = "/ack/{secret}";
  show.right = "public";
  show.lane = http::Lane::kUrgent;
  // People come by a link in a mail or chat. It only shows.
  show.open_page = true;
  show.handler = [context](const Request& request) { return Show(*context, request); };
  http::Route act = show;
  act.method = "POST";
  act.open_page = false;
  act.content_type = "application/x-www-form-urlencoded";
  act.body_limit_bytes = 4096;
  act.handler = [context](const Request& request) { return Post(*context, request); };
  server.Add(std::move(show));
  server.Add(std::move(act));
}

}  // namespace hinomi::api
