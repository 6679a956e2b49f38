#include <gtest/gtest.h>

#include "api/console/console_api.h"
#include "api/console/service_source.h"
#include "base/log.h"
#include "base/telemetry.h"
#include "store/open.h"

namespace hinomi::api {
namespace {

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
  Result<Json> ReadLog(const std::string& task, const LogQuery& query) override {
    asked = task + " from '" + query.cursor + "' tail " + std::to_string(query.tail_lines) +
            " bytes " + std::to_string(query.limit_bytes);
    if (task != "77") return NotFound("there is no task " + task);
    return Json::MakeObject().Set("text", "hello\n").Set("cursor", "9:6");
  }

  std::string asked;
};

class ServiceApiTest : public ::testing::Test {
 protected:
  ServiceApiTest() {
    auto policy = std::make_shared<policy::OpsFolder>();
    policy->alarms.push_back(
        {.name = "Busy", .metric = "CPUUtilization", .dimensions = {{"ServiceName", "app"}}});
    policy->alarms.push_back({.name = "Other", .dimensions = {{"ServiceName", "shop"}}});
    policy->targets.services.push_back({.name = "app", .command = {"/bin/true"}});
    policy->targets.services.push_back({.name = "legacy", .cluster = "production"});
    picture_->policy = policy;
    context_->picture = [this] { return picture_; };
    AddServiceRoutes(*server_, context_, &source_);
  }

  http::Response Ask(const std::string& pattern, const std::string& parameter,
                     const std::string& value,
                     std::vector<std::pair<std::string, std::string>> query = {}) {
    http::Request request;
    request.method = "GET";
    request.path_parameters = {{parameter, value}};
    request.query = std::move(query);
    for (const http::Route& route : server_->routes())
      if (route.pattern == "/api/hinomi/v1/" + pattern) return route.handler(request);
    ADD_FAILURE() << "no route " << pattern;
    return {};
  }
  Json App() { return (*Json::Parse(Ask("services", "", "").body))["services"].as_array().at(0); }
  std::unique_ptr<http::Server> Server() {
    return http::MakeServer(
        {},
        [](const http::Request&, const std::string&) -> Result<std::string> {
          return std::string("ann");
        },
        clock_, telemetry_, log_);
  }
  void Write(const std::string& type, Instant at) {
    store::Turn turn;
    turn.epoch = lease_.epoch;
    turn.expected_head = store_->JournalHead()->sequence;
    turn.at = at;
    turn.events.push_back({.type = type, .subject = "service:app", .body = "{}"});
    ASSERT_TRUE(store_->Commit(turn));
  }

