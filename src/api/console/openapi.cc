#include "api/console/openapi.h"

#include <string>

#include "api/console/console_api.h"
#include "api/console/impl/openapi_table.h"
#include "base/check.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

using impl::Operation;

constexpr std::string_view kPrefix = "/api/hinomi/v1/";

Json Embedded(std::string_view text) {
  Result<Json> parsed = Json::Parse(text);
  HN_CHECK(parsed.has_value());
  return *std::move(parsed);
}

Json Content(std::string_view type, std::string_view schema) {
  return Json::MakeObject().Set(
      type,
      Json::MakeObject().Set(
          "schema", Json::MakeObject().Set("$ref", "#/components/schemas/" + std::string(schema))));
}

Json Parameters(const Operation& operation, const Json& known) {
  Json parameters = Json::MakeArray();
  for (const std::string_view part : Split(operation.path, '/')) {
    if (!part.starts_with('{')) continue;
    parameters.Append(Json::MakeObject()
                          .Set("name", std::string(part.substr(1, part.size() - 2)))
                          .Set("in", "path")
                          .Set("required", true)
                          .Set("schema", Json::MakeObject().Set("type", "string")));
  }
  if (operation.query.empty()) return parameters;
  for (const std::string_view name : Split(operation.query, ',')) {
    Json parameter = known[name];
    HN_CHECK(parameter.is_object());
    parameters.Append(
        parameter.Set("name", std::string(name.substr(0, name.find(':')))).Set("in", "query"));
  }
  return parameters;
}

Json Responses(const Operation& operation) {
  Json responses = Json::MakeObject();
  if (operation.response.empty()) {
    responses.Set("303", Json::MakeObject().Set("description", "The page"));
    return responses;
  }
  const bool stream = operation.path == "events";
  return responses
      .Set("200", Json::MakeObject()
                      .Set("description", "Done")
                      .Set("content", Content(stream ? "text/event-stream" : "application/json",
                                              operation.response)))
      .Set("default", Json::MakeObject()
                          .Set("description", "What could not be done, and why")
                          .Set("content", Content("application/json", "Error")));
}

std::string RightOf(const http::Server& server, const Operation& operation) {
  for (const http::Route& route : server.routes())
    if (route.method == operation.method &&
        route.pattern == std::string(kPrefix) + std::string(operation.path))
      return route.right;
  return {};
}

Json Describe(const Operation& operation, const Json& parameters, const std::string& right) {
  Json described = Json::MakeObject()
                       .Set("operationId", std::string(operation.id))
                       .Set("summary", std::string(operation.summary))
                       .Set("x-right", right)
                       .Set("parameters", Parameters(operation, parameters))
                       .Set("responses", Responses(operation));
  if (right == "public") described.Set("security", Json::MakeArray());
  if (!operation.request.empty())
    described.Set("requestBody",
                  Json::MakeObject()
                      .Set("required", operation.request != "Empty")
                      .Set("content", Content("application/json", operation.request)));
  return described;
}

}  // namespace

Json OpenApiDocument(const http::Server& server, const std::string& release) {
  const Json parameters = Embedded(impl::ParametersJson());
  Json paths = Json::MakeObject();
  for (const Operation& operation : impl::Operations()) {
    const std::string path = std::string(kPrefix) + std::string(operation.path);
    Json item = paths.contains(path) ? paths[path] : Json::MakeObject();
    item.Set(ToLowerAscii(operation.method),
             Describe(operation, parameters, RightOf(server, operation)));
    paths.Set(path, item);
  }
  const Json bearer = Json::MakeObject().Set("type", "http").Set("scheme", "bearer");
  return Json::MakeObject()
      .Set("openapi", "3.1.0")
      .Set("info", Json::MakeObject()
                       .Set("title", "Hinomi")
                       .Set("version", release)
                       .Set("description",
                            "What the console and the command line speak. All times are RFC 3339 "
                            "in UTC. State-changing calls want Content-Type: application/json."))
      .Set("paths", paths)
      .Set("security", Json::Array{Json::MakeObject().Set("token", Json::MakeArray())})
      .Set("components", Json::MakeObject()
                             .Set("securitySchemes", Json::MakeObject().Set("token", bearer))
                             .Set("schemas", Embedded(impl::SchemasJson())));
}

void AddOpenApiRoute(http::Server& server, const std::string& release) {
  http::Route route;
  route.method = "GET";
  route.pattern = std::string(kPrefix) + "openapi.json";
  route.right = "console:read";
  route.handler = [&server, release](const http::Request&) {
    return JsonResponse(OpenApiDocument(server, release));
  };
  server.Add(std::move(route));
}

}  // namespace hinomi::api
