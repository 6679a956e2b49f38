#include "api/console/console_api.h"
#include "api/console/service_source.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

constexpr uint64_t kMostTailLines = 10'000;

using Answer = std::function<Result<Json>(ServiceSource&, const http::Request&)>;

void Add(http::Server& server, ServiceSource* source, const std::string& path, Answer answer) {
  http::Route route;
  route.method = "GET";
  route.pattern = "/api/hinomi/v1/" + path;
  route.right = "console:read";
  route.handler = [source, answer = std::move(answer)](const http::Request& request) {
    if (source == nullptr)
      return ErrorResponse(
          NotFound("this server runs no services: it shares its database with "
                   "others"));
    const Result<Json> body = answer(*source, request);
    return body ? JsonResponse(*body) : ErrorResponse(body.error());
  };
  server.Add(std::move(route));
}

Result<Json> LogOf(ServiceSource& source, const http::Request& request) {
  uint64_t tail = 0;
  if (const std::string_view text = request.QueryValue("tail"); !text.empty()) {
    const auto lines = ParseUint(text);
    if (!lines || *lines > kMostTailLines)
      return InvalidArgument("tail is a number of lines up to 10000, not '" + std::string(text) +
                             "'");
    tail = *lines;
  }
  return source.ReadLog(std::string(request.PathValue("id")),
                        std::string(request.QueryValue("cursor")), tail);
}

}  // namespace

void AddServiceRoutes(http::Server& server, ServiceSource* source) {
  Add(server, source, "services", [](ServiceSource& s, const http::Request&) -> Result<Json> {
    return Json::MakeObject().Set("services", s.List());
  });
  Add(server, source, "services/{name}/tasks",
      [](ServiceSource& s, const http::Request& request) -> Result<Json> {
        HN_TRY(Json tasks, s.Tasks(std::string(request.PathValue("name"))));
        return Json::MakeObject().Set("tasks", std::move(tasks));
      });
  Add(server, source, "tasks/{id}/log", LogOf);
}

}  // namespace hinomi::api