  ManualClock clock_;
  Telemetry telemetry_;
  NullLog log_;
  std::unique_ptr<store::Store> store_ =
      store::OpenMemoryStore(store::MakeMemoryDatabase(), clock_);
  store::Lease lease_ = *store_->AcquireLease("leader", "me", Duration::Hours(1));
  CommandDesk desk_{*store_, clock_, [] {}};
  EventFeed feed_{*store_};
  OneService source_;
  std::shared_ptr<Picture> picture_ = std::make_shared<Picture>();
  std::shared_ptr<ConsoleContext> context_ =
      std::make_shared<ConsoleContext>(ConsoleContext{*store_, clock_, desk_, feed_});
  std::unique_ptr<http::Server> server_ = Server();
};

TEST_F(ServiceApiTest, ListsServicesAndTheirTasks) {
  EXPECT_EQ(App()["name"].as_string(), "app");
  EXPECT_EQ(Ask("services/{name}/tasks", "name", "app").body, R"({"tasks":[{"id":"77"}]})");
  EXPECT_EQ(Ask("services/{name}/tasks", "name", "shop").status, 404);
}

TEST_F(ServiceApiTest, AServiceComesWithItsBoundsItsAlarmsAndItsIncidents) {
  // Nothing is known of it yet, and nothing is made up.
  Json app = App();
  for (const char* key : {"since", "declared", "minimum", "maximum", "rests_until"})
    EXPECT_TRUE(app[key].is_null()) << key;
  EXPECT_EQ(app["incidents"].Dump(), "[]");
  ASSERT_EQ(app["alarms"].as_array().size(), 1u);
  EXPECT_EQ(app["alarms"].as_array()[0]["name"].as_string(), "Busy");
  EXPECT_EQ(app["alarms"].as_array()[0]["state"].as_string(), "INSUFFICIENT_DATA");

  services::Service& state = picture_->world.services.services["app"];
  state.declared = 2;
  state.minimum = 1;
  state.maximum = 8;
  state.last_out = clock_.Now();
  incidents::Incident& incident = picture_->world.incidents.open["INC-7"];
  incident.opened.incident = "INC-7";
  incident.opened.service = "app";
  picture_->world.incidents.open["INC-8"].opened.service = "shop";
  const Instant began = clock_.Now();
  Write("service.health_changed", began);
  clock_.Advance(Duration::Minutes(1));
  Write("service.scaling_declined", clock_.Now());
  app = App();
  EXPECT_EQ(app["since"].as_string(), FormatRfc3339(began));
  EXPECT_EQ(app["declared"].as_int(), 2);
  EXPECT_EQ(app["minimum"].as_int(), 1);
  EXPECT_EQ(app["maximum"].as_int(), 8);
  EXPECT_EQ(app["rests_until"].as_string(), FormatRfc3339(began + Duration::Minutes(5)));
  EXPECT_EQ(app["incidents"].Dump(), R"(["INC-7"])");
  clock_.Advance(Duration::Minutes(4));
  EXPECT_TRUE(App()["rests_until"].is_null());
}

TEST_F(ServiceApiTest, ServicesWithoutACommandAreNamedAsWatched) {
  const Json answer = *Json::Parse(Ask("services", "", "").body);
  EXPECT_EQ(answer["watched"].Dump(), R"([{"name":"legacy","cluster":"production"}])");
}

TEST_F(ServiceApiTest, OutputIsAskedForAsTheQuerySays) {
  const struct {
    std::vector<std::pair<std::string, std::string>> query;
    const char* asked;
  } cases[] = {
      {{}, "77 from '' tail 0 bytes 65536"},
      {{{"tail", "10000"}}, "77 from '' tail 10000 bytes 65536"},
      {{{"bytes", "1048576"}}, "77 from '' tail 0 bytes 1048576"},
      {{{"cursor", "12-34:56"}, {"tail", ""}}, "77 from '12-34:56' tail 0 bytes 65536"},
  };
  for (const auto& c : cases) {
    const http::Response answer = Ask("tasks/{id}/log", "id", "77", c.query);
    EXPECT_EQ(answer.status, 200) << c.asked;
    EXPECT_EQ(answer.body, R"({"text":"hello\n","cursor":"9:6"})");
    EXPECT_EQ(source_.asked, c.asked);
  }
  EXPECT_EQ(Ask("tasks/{id}/log", "id", "78").status, 404);
  const std::pair<const char*, const char*> wrong[] = {
      {"tail", "10001"}, {"tail", "-1"}, {"tail", "all"}, {"bytes", "1048577"}, {"bytes", "much"}};
  for (const auto& [name, value] : wrong) {
    source_.asked.clear();
    const http::Response answer = Ask("tasks/{id}/log", "id", "77", {{name, value}});
    EXPECT_EQ(answer.status, 400) << value;
    EXPECT_NE(answer.body.find(name), std::string::npos) << answer.body;
    EXPECT_EQ(source_.asked, "") << value;
  }
}

TEST_F(ServiceApiTest, WhoMayReadTheConsoleMaySeeServicesAndNobodyElse) {
  ASSERT_EQ(server_->routes().size(), 3u);
  for (const http::Route& route : server_->routes()) EXPECT_EQ(route.right, "console:read");
}

TEST_F(ServiceApiTest, AServerThatRunsNoneSaysWhy) {
  const auto server = Server();
  AddServiceRoutes(*server, context_, nullptr);
  for (const http::Route& route : server->routes()) {
    const http::Response answer = route.handler({});
    EXPECT_EQ(answer.status, 404);
    EXPECT_NE(answer.body.find("shares its database"), std::string::npos);
  }
}

}  // namespace
}  // namespace hinomi::api
