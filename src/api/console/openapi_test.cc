#include "api/console/openapi.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "api/console/access_api.h"
#include "api/console/console_api.h"
#include "base/log.h"
#include "base/strings.h"
#include "base/telemetry.h"

namespace hinomi::api {
namespace {

class OpenApiTest : public ::testing::Test {
 protected:
  OpenApiTest() {
    // Nothing is called: the routes are read only.
    AddConsoleRoutes(*server_, nullptr);
    AddServiceRoutes(*server_, nullptr, nullptr);
    AddAccessRoutes(*server_, nullptr);
    AddOpenApiRoute(*server_, "1.2.3");
  }

  std::set<std::string> Registered() const {
    std::set<std::string> registered;
    for (const http::Route& route : server_->routes())
      if (route.pattern.starts_with("/api/hinomi/v1/"))
        registered.insert(route.method + " " + route.pattern);
    return registered;
  }

  ManualClock clock_;
  Telemetry telemetry_;
  NullLog log_;
  std::unique_ptr<http::Server> server_ = http::MakeServer(
      {},
      [](const http::Request&, const std::string&) -> Result<std::string> {
        return std::string("ann");
      },
      clock_, telemetry_, log_);
};

// Every "$ref" below `value`.
void CollectReferences(const Json& value, std::set<std::string>& found) {
  if (value.is_array())
    for (const Json& item : value.as_array()) CollectReferences(item, found);
  if (!value.is_object()) return;
  for (const auto& [key, item] : value.as_object()) {
    if (key == "$ref") found.insert(item.as_string());
    CollectReferences(item, found);
  }
}

TEST_F(OpenApiTest, DescribesEveryRouteAndNoOther) {
  std::set<std::string> described;
  const Json document = OpenApiDocument(*server_, "1.2.3");
  for (const auto& [path, item] : document["paths"].as_object())
    for (const auto& [method, operation] : item.as_object())
      described.insert(ToUpperAscii(method) + " " + path);
  EXPECT_EQ(described, Registered());
  EXPECT_GE(described.size(), 24u);
}

TEST_F(OpenApiTest, EveryReferenceLeadsToASchemaAndEverySchemaIsUsed) {
  const Json document = OpenApiDocument(*server_, "1.2.3");
  std::set<std::string> used, known;
  CollectReferences(document, used);
  for (const auto& [name, schema] : document["components"]["schemas"].as_object())
    known.insert("#/components/schemas/" + name);
  EXPECT_EQ(used, known);
}

TEST_F(OpenApiTest, SaysWhichRightAnOperationAsks) {
  const Json paths = OpenApiDocument(*server_, "1.2.3")["paths"];
  EXPECT_EQ(paths["/api/hinomi/v1/now"]["get"]["x-right"].as_string(), "console:read");
  const Json& acknowledge = paths["/api/hinomi/v1/incidents/{id}/acknowledge"]["post"];
  EXPECT_EQ(acknowledge["x-right"].as_string(), "incidents:act");
  EXPECT_EQ(acknowledge["parameters"].as_array()[0]["name"].as_string(), "id");
  EXPECT_TRUE(paths["/api/hinomi/v1/session"]["post"]["security"].as_array().empty());
}

}  // namespace
}  // namespace hinomi::api
