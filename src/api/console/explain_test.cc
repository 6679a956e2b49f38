// Questions about the journal of a small story: an alarm, pages, a scaling.
#include <gtest/gtest.h>

#include "api/console/console_api.h"
#include "control/control_loop.h"
#include "store/open.h"

namespace hinomi::api {
namespace {

class ExplainRoutes : public http::Server {
 public:
  void Add(http::Route route) override { routes_.push_back(std::move(route)); }
  Status Start() override { return {}; }
  void Stop() override {}
  std::vector<std::string> addresses() const override { return {}; }
  const std::vector<http::Route>& routes() const override { return routes_; }
  bool Submit(http::Lane, std::function<void()>) override { return false; }

 private:
  std::vector<http::Route> routes_;
};

std::shared_ptr<policy::OpsFolder> Folder() {
  auto folder = std::make_shared<policy::OpsFolder>();
  folder->server.observe_new_alarms = Duration();
  policy::ServiceDocument app;
  app.name = "app";
  app.driver = "process";
  app.command = {"/bin/app"};
  app.desired_count = 3;
  app.max_count = 4;
  folder->targets.services = {app};
  policy::ServiceDocument others = app;
  others.name = "others";
  others.command.clear();
  folder->targets.services.push_back(others);
  folder->routes = {{.action = "scale-up", .severity = "warning", .scale = "up"},
                    {.action = "alert", .severity = "error", .escalation = "standard"}};
  const auto alarm = [&](const char* name, const char* metric, double threshold,
                         const char* action) {
    policy::AlarmDocument document;
    document.name = name;
    document.metric = metric;
    document.threshold = threshold;
    document.action = action;
    document.dimensions = {{"ServiceName", "app"}};
    folder->alarms.push_back(document);
  };
  alarm("HighCPUUtilization", "CPUUtilization", 80, "scale-up");
  alarm("HighErrorRate", "HTTPCode_Target_5XX_Count", 10, "alert");
  alarm("HighMemoryUtilization", "MemoryUtilization", 85, "scale-up");
  folder->escalations = {{"standard",
                          {{"L1", "", Duration(), false, {"on-call"}, {}, {}},
                           {"L2", "", Duration::Minutes(30), false, {"on-call"}, {}, {}}}}};
  folder->channels = {{"pager", "webhook", {}, true, ""}};
  folder->contacts = {{"on-call", "オンコール", {{"pager", "a", "", ""}}, {}}};
  return folder;
}

class ExplainApiTest : public ::testing::Test {
 protected:
  ExplainApiTest() {
    control::ControlOptions options;
    options.holder = "test";
    options.release = "0.1.0";
    options.salt = [](size_t size) { return std::string(size, 's'); };
    control::Machines machines = control::MakeMachines();
    world_ = machines.world;
    loop_ = std::make_unique<control::ControlLoop>(options, *store_, clock_, Random(1),
                                                   std::move(machines.machines), telemetry_, log_);
    EXPECT_TRUE(loop_->Start(Folder()));
    auto console = std::make_shared<ConsoleContext>(ConsoleContext{*store_, clock_, desk_, feed_});
    console->picture = [this] {
      auto picture = std::make_shared<Picture>();
      picture->world = world_();
      picture->sequence = loop_->head().sequence;
      picture->policy = loop_->shared_policy();
      return picture;
    };
    AddConsoleRoutes(book_, console);
  }

