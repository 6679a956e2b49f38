#include <gtest/gtest.h>

#include "api/console/console_api.h"
#include "api/console/service_source.h"
#include "base/log.h"
#include "base/telemetry.h"

namespace hinomi::api {
namespace {

/// Routes of a server that is never started; a test calls their handlers itself.
class RouteBook {
 public:
  explicit RouteBook(ServiceSource* source) { AddServiceRoutes(*server_, source); }
  const std::vector<http::Route>& routes() const { return server_->routes(); }

 private:
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

/// One service with one task; notes what of its output was asked for.
class OneService : public ServiceSource {
 public:
  Json List() const override {
    return Json::MakeArray().Append(Json::MakeObject().Set("name", "app"));
  }
  Result<Json> Tasks(const std::string& service) const override {
    if (service != "app") return NotFound("there is no service \"" + service + "\"");
    return Json::MakeArray().Append(Json::MakeObject().Set("id", "77"));
  }
  Result<Json> ReadLog(const std::string& task, const std::string& cursor,
                       uint64_t tail_lines) override {
    asked = task + " from '" + cursor + "' tail " + std::to_string(tail_lines);
    if (task != "77") return NotFound("there is no task " + task);
    return Json::MakeObject().Set("text", "hello\n").Set("cursor", "9:6");
  }

  std::string asked;
};

class ServiceApiTest : public ::testing::Test {
 protected:
  http::Response Ask(const std::string& pattern, const std::string& parameter,
                     const std::string& value,
                     std::vector<std::pair<std::string, std::string>> query = {}) {
    const RouteBook book(&source_);
    http::Request request;
    request.method = "GET";
    request.path_parameters = {{parameter, value}};
    request.query = std::move(query);
    for (const http::Route& route : book.routes())
      if (route.pattern == "/api/hinomi/v1/" + pattern) return route.handler(request);
    ADD_FAILURE() << "no route " << pattern;
    return {};
  }

  OneService source_;
};

TEST_F(ServiceApiTest, ListsServicesAndTheirTasks) {
  EXPECT_EQ(Ask("services", "", "").body, R"({"services":[{"name":"app"}]})");
  EXPECT_EQ(Ask("services/{name}/tasks", "name", "app").body, R"({"tasks":[{"id":"77"}]})");
  EXPECT_EQ(Ask("services/{name}/tasks", "name", "shop").status, 404);
}

TEST_F(ServiceApiTest, OutputIsAskedForAsTheQuerySays) {
  const struct {
    std::vector<std::pair<std::string, std::string>> query;
    const char* asked;
  } cases[] = {
      {{}, "77 from '' tail 0"},
      {{{"tail", "10000"}}, "77 from '' tail 10000"},
      {{{"cursor", "12-34:56"}, {"tail", ""}}, "77 from '12-34:56' tail 0"},
  };
  for (const auto& c : cases) {
    const http::Response answer = Ask("tasks/{id}/log", "id", "77", c.query);
    EXPECT_EQ(answer.status, 200) << c.asked;
    EXPECT_EQ(answer.body, R"({"text":"hello\n","cursor":"9:6"})");
    EXPECT_EQ(source_.asked, c.asked);
  }
  EXPECT_EQ(Ask("tasks/{id}/log", "id", "78").status, 404);
  for (const char* wrong : {"10001", "-1", "all"}) {
    source_.asked.clear();
    EXPECT_EQ(Ask("tasks/{id}/log", "id", "77", {{"tail", wrong}}).status, 400) << wrong;
    EXPECT_EQ(source_.asked, "") << wrong;
  }
}

TEST_F(ServiceApiTest, WhoMayReadTheConsoleMaySeeServicesAndNobodyElse) {
  const RouteBook book(&source_);
  ASSERT_EQ(book.routes().size(), 3u);
  for (const http::Route& route : book.routes()) EXPECT_EQ(route.right, "console:read");
}

TEST_F(ServiceApiTest, AServerThatRunsNoneSaysWhy) {
  const RouteBook book(nullptr);
  for (const http::Route& route : book.routes()) {
    const http::Response answer = route.handler({});
    EXPECT_EQ(answer.status, 404);
    EXPECT_NE(answer.body.find("shares its database"), std::string::npos);
  }
}

}  // namespace
}  // namespace hinomi::api
