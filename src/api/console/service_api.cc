#include "api/console/console_api.h"
#include "api/console/impl/answering.h"
#include "api/console/impl/service_list.h"
#include "api/console/service_source.h"

namespace hinomi::api {
namespace {

constexpr uint64_t kMostTailLines = 10'000;
constexpr uint64_t kMostLogBytes = uint64_t{1} << 20;

using impl::ContextPtr;
using ServiceAnswer =
    std::function<Result<Json>(const ConsoleContext&, ServiceSource&, const http::Request&)>;

void Add(http::Server& server, const ContextPtr& context, ServiceSource* source,
         const std::string& path, ServiceAnswer answer) {
  impl::AddAnswer(
      server, context, "GET", path, "console:read",
      [source, answer = std::move(answer)](const ConsoleContext& c,
                                           const http::Request& request) -> Result<Json> {
        if (source == nullptr)
          return NotFound("this server runs no services: it shares its database with others");
        return answer(c, *source, request);
      });
}

Result<uint64_t> BoundedNumber(const http::Request& request, std::string_view name, uint64_t most,
                               uint64_t fallback) {
  HN_TRY(const uint64_t number, impl::QueryNumber(request, name, fallback));
  if (number <= most) return number;
  return InvalidArgument(std::string(name) + " is at most " + std::to_string(most) + ", not " +
                         std::to_string(number));
}

Result<Json> Services(const ConsoleContext& context, ServiceSource& source, const http::Request&) {
  const auto picture = context.picture();
  const Json list = source.List();
  Json services = Json::MakeArray();
  for (const Json& service : list.as_array())
    services.Append(impl::DescribeService(*picture, context.store, context.clock.Now(), service));
  return Json::MakeObject()
      .Set("services", std::move(services))
      .Set("watched", impl::WatchedServices(*picture));
}

Result<Json> TasksOf(const ConsoleContext&, ServiceSource& source, const http::Request& request) {
  HN_TRY(Json tasks, source.Tasks(std::string(request.PathValue("name"))));
  return Json::MakeObject().Set("tasks", std::move(tasks));
}

Result<Json> LogOf(const ConsoleContext&, ServiceSource& source, const http::Request& request) {
  LogQuery query;
  query.cursor = request.QueryValue("cursor");
  HN_TRY(query.tail_lines, BoundedNumber(request, "tail", kMostTailLines, 0));
  HN_TRY(query.limit_bytes, BoundedNumber(request, "bytes", kMostLogBytes, query.limit_bytes));
  return source.ReadLog(std::string(request.PathValue("id")), query);
}

}  // namespace

void AddServiceRoutes(http::Server& server, ContextPtr context, ServiceSource* source) {
  Add(server, context, source, "services", Services);
  Add(server, context, source, "services/{name}/tasks", TasksOf);
  Add(server, context, source, "tasks/{id}/log", LogOf);
}

}  // namespace hinomi::api