  http::Response Ask(const std::string& name, const char* language = "en") {
    http::Request request;
    request.method = "GET";
    request.path_parameters = {{"name", name}};
    request.headers = {{"accept-language", language}};
    for (const http::Route& route : book_.routes())
      if (route.pattern == "/api/hinomi/v1/explain/{name}") return route.handler(request);
    ADD_FAILURE() << "no route";
    return {};
  }
  Json Explain(const std::string& name, const char* language = "en") {
    const http::Response response = Ask(name, language);
    EXPECT_EQ(response.status, 200) << name << ": " << response.body;
    return *Json::Parse(response.body);
  }
  std::string Sentence(const std::string& name, const char* language = "en") {
    return Explain(name, language)["sentence"].as_string();
  }
  std::string Refusal(const std::string& name) {
    const http::Response response = Ask(name);
    EXPECT_EQ(response.status, 404) << name << ": " << response.body;
    return (*Json::Parse(response.body))["error"]["message"].as_string();
  }
  void Turn(ops_model::Input input) { ASSERT_TRUE(loop_->Turn({std::move(input)})); }
  void Evaluate(const char* alarm, double value) {
    clock_.Advance(Duration::Minutes(1));
    Turn(ops_model::AlarmEvaluation{alarm, {{clock_.Now() - Duration::Minutes(1), value}}});
  }
  void Ends(const char* key, const char* code = "accepted") {
    ASSERT_TRUE(loop_->RenewLease());
    ASSERT_TRUE(loop_->ClaimJobs(store::Lane::kUrgent, 10));
    ASSERT_TRUE(loop_->ClaimJobs(store::Lane::kNormal, 10));
    const auto job = store_->FindJob(key);
    ASSERT_TRUE(job && *job) << key;
    ops_model::JobResult result;
    result.kind = (*job)->spec.kind;
    result.key = key;
    result.id = (*job)->id;
    result.attempt = (*job)->attempts;
    result.reason_code = code;
    result.payload = *Json::Parse((*job)->spec.payload);
    Turn(result);
  }
  /// Types of the entries that an explanation rests on.
  static std::string Types(const Json& explanation) {
    std::string types;
    int64_t last = 0;
    for (const Json& entry : explanation["entries"].as_array()) {
      EXPECT_GT(entry["sequence"].as_int(), last);
      last = entry["sequence"].as_int();
      types += (types.empty() ? "" : " ") + entry["type"].as_string();
    }
    return types;
  }

