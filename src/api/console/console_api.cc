#include "api/console/console_api.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "api/console/impl/explain.h"
#include "api/console/impl/render.h"
#include "api/console/impl/render_document.h"
#include "base/strings.h"
#include "control/personal.h"
#include "http/answer.h"
#include "store/checkpoint.h"
#include "store/verify.h"

namespace hinomi::api {
namespace {

using http::Request;
using http::Response;
using impl::RenderEntry;
using impl::Unseal;
using ContextPtr = std::shared_ptr<const ConsoleContext>;

constexpr size_t kTimelineEntries = 500;
constexpr size_t kChanges = 20;
constexpr size_t kSearchedForChanges = 400;
constexpr size_t kResolvedShown = 5;
constexpr Duration kPictureLag = Duration::Seconds(2);
constexpr int kMostPoints = 11'000;

text::Language LanguageOf(const ConsoleContext& context, const Request& request) {
  if (const auto asked = text::LanguageFromTag(request.QueryValue("lang"))) return *asked;
  const auto own = text::LanguageFromTag(context.picture()->policy->server.language)
                       .value_or(text::Language::kEnglish);
  return text::LanguageFromHeader(request.Header("accept-language"), own);
}

Unseal MakeUnseal(const ConsoleContext& context) {
  return [&store = context.store](const std::string& text) -> std::string {
    if (!control::IsSealed(text)) return text;
    const auto opened = store.ReadPersonal(std::string(control::CommitmentOf(text)));
    return opened && *opened ? **opened : std::string();
  };
}

std::optional<double> NewestValue(const ConsoleContext& context,
                                  const policy::AlarmDocument& alarm) {
  const auto points = context.points(alarm, context.clock.Now(), alarm.period, 3);
  if (!points) return std::nullopt;
  for (const ops_model::Datapoint& point : *points)
    if (point.value) return point.value;
  return std::nullopt;
}

Result<Json> IncidentJson(const ConsoleContext& context, const Picture& picture,
                          const incidents::Incident& incident, text::Language language) {
  HN_TRY(const auto entries,
         context.store.ReadSubject("incident:" + incident.opened.incident, 0, kTimelineEntries));
  return impl::RenderIncident(picture, incident, entries, language, MakeUnseal(context));
}

// Newest first.
Result<std::vector<store::JournalEntry>> RecentEntries(const ConsoleContext& context,
                                                       uint64_t before, size_t limit) {
  HN_TRY(const store::Head head, context.store.JournalHead());
  const uint64_t last = before == 0 ? head.sequence : std::min(before - 1, head.sequence);
  const uint64_t after = last > limit ? last - limit : 0;
  HN_TRY(auto entries, context.store.ReadJournal(after, last - after));
  std::ranges::reverse(entries);
  return entries;
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

Result<Json> Now(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  const text::Language language = LanguageOf(context, request);
  const policy::OpsFolder& policy = *picture->policy;
  const Json user = context.describe_user(request.user);

  Json alarms = Json::MakeArray();
  for (const policy::AlarmDocument& alarm : policy.alarms)
    alarms.Append(impl::RenderAlarm(*picture, alarm, NewestValue(context, alarm), language));
  Json open = Json::MakeArray();
  for (const incidents::Incident* incident : OpenIncidents(*picture)) {
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
      .Set("incidents", open)
      .Set("resolved", resolved)
      .Set("changes", changes)
      .Set("findings", impl::RenderFindings(context.findings()))
      .Set("channels", impl::RenderChannels(policy))
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
  Json rendered = Json::MakeArray();
  const auto add = [&](const incidents::Incident& incident) -> Status {
    HN_TRY(Json one, IncidentJson(context, *picture, incident, language));
    rendered.Append(std::move(one));
    return {};
  };
  if (state != "resolved")
    for (const incidents::Incident* incident : OpenIncidents(*picture)) HN_TRY_VOID(add(*incident));
  if (state != "open") {
    const auto& kept = picture->world.incidents.resolved;
    for (size_t i = 0; i < std::min<size_t>(kept.size(), 100); ++i)
      HN_TRY_VOID(add(kept[kept.size() - 1 - i]));
  }
  return Json::MakeObject().Set("incidents", rendered);
}

Result<Json> IncidentOne(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  const std::string id(request.PathValue("id"));
  const incidents::Incident* incident = picture->world.incidents.Find(id);
  if (incident == nullptr) return NotFound("there is no incident " + id);
  return IncidentJson(context, *picture, *incident, LanguageOf(context, request));
}

Result<const policy::AlarmDocument*> FindAlarm(const Picture& picture, std::string_view name) {
  std::vector<std::string> names;
  for (const policy::AlarmDocument& alarm : picture.policy->alarms) {
    if (alarm.name == name) return &alarm;
    names.push_back(alarm.name);
  }
  std::string message = "there is no alarm " + std::string(name);
  if (const auto nearest = NearestName(name, names)) message += "; did you mean " + *nearest + "?";
  return NotFound(message);
}

Result<Json> AlarmOne(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  const text::Language language = LanguageOf(context, request);
  HN_TRY(const policy::AlarmDocument* alarm, FindAlarm(*picture, request.PathValue("name")));
  HN_TRY(const auto entries, context.store.ReadSubject("alarm:" + alarm->name, 0, 100));
  Json history = Json::MakeArray();
  const Unseal unseal = MakeUnseal(context);
  for (const store::JournalEntry& entry : entries)
    history.Append(RenderEntry(entry, language, unseal));
  Json rendered = impl::RenderAlarm(*picture, *alarm, NewestValue(context, *alarm), language);
  rendered.Set("history", history);
  return rendered;
}

Result<Instant> QueryTime(const Request& request, std::string_view name, Instant fallback) {
  const std::string_view text = request.QueryValue(name);
  if (text.empty()) return fallback;
  return ParseRfc3339(text);
}

Result<Json> AlarmSeries(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  HN_TRY(const policy::AlarmDocument* alarm, FindAlarm(*picture, request.PathValue("name")));
  HN_TRY(const Instant to, QueryTime(request, "to", context.clock.Now()));
  HN_TRY(const Instant from, QueryTime(request, "from", to - Duration::Hours(3)));
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
  return Json::MakeObject().Set("points", rendered).Set("threshold", alarm->threshold);
}

Result<Json> Journal(const ConsoleContext& context, const Request& request) {
  const text::Language language = LanguageOf(context, request);
  const auto number = [&](std::string_view name, uint64_t fallback) -> Result<uint64_t> {
    const std::string_view text = request.QueryValue(name);
    if (text.empty()) return fallback;
    if (const auto value = ParseUint(text)) return *value;
    return InvalidArgument(std::string(name) + " is a number, not '" + std::string(text) + "'");
  };
  HN_TRY(const uint64_t before, number("before", 0));
  HN_TRY(uint64_t limit, number("limit", 50));
  limit = std::clamp<uint64_t>(limit, 1, 1000);
  const std::string subject(request.QueryValue("subject"));
  HN_TRY(const auto found, subject.empty() ? RecentEntries(context, before, limit)
                                           : context.store.ReadSubject(subject, before, limit));
  const auto render =
      request.QueryValue("data") == "true" ? impl::RenderWithData : impl::RenderEntry;
  const Unseal unseal = MakeUnseal(context);
  Json entries = Json::MakeArray();
  for (const store::JournalEntry& entry : found) entries.Append(render(entry, language, unseal));
  HN_TRY(const store::Head head, context.store.JournalHead());
  return Json::MakeObject()
      .Set("entries", entries)
      .Set("head", Json::MakeObject().Set("sequence", head.sequence).Set("hash", ToHex(head.hash)));
}

Result<Json> Targets(const ConsoleContext& context, const Request&) {
  Json targets = Json::MakeArray();
  for (const TargetState& target : context.targets())
    targets.Append(Json::MakeObject()
                       .Set("job", target.job)
                       .Set("target", target.target)
                       .Set("state", target.state)
                       .Set("error", target.error)
                       .Set("last_at", impl::TimeOrNull(target.last_at))
                       .Set("samples", target.samples));
  return Json::MakeObject().Set("targets", targets);
}

Result<Json> ExplainOne(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  const Unseal unseal = MakeUnseal(context);
  return impl::Explain({*picture, context.store, LanguageOf(context, request), unseal},
                       request.PathValue("name"));
}

Result<Json> BodyOf(const Request& request) {
  if (request.body.empty()) return Json::MakeObject();
  HN_TRY(Json body, Json::Parse(request.body));
  if (!body.is_object()) return InvalidArgument("the body must be a JSON object");
  return body;
}

// --- routes ------------------------------------------------------------------

using Answer = Result<Json> (*)(const ConsoleContext&, const Request&);

void Add(http::Server& server, const ContextPtr& context, const char* method,
         const std::string& path, const char* right,
         std::function<Result<Json>(const ConsoleContext&, const Request&)> answer,
         http::Lane lane = http::Lane::kNormal) {
  http::Route route;
  route.method = method;
  route.pattern = "/api/hinomi/v1/" + path;
  route.right = right;
  route.lane = lane;
  route.handler = [context, answer = std::move(answer)](const Request& request) {
    const Result<Json> body = answer(*context, request);
    return body ? JsonResponse(*body) : ErrorResponse(body.error());
  };
  server.Add(std::move(route));
}

void AddJournalRoutes(http::Server& server, const ContextPtr& context) {
  Add(server, context, "GET", "journal", "console:read", Answer(Journal));
  Add(
      server, context, "POST", "journal/verify", "console:read",
      [](const ConsoleContext& c, const Request& r) -> Result<Json> {
        HN_TRY(const Json body, BodyOf(r));
        std::optional<store::Checkpoint> checkpoint;
        if (const std::string& text = body["checkpoint"].as_string(); !text.empty()) {
          HN_TRY(checkpoint, store::ParseCheckpoint(Trim(text)));
        }
        HN_TRY(const store::JournalProof proof, store::VerifyJournal(c.store, checkpoint));
        return Json::MakeObject()
            .Set("ok", proof.holds())
            .Set("sequence", proof.head.sequence)
            .Set("hash", ToHex(proof.head.hash))
            .Set("anchored", proof.anchored)
            .Set("message", proof.Statement());
      },
      http::Lane::kBackground);
  Add(server, context, "GET", "journal/checkpoint", "console:read",
      [](const ConsoleContext& c, const Request&) -> Result<Json> {
        HN_TRY(const auto checkpoints, c.store.ReadCheckpoints());
        if (checkpoints.empty())
          return NotFound("no checkpoint was made yet: one is made every 1,000 events or hour");
        return Json::MakeObject().Set("checkpoint", store::FormatCheckpoint(checkpoints.back()));
      });
}

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
  Add(server, context, "GET", "now", "console:read", Answer(Now));
  Add(server, context, "GET", "incidents", "console:read", Answer(Incidents));
  Add(server, context, "GET", "incidents/{id}", "console:read", Answer(IncidentOne));
  Add(server, context, "GET", "alarms/{name}", "console:read", Answer(AlarmOne));
  Add(server, context, "GET", "alarms/{name}/series", "console:read", Answer(AlarmSeries));
  Add(server, context, "GET", "targets", "console:read", Answer(Targets));
  Add(server, context, "GET", "document", "console:read",
      [](const ConsoleContext& c, const Request&) -> Result<Json> {
        return impl::RenderDocument(*c.picture()->policy);
      });
  Add(server, context, "GET", "explain/{name}", "console:read", Answer(ExplainOne));
  AddCommandRoutes(server, context);
  AddJournalRoutes(server, context);
  AddFeedRoute(server, context);
}

}  // namespace hinomi::api
