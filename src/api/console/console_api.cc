#include "api/console/console_api.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "api/console/impl/alarm_list.h"
#include "api/console/impl/answering.h"
#include "api/console/impl/explain.h"
#include "base/strings.h"
#include "http/answer.h"

namespace hinomi::api {
namespace {

using http::Request;
using http::Response;
using impl::AddAnswer;
using impl::ContextPtr;
using impl::LanguageOf;
using impl::MakeUnseal;
using impl::QueryNumber;
using impl::RenderEntry;
using impl::Unseal;

constexpr size_t kTimelineEntries = 500;
constexpr size_t kChanges = 20;
constexpr size_t kSearchedForChanges = 400;
constexpr size_t kResolvedShown = 5;
constexpr Duration kPictureLag = Duration::Seconds(2);
constexpr size_t kUrgentAlarms = 100;
constexpr size_t kUrgentIncidents = 50;
Result<Json> IncidentJson(const ConsoleContext& context, const Picture& picture,
                          const incidents::Incident& incident, text::Language language) {
  HN_TRY(const auto entries,
         context.store.ReadSubject("incident:" + incident.opened.incident, 0, kTimelineEntries));
  return impl::RenderIncident(picture, incident, entries, language, MakeUnseal(context));
}

// What a person would tell the next one: each page's sending and each sign that
// an incident goes on are in the incident's own timeline, and an alarm that got
// its first data is as it should be.
bool IsChange(const store::JournalEntry& entry) {
  for (const std::string_view detail :
       {"page.queued", "page.attempted", "escalation.started", "escalation.ended", "alarm.action",
        "incident.signal", "service.health_changed", "service.scale_attempted"})
    if (entry.event.type.starts_with(detail)) return false;
  const bool declined = entry.event.type == "service.scaling_declined";
  if (!entry.event.type.starts_with("alarm.") && !declined) return true;
  const auto body = ops_model::DecodeEvent(entry.event.type, entry.event.version, entry.event.body);
  if (const auto* stays = body ? std::get_if<ops_model::ServiceScalingDeclined>(&*body) : nullptr)
    return stays->reason_code != "cooldown";
  const auto* moved = body ? std::get_if<ops_model::AlarmTransitioned>(&*body) : nullptr;
  return moved == nullptr || moved->from != ops_model::AlarmState::kInsufficientData ||
         moved->to != ops_model::AlarmState::kOk;
}

Result<Json> RecentChanges(const ConsoleContext& context, text::Language language) {
  HN_TRY(const store::Head head, context.store.JournalHead());
  const uint64_t after =
      head.sequence > kSearchedForChanges ? head.sequence - kSearchedForChanges : 0;
  HN_TRY(const auto entries, context.store.ReadJournal(after, kSearchedForChanges));
  Json rendered = Json::MakeArray();
  size_t count = 0;
  const Unseal unseal = MakeUnseal(context);
  for (auto entry = entries.rbegin(); entry != entries.rend() && count < kChanges; ++entry) {
    if (!IsChange(*entry)) continue;
    rendered.Append(RenderEntry(*entry, language, unseal));
    ++count;
  }
  return rendered;
}

// Open incidents, newest first.
std::vector<const incidents::Incident*> OpenIncidents(const Picture& picture) {
  std::vector<const incidents::Incident*> open;
  for (const auto& [name, incident] : picture.world.incidents.open) open.push_back(&incident);
  std::sort(open.begin(), open.end(),
            [](const auto* a, const auto* b) { return a->opened_at > b->opened_at; });
  return open;
}

// Those that need a person most: not taken, then severe, then new.
std::vector<const incidents::Incident*> UrgentIncidents(const Picture& picture) {
  auto open = OpenIncidents(picture);
  std::stable_sort(open.begin(), open.end(), [](const auto* a, const auto* b) {
    const auto rank = [](const incidents::Incident& i) {
      return std::pair(i.acknowledged_at != Instant(), i.opened.severity);
    };
    return rank(*a) < rank(*b);
  });
  if (open.size() > kUrgentIncidents) open.resize(kUrgentIncidents);
  return open;
}

Json Counts(const Picture& picture) {
  int64_t untaken = 0;
  for (const auto& [name, incident] : picture.world.incidents.open)
    if (incident.acknowledged_at == Instant()) ++untaken;
  return impl::CountAlarms(picture)
      .Set("incidents", picture.world.incidents.open.size())
      .Set("unacknowledged", untaken);
}

Result<Json> Now(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  const text::Language language = LanguageOf(context, request);
  const policy::OpsFolder& policy = *picture->policy;
  const Json user = context.describe_user(request.user);

  Json alarms = Json::MakeArray();
  for (const policy::AlarmDocument* alarm : impl::UrgentAlarms(*picture, kUrgentAlarms))
    alarms.Append(impl::AlarmNow(context, *picture, *alarm, language));
  Json open = Json::MakeArray();
  for (const incidents::Incident* incident : UrgentIncidents(*picture)) {
    HN_TRY(Json rendered, IncidentJson(context, *picture, *incident, language));
    open.Append(std::move(rendered));
  }
  Json resolved = Json::MakeArray();
  const auto& kept = picture->world.incidents.resolved;
  for (size_t i = 0; i < std::min(kResolvedShown, kept.size()); ++i) {
    HN_TRY(Json rendered, IncidentJson(context, *picture, kept[kept.size() - 1 - i], language));
    resolved.Append(std::move(rendered));
  }
  HN_TRY(Json changes, RecentChanges(context, language));

  return Json::MakeObject()
      .Set("server", Json::MakeObject()
                         .Set("release", context.release)
                         .Set("started_at", impl::TimeOrNull(context.started_at))
                         .Set("now", FormatRfc3339(context.clock.Now()))
                         .Set("time_zone", policy.server.time_zone)
                         .Set("language", policy.server.language)
                         .Set("no_auth", context.no_auth)
                         .Set("leading", picture->leading)
                         .Set("user", request.user)
                         .Set("roles", user["roles"])
                         .Set("rights", user["rights"]))
      .Set("sequence", picture->sequence)
      .Set("alarms", alarms)
      .Set("counts", Counts(*picture))
      .Set("incidents", open)
      .Set("resolved", resolved)
      .Set("changes", changes)
      .Set("findings", impl::RenderFindings(context.findings(), language))
      .Set("channels", impl::RenderChannels(policy, language))
      .Set("undelivered", impl::RenderUndelivered(*picture))
      .Set("resources", impl::RenderResources(policy));
}

Result<Json> Incidents(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  const text::Language language = LanguageOf(context, request);
  std::string_view state = request.QueryValue("state");
  if (state.empty()) state = "open";
  if (state != "open" && state != "resolved" && state != "all")
    return InvalidArgument("state is open, resolved or all, not '" + std::string(state) + "'");
  HN_TRY(const uint64_t offset, QueryNumber(request, "offset", 0));
  HN_TRY(const uint64_t limit, QueryNumber(request, "limit", 100));
  std::vector<const incidents::Incident*> found;
  if (state != "resolved") found = OpenIncidents(*picture);
  const auto& kept = picture->world.incidents.resolved;
  if (state != "open")
    for (auto incident = kept.rbegin(); incident != kept.rend(); ++incident)
      found.push_back(&*incident);
  Json rendered = Json::MakeArray();
  const size_t end = std::min<size_t>(found.size(), offset + std::min(limit, impl::kMostListed));
  for (size_t i = offset; i < end; ++i) {
    HN_TRY(Json one, IncidentJson(context, *picture, *found[i], language));
    rendered.Append(std::move(one));
  }
  return Json::MakeObject().Set("incidents", rendered).Set("total", found.size());
}

Result<Json> IncidentOne(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  const std::string id(request.PathValue("id"));
  const incidents::Incident* incident = picture->world.incidents.Find(id);
  if (incident == nullptr) return NotFound("there is no incident " + id);
  return IncidentJson(context, *picture, *incident, LanguageOf(context, request));
}

Result<Json> ExplainOne(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  const Unseal unseal = MakeUnseal(context);
  impl::ExplainSource source{*picture, context.store, LanguageOf(context, request), unseal};
  if (context.model)
    source.model = [&context](const policy::AlarmDocument& alarm) {
      return context.model(alarm, context.clock.Now());
    };
  return impl::Explain(source, request.PathValue("name"));
}

// --- routes ------------------------------------------------------------------

void AddFeedRoute(http::Server& server, const ContextPtr& context) {
  http::Route route;
  route.method = "GET";
  route.pattern = "/api/hinomi/v1/events";
  route.right = "console:read";
  route.handler = [context](const Request& request) {
    std::string_view last = request.Header("last-event-id");
    if (last.empty()) last = request.QueryValue("after");
    const uint64_t after = ParseUint(last).value_or(0);
    Response response;
    response.content_type = "text/event-stream";
    response.headers.emplace_back("Cache-Control", "no-store");
    response.stream = [context, after](std::shared_ptr<http::StreamSink> sink) {
      context->feed.Subscribe(std::move(sink), after);
    };
    return response;
  };
  server.Add(std::move(route));
}

}  // namespace

Json IncidentAfter(const ConsoleContext& context, const Request& request, const Json& answer) {
  const store::Head head = context.store.JournalHead().value_or(store::Head{});
  const Duration deadline = context.clock.Monotonic() + kPictureLag;
  auto picture = context.picture();
  while (picture->sequence < head.sequence && context.clock.Monotonic() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    picture = context.picture();
  }
  const auto* incident = picture->world.incidents.Find(answer["incident"].as_string());
  if (incident == nullptr) return Json::MakeObject().Set("id", answer["incident"]);
  Result<Json> rendered = IncidentJson(context, *picture, *incident, LanguageOf(context, request));
  return rendered ? *std::move(rendered) : Json::MakeObject().Set("id", answer["incident"]);
}

http::Response JsonResponse(const Json& body, int status) {
  Response response = http::JsonAnswer(body, status);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

http::Response ErrorResponse(const Error& error) {
  // Of a request 429 says that the sender asked too often; here it is our disk
  // or memory that is full.
  const int status = error.code == ErrorCode::kExhausted ? 503 : http::StatusOfError(error.code);
  return JsonResponse(
      Json::MakeObject().Set(
          "error",
          Json::MakeObject().Set("code", ErrorCodeName(error.code)).Set("message", error.message)),
      status);
}

void AddConsoleRoutes(http::Server& server, ContextPtr context) {
  AddAnswer(server, context, "GET", "now", "console:read", Now);
  AddAnswer(server, context, "GET", "incidents", "console:read", Incidents);
  AddAnswer(server, context, "GET", "incidents/{id}", "console:read", IncidentOne);
  AddAnswer(server, context, "GET", "explain/{name}", "console:read", ExplainOne);
  AddAlarmRoutes(server, context);
  AddTargetRoutes(server, context);
  AddCommandRoutes(server, context);
  AddJournalRoutes(server, context);
  AddSettingsRoutes(server, context);
  AddFeedRoute(server, context);
}

}  // namespace hinomi::api