  ManualClock clock_;
  Telemetry telemetry_;
  NullLog log_;
  std::unique_ptr<store::Store> store_ =
      store::OpenMemoryStore(store::MakeMemoryDatabase(), clock_);
  std::function<control::World()> world_;
  std::unique_ptr<control::ControlLoop> loop_;
  CommandDesk desk_{*store_, clock_, [this] { EXPECT_TRUE(loop_->Turn({})); }};
  EventFeed feed_{*store_};
  ExplainRoutes book_;
};

TEST_F(ExplainApiTest, AnAlarmThatScaled) {
  EXPECT_EQ(Sentence("HighCPUUtilization"),
            "HighCPUUtilization has never been judged, because no data has come yet.");
  Evaluate("HighCPUUtilization", 91.5);
  const Json explained = Explain("HighCPUUtilization");
  EXPECT_EQ(explained["sentence"].as_string(),
            "HighCPUUtilization has been ALARM since 2023-11-14T22:14:20Z because of CPU "
            "91.5\u00a0% against ≥ 80\u00a0%; SC-1 took app from 3 to 4 replicas.");
  EXPECT_EQ(explained["kind"].as_string(), "alarm");
  EXPECT_EQ(explained["at"].as_string(), "2023-11-14T22:14:20Z");
  EXPECT_EQ(explained["rule"]["metric"].as_string(), "CPUUtilization");
  EXPECT_EQ(explained["rule"]["threshold"].as_double(), 80);
  EXPECT_EQ(explained["rule"]["period_seconds"].as_int(), 60);
  EXPECT_EQ(explained["datapoints"].as_array().at(0)["value"].as_double(), 91.5);
  EXPECT_EQ(Types(explained), "alarm.transitioned alarm.action_taken service.scaled");
  Evaluate("HighCPUUtilization", 40);
  EXPECT_EQ(Sentence("HighCPUUtilization"),
            "HighCPUUtilization has been OK since 2023-11-14T22:15:20Z because of CPU "
            "40\u00a0% against ≥ 80\u00a0%.");
}

TEST_F(ExplainApiTest, AScalingAndItsService) {
  EXPECT_EQ(Sentence("app"),
            "app has 3 replicas, as the operations document declares, and nothing has scaled it.");
  EXPECT_EQ(Sentence("others"), "others is not run by Hinomi, so its replicas are not scaled.");
  Evaluate("HighCPUUtilization", 91);
  EXPECT_NE(Sentence("SC-1").find("; it is under way."), std::string::npos) << Sentence("SC-1");
  Ends("SC-1", "done");
  const Json explained = Explain("sc-1");
  EXPECT_EQ(explained["sentence"].as_string(),
            "SC-1: app was scaled from 3 to 4 replicas at 2023-11-14T22:14:20Z because "
            "HighCPUUtilization asks for it (CPU 91, threshold 80); the runtime took it at "
            "2023-11-14T22:14:20Z.");
  EXPECT_EQ(Types(explained), "alarm.transitioned service.scaled service.scale_attempted");
  EXPECT_EQ(explained["rule"]["alarm"].as_string(), "HighCPUUtilization");
  EXPECT_EQ(explained["datapoints"].as_array().size(), 1u);
  EXPECT_EQ(Explain("app")["id"].as_string(), "SC-1");
  // At its maximum: what was decided against is explained as well.
  clock_.Advance(Duration::Minutes(5));
  Evaluate("HighCPUUtilization", 95);
  EXPECT_EQ(Sentence("service:app"),
            "app stays at 4 replicas since 2023-11-14T22:20:20Z because HighCPUUtilization asks "
            "for more, but it has max_count already.");
  EXPECT_EQ(Types(Explain("app")), "alarm.transitioned service.scaling_declined");
  EXPECT_NE(Sentence("HighCPUUtilization").find("; app stays at 4 replicas ("), std::string::npos)
      << Sentence("HighCPUUtilization");
}

TEST_F(ExplainApiTest, APageAndItsIncident) {
  Evaluate("HighErrorRate", 12);
  const Json incident = Explain("INC-1");
  EXPECT_EQ(incident["sentence"].as_string(),
            "INC-1 was opened at 2023-11-14T22:14:20Z with severity error because HighErrorRate "
            "went off (5xx errors 12 against ≥ 10); it is open, and L2 is called at "
            "2023-11-14T22:44:20Z.");
  EXPECT_EQ(Types(incident), "alarm.transitioned incident.opened escalation.step_fired");
  EXPECT_EQ(Explain("1")["id"].as_string(), "INC-1");
  Ends("PG-1");
  const Json page = Explain("pg-1");
  EXPECT_EQ(page["sentence"].as_string(),
            "PG-1 was sent at 2023-11-14T22:14:20Z to on-call by pager because INC-1 "
            "(HighErrorRate (app)) called L1 (at the beginning); it arrived at try 1.");
  EXPECT_EQ(Types(page),
            "alarm.transitioned incident.opened escalation.step_fired page.queued page.attempted");
  EXPECT_EQ(page["datapoints"].as_array().at(0)["value"].as_double(), 12);
  EXPECT_NE(Sentence("HighErrorRate").find("; INC-1 is open for it."), std::string::npos);
  Evaluate("HighErrorRate", 1);
  EXPECT_NE(Sentence("INC-1").find("; hinomi resolved it at 2023-11-14T22:15:20Z."),
            std::string::npos)
      << Sentence("INC-1");
  EXPECT_NE(Sentence("PG-2").find("because INC-1 (HighErrorRate (app)) was resolved; it waits"),
            std::string::npos)
      << Sentence("PG-2");
}

TEST_F(ExplainApiTest, InJapaneseAsWell) {
  Evaluate("HighCPUUtilization", 91);
  Evaluate("HighErrorRate", 12);
  EXPECT_EQ(Sentence("SC-1", "ja"),
            "SC-1：app のレプリカを 2023-11-14T22:14:20Z に 3 から 4 に変更（HighCPUUtilization "
            "が発報中（CPU 使用率 91、しきい値 80））、実行中。");
  EXPECT_EQ(
      Sentence("HighCPUUtilization", "ja"),
      "HighCPUUtilization は、CPU 使用率 91\u00a0%（条件 ≥ 80\u00a0%）のため 2023-11-14T22:14:20Z "
      "から ALARM、SC-1 で app のレプリカを 3 から 4 に変更。");
}

TEST_F(ExplainApiTest, BadNamesGetTheNearestValidOne) {
  const struct {
    const char* name;
    const char* says;
  } cases[] = {
      {"HighCPUUtilisation", "did you mean HighCPUUtilization?"},
      {"apq", "did you mean app?"},
      {"zzz", "an id such as INC-7, PG-12 or SC-3"},
      {"INC-7", "there is no incident INC-7; none was ever opened"},
      {"PG-9", "there is no page PG-9; none was ever sent"},
      {"SC-9", "there is no scaling SC-9; nothing was ever scaled"},
      {"incident:app", "there is no alarm, service, incident, page or scaling \"app\""},
  };
  for (const auto& c : cases)
    EXPECT_NE(Refusal(c.name).find(c.says), std::string::npos) << Refusal(c.name);
  Evaluate("HighCPUUtilization", 91);
  Evaluate("HighErrorRate", 12);
  EXPECT_EQ(Refusal("INC-7"), "there is no incident INC-7; the newest is INC-1");
  EXPECT_EQ(Refusal("PG-9"), "there is no page PG-9; the newest is PG-1");
  EXPECT_EQ(Refusal("SC-9"), "there is no scaling SC-9; the newest is SC-1");
}

TEST_F(ExplainApiTest, APersonsScalingIsRefusedOrExplained) {
  const auto scale = [this](const char* service, const char* body) {
    http::Request request;
    request.method = "POST";
    request.user = "sato";
    request.body = body;
    request.path_parameters = {{"name", service}};
    for (const http::Route& route : book_.routes()) {
      if (route.pattern != "/api/hinomi/v1/services/{name}/scale") continue;
      EXPECT_EQ(route.right, "services:scale");
      return route.handler(request);
    }
    ADD_FAILURE() << "no route";
    return http::Response();
  };
  const auto said = [](const http::Response& response) {
    return (*Json::Parse(response.body))["error"]["message"].as_string();
  };
  const auto refused = scale("app", R"({"count":9,"via":"cli"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(said(refused),
            "app can have 1 to 4 replicas (min_count and max_count in targets.yml), not 9.");
  // The name stands in the path: no body changes it.
  EXPECT_NE(said(scale("apq", R"({"count":2,"service":"app"})")).find("did you mean app?"),
            std::string::npos);
  EXPECT_NE(said(scale("app", "{}")).find("\"count\" is a whole number"), std::string::npos);
  EXPECT_EQ(scale("app", "[]").status, 400);
  const auto planned = *Json::Parse(scale("app", R"({"count":2,"dry_run":true})").body);
  EXPECT_EQ(planned["scaling"]["to"].as_int(), 2);
  EXPECT_EQ(Explain("app")["kind"].as_string(), "service") << "nothing was scaled";
  const auto done = *Json::Parse(scale("app", R"({"count":2})").body);
  EXPECT_TRUE(done["ok"].as_bool());
  EXPECT_EQ(done["scaling"]["from"].as_int(), 3);
  EXPECT_EQ(done["scaling"]["scaling"].as_string(), "SC-1");
  EXPECT_TRUE(Sentence("SC-1").starts_with("SC-1: app was scaled from 3 to 2 replicas"))
      << Sentence("SC-1");
  EXPECT_NE(Sentence("SC-1").find("because sato asked for it"), std::string::npos);
}

}  // namespace
}  // namespace hinomi::api
