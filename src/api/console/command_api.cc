#include "api/console/console_api.h"
#include "api/console/impl/answering.h"
#include "api/console/impl/texts.h"

namespace hinomi::api {
namespace {

using http::Request;
using impl::ContextPtr;

// Asks for `verb` with the members of the body and `fixed`, which stand in the
// path: no body changes them.
Result<Json> Ask(const ConsoleContext& context, const Request& request, const std::string& verb,
                 const Json& fixed) {
  Json body = Json::MakeObject();
  if (!request.body.empty()) {
    HN_TRY(body, Json::Parse(request.body));
    if (!body.is_object()) return InvalidArgument("the body must be a JSON object");
  }
  CommandDesk::Request command;
  command.arguments = Json::MakeObject();
  for (const auto& [key, value] : body.as_object())
    if (key != "via") command.arguments.Set(key, value);
  if (verb == "incident.resolve" && body.contains("reason"))
    command.arguments.Set("text", body["reason"]);
  for (const auto& [key, value] : fixed.as_object()) command.arguments.Set(key, value);
  HN_TRY_VOID(impl::CheckArguments(command.arguments));
  command.who = request.user;
  command.via = body["via"].as_string() == "cli" ? "cli" : "console";
  command.verb = verb;
  command.key = request.Header("idempotency-key");
  HN_TRY_VOID(impl::CheckLine("Idempotency-Key", command.key));
  return context.desk.Ask(command);
}

// A route POST below /api/hinomi/v1 whose last `{…}`, if any, is the argument
// `argument`, and whose answer stands under `result`.
void Add(http::Server& server, const ContextPtr& context, const std::string& path,
         const char* right, const std::string& verb, const std::string& argument,
         const std::string& result) {
  http::Route route;
  route.method = "POST";
  route.pattern = "/api/hinomi/v1/" + path;
  route.right = right;
  // People must get through while queries fill their lane.
  route.lane = http::Lane::kUrgent;
  route.body_limit_bytes = 64u << 10;
  route.handler = [=](const Request& request) {
    Json fixed = Json::MakeObject();
    if (!request.path_parameters.empty())
      fixed.Set(argument, request.path_parameters.back().second);
    Result<Json> answer = Ask(*context, request, verb, fixed);
    if (!answer) return ErrorResponse(answer.error());
    const bool about_incident = result == "incident";
    Json shown = about_incident ? IncidentAfter(*context, request, *answer) : *std::move(answer);
    return JsonResponse(Json::MakeObject().Set("ok", true).Set(result, std::move(shown)));
  };
  server.Add(std::move(route));
}

}  // namespace

void AddCommandRoutes(http::Server& server, ContextPtr context) {
  for (const std::string act : {"acknowledge", "unacknowledge", "snooze", "severity", "merge",
                                "link", "correct", "resolve", "escalate", "note"})
    Add(server, context, "incidents/{id}/" + act, "incidents:act", "incident." + act, "incident",
        "incident");
  Add(server, context, "incidents", "incidents:act", "incident.open", "", "incident");
  Add(server, context, "alarms/{name}/test", "incidents:act", "alarm.fire_test", "alarm",
      "incident");
  Add(server, context, "alarms/{name}/state", "incidents:act", "alarm.set_state", "alarm", "alarm");
  Add(server, context, "services/{name}/scale", "services:scale", "service.scale", "service",
      "scaling");
  Add(server, context, "channels/{name}/test", "incidents:act", "channel.test", "channel", "page");
  Add(server, context, "people/{name}/erase", "users:manage", "person.erase", "person", "result");
}

}  // namespace hinomi::api
