#include "api/console/impl/answering.h"

#include "base/strings.h"
#include "control/personal.h"

namespace hinomi::api::impl {

void AddAnswer(http::Server& server, const ContextPtr& context, const char* method,
               const std::string& path, const char* right, Answer answer, http::Lane lane) {
  http::Route route;
  route.method = method;
  route.pattern = "/api/hinomi/v1/" + path;
  route.right = right;
  route.lane = lane;
  route.handler = [context, answer = std::move(answer)](const http::Request& request) {
    const Result<Json> body = answer(*context, request);
    return body ? JsonResponse(*body) : ErrorResponse(body.error());
  };
  server.Add(std::move(route));
}

text::Language LanguageOf(const ConsoleContext& context, const http::Request& request) {
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

Result<uint64_t> QueryNumber(const http::Request& request, std::string_view name,
                             uint64_t fallback) {
  const std::string_view text = request.QueryValue(name);
  if (text.empty()) return fallback;
  if (const auto value = ParseUint(text)) return *value;
  return InvalidArgument(std::string(name) + " is a number, not '" + std::string(text) + "'");
}

Result<Instant> QueryTime(const http::Request& request, std::string_view name, Instant fallback) {
  const std::string_view text = request.QueryValue(name);
  if (text.empty()) return fallback;
  Result<Instant> time = ParseRfc3339(text);
  if (!time) return std::move(time).error().WithContext(std::string(name));
  return time;
}

Result<Json> BodyOf(const http::Request& request) {
  if (request.body.empty()) return Json::MakeObject();
  HN_TRY(Json body, Json::Parse(request.body));
  if (!body.is_object()) return InvalidArgument("the body must be a JSON object");
  return body;
}

ops_model::Datapoint NewestPoint(const PointSource& points, const policy::AlarmDocument& alarm,
                                 Instant now) {
  const auto newest_first = points(alarm, now, alarm.period, 3);
  if (!newest_first) return {};
  for (const ops_model::Datapoint& point : *newest_first)
    if (point.value) return point;
  return {};
}

Json AlarmNow(const ConsoleContext& context, const Picture& picture,
              const policy::AlarmDocument& alarm, text::Language language) {
  return RenderAlarm(picture, alarm, NewestPoint(context.points, alarm, context.clock.Now()),
                     language);
}

}  // namespace hinomi::api::impl
