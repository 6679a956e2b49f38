// The console's routes over a real control loop, store and inbox.
#include "api/console/console_api.h"

#include <gtest/gtest.h>

#include "api/console/access_api.h"
#include "base/strings.h"
#include "control/control_loop.h"
#include "identity/testing.h"
#include "store/checkpoint.h"
#include "store/open.h"

namespace hinomi::api {
namespace {

/// Keeps the routes; a test calls their handlers itself.
class RouteBook : public http::Server {
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

class ConsoleApiTest : public ::testing::Test {
 protected:
  ConsoleApiTest() {
    control::ControlOptions options;
    options.holder = "test";
    options.release = "0.1.0";
    options.salt = [](size_t size) { return std::string(size, 's'); };
    control::Machines machines = control::MakeMachines();
    world_ = machines.world;
    loop_ = std::make_unique<control::ControlLoop>(options, *store_, clock_, Random(1),
                                                   std::move(machines.machines), telemetry_, log_);
    auto policy = std::make_shared<policy::OpsFolder>();
    policy->alarms.push_back({.name = "HighErrorRate"});
    policy->channels.push_back({"mail", "smtp", {{"server", "mail.example.com:25"}}, true, ""});
    policy::ContactDocument contact;
    contact.name = "on-call";
    contact.methods.push_back({.channel = "mail", .address = "on@example.com"});
    policy->contacts.push_back(contact);
    EXPECT_TRUE(loop_->Start(policy));
    EXPECT_TRUE(identity_->PutUser({"root", {identity::Role::kAdmin}}));

    auto console = std::make_shared<ConsoleContext>(ConsoleContext{*store_, clock_, desk_, feed_});
    console->picture = [this] {
      auto picture = std::make_shared<Picture>();
      picture->world = world_();
      picture->sequence = loop_->head().sequence;
      picture->leading = true;
      picture->policy = loop_->shared_policy();
      return picture;
    };
    console->points = [](const policy::AlarmDocument&, Instant, Duration,
                         int count) -> Result<std::vector<ops_model::Datapoint>> {
      return std::vector<ops_model::Datapoint>(static_cast<size_t>(count));
    };
    console->history = [] {
      control::BacktestSource always;
      always.points = [](const policy::AlarmDocument&, Instant at) {
        return Result<std::vector<ops_model::Datapoint>>({{.at = at, .value = 12}});
      };
      always.samples = [](const policy::AlarmDocument&, Instant, Instant) {
        return Result<std::vector<Instant>>(std::vector<Instant>());
      };
      return always;
    };
    console->targets = [] { return std::vector<TargetState>(); };
    console->findings = [] { return std::vector<policy::Finding>(); };
    console->describe_user = [this](const std::string& user) {
      return DescribeUser(*identity_, user);
    };
    AddConsoleRoutes(book_, console);
    AddAccessRoutes(
        book_, std::make_shared<AccessContext>(AccessContext{*identity_, *links_, desk_, clock_,
                                                             console->picture, console->points}));
  }

  // Calls a route of `method` as its path, with {parameters} given by name.
  http::Response Ask(const std::string& method, const std::string& pattern,
                     std::vector<std::pair<std::string, std::string>> parameters,
                     const std::string& body = "",
                     std::vector<std::pair<std::string, std::string>> headers = {},
                     const std::string& user = "sato",
                     std::vector<std::pair<std::string, std::string>> query = {}) {
    http::Request request;
    request.query = std::move(query);
    request.method = method;
    request.path_parameters = std::move(parameters);
    request.body = body;
    request.headers = std::move(headers);
    request.user = user;
    for (const http::Route& route : book_.routes())
      if (route.method == method && route.pattern == "/api/hinomi/v1/" + pattern)
        return route.handler(request);
    ADD_FAILURE() << "no route " << method << " " << pattern;
    return {};
  }
  static Json Body(const http::Response& response) { return *Json::Parse(response.body); }
  static std::string Message(const http::Response& response) {
    return Body(response)["error"]["message"].as_string();
  }
  std::string Open(const std::string& title) {
    const auto opened = Ask("POST", "incidents", {}, Json::MakeObject().Set("title", title).Dump());
    EXPECT_EQ(opened.status, 200) << opened.body;
    return Body(opened)["incident"]["id"].as_string();
  }

  ManualClock clock_;
  Telemetry telemetry_;
  NullLog log_;
  std::unique_ptr<store::Store> store_ =
      store::OpenMemoryStore(store::MakeMemoryDatabase(), clock_);
  std::function<control::World()> world_;
  std::unique_ptr<control::ControlLoop> loop_;
  identity::MemoryTable table_;
  std::unique_ptr<identity::Identity> identity_ =
      *identity::Identity::Open(table_, clock_, telemetry_);
  std::unique_ptr<identity::AcknowledgeLinks> links_ =
      *identity::AcknowledgeLinks::Open(table_, clock_);
  // The loop decides at once, unless nobody leads.
  bool leading_ = true;
  CommandDesk desk_{*store_, clock_, [this] {
                      if (!leading_) {
                        clock_.Advance(Duration::Seconds(11));
                      } else {
                        EXPECT_TRUE(loop_->Turn({}));
                      }
                      desk_.Notify();
                    }};
  EventFeed feed_{*store_};
  RouteBook book_;
};

TEST_F(ConsoleApiTest, AnIncidentIsOpenedAcknowledgedNotedAndResolved) {
  const std::string id = Open("customers cannot pay");
  EXPECT_EQ(id, "INC-1");
  EXPECT_EQ(Ask("POST", "incidents/{id}/acknowledge", {{"id", id}}).status, 200);
  EXPECT_EQ(Ask("POST", "incidents/{id}/note", {{"id", id}}, R"({"text":"line\nline"})").status,
            200);
  EXPECT_EQ(Ask("POST", "incidents/{id}/resolve", {{"id", id}}, R"({"reason":"restarted"})").status,
            200);
  const Json incident = Body(Ask("GET", "incidents/{id}", {{"id", id}}));
  EXPECT_EQ(incident["state"].as_string(), "resolved");
  EXPECT_EQ(incident["acknowledged_by"].as_string(), "sato");
  EXPECT_EQ(incident["resolution"].as_string(), "restarted");
  EXPECT_EQ(incident["notes"].as_array().size(), 1u);
}

TEST_F(ConsoleApiTest, AlarmsAreListedInPagesWithTheirNumber) {
  const auto list = [this](std::vector<std::pair<std::string, std::string>> query) {
    return Body(Ask("GET", "alarms", {}, "", {}, "sato", std::move(query)));
  };
  EXPECT_EQ(list({})["alarms"].as_array().at(0)["name"].as_string(), "HighErrorRate");
  EXPECT_EQ(list({{"match", "nothing like it"}})["total"].as_int(), 0);
  const Json beyond = list({{"offset", "1"}});
  EXPECT_TRUE(beyond["alarms"].as_array().empty());
  EXPECT_EQ(beyond["total"].as_int(), 1);
  EXPECT_EQ(beyond["counts"]["INSUFFICIENT_DATA"].as_int(), 1);
  EXPECT_EQ(Message(Ask("GET", "alarms", {}, "", {}, "sato", {{"state", "ok"}})),
            "state is OK, ALARM or INSUFFICIENT_DATA, not 'ok'");
  EXPECT_EQ(Message(Ask("GET", "alarms", {}, "", {}, "sato", {{"limit", "all"}})),
            "limit is a number, not 'all'");
  EXPECT_EQ(Body(Ask("GET", "now", {}))["counts"]["INSUFFICIENT_DATA"].as_int(), 1);
}

TEST_F(ConsoleApiTest, AnUnknownAlarmGetsTheNearestOneOrTheWayToAll) {
  const auto says = [this](const std::string& name) {
    return Message(Ask("GET", "alarms/{name}", {{"name", name}}));
  };
  EXPECT_EQ(says("HighErorRate"), "there is no alarm HighErorRate; did you mean HighErrorRate?");
  EXPECT_EQ(says("nothing"),
            "there is no alarm nothing; GET alarms and 'hinomi alarm list' list those of "
            "alarms.yml");
}

TEST_F(ConsoleApiTest, ABacktestTriesAnotherThresholdOfOneAlarm) {
  const auto tried = [this](const std::string& alarm, const Json& threshold) {
    const Instant now = clock_.Now();
    Json body = Json::MakeObject().Set("threshold", threshold).Set("to", FormatRfc3339(now));
    body.Set("from", FormatRfc3339(now - Duration::Hours(1)));
    if (!alarm.empty()) body.Set("alarm", alarm);
    return Ask("POST", "alarms/backtest", {}, body.Dump());
  };
  for (const auto& [threshold, state, seconds] :
       {std::tuple{10, "ALARM", 3600}, std::tuple{20, "OK", 0}}) {
    const http::Response answer = tried("HighErrorRate", threshold);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const Json sum = Body(answer)["alarms"].as_array().at(0);
    EXPECT_EQ(sum["threshold"].as_double(), threshold);
    ASSERT_EQ(sum["states"].as_array().size(), 1u) << answer.body;
    EXPECT_EQ(sum["states"].as_array()[0]["state"].as_string(), state);
    EXPECT_EQ(sum["states_total"].as_int(), 1);
    EXPECT_EQ(sum["in_alarm_seconds"].as_int(), seconds);
  }
  EXPECT_EQ(Message(tried("", 10)), "a threshold is tried for one alarm: name it as alarm");
  EXPECT_EQ(Message(tried("HighErrorRate", "10")), "threshold must be a number");
  EXPECT_EQ(tried("AnyError", 10).status, 404);
  EXPECT_EQ(Message(tried("HighErorRate", 10)),
            "There is no alarm \"HighErorRate\". Did you mean \"HighErrorRate\"?");
}

TEST_F(ConsoleApiTest, OfManyIncidentsTheFirstScreenHoldsThoseThatNeedSomebodyMost) {
  for (int i = 1; i <= 60; ++i) Open("fault " + std::to_string(i));
  for (int i = 5; i <= 60; ++i)
    Ask("POST", "incidents/{id}/acknowledge", {{"id", "INC-" + std::to_string(i)}});
  const Json now = Body(Ask("GET", "now", {}));
  const auto& shown = now["incidents"].as_array();
  ASSERT_EQ(shown.size(), 50u);
  EXPECT_EQ(shown[0]["state"].as_string(), "triggered");
  EXPECT_EQ(shown[3]["state"].as_string(), "triggered");
  EXPECT_EQ(shown[4]["state"].as_string(), "acknowledged");
  EXPECT_EQ(now["counts"]["incidents"].as_int(), 60);
  EXPECT_EQ(now["counts"]["unacknowledged"].as_int(), 4);
  const Json list =
      Body(Ask("GET", "incidents", {}, "", {}, "sato", {{"offset", "58"}, {"limit", "5"}}));
  EXPECT_EQ(list["incidents"].as_array().size(), 2u);
  EXPECT_EQ(list["total"].as_int(), 60);
}

TEST_F(ConsoleApiTest, WhatCannotBeWrittenIsRefusedWithTheNameOfTheField) {
  const std::string id = Open("x");
  const std::string line(1025, 'x');
  const struct {
    std::string pattern, body, says;
  } cases[] = {
      {"incidents", R"({"title":")" + line + R"("})", "title: 1025 bytes; at most 1024"},
      {"incidents", R"({"title":"a\u0000b"})", "title: expected one line"},
      {"incidents", R"({"title":"a\nb"})", "title: expected one line"},
      {"incidents", R"({"title":"a\u001b[31m"})", "title: expected one line"},
      {"incidents", R"({"title":"a","service":")" + line + R"("})", "service: 1025 bytes"},
      {"incidents", R"({"title":"a","service":{"a":1}})", "service: expected text"},
      {"incidents", "{\"title\":\"\xff\"}", ""},
      {"incidents", R"(["title"])", "the body must be a JSON object"},
      {"incidents", R"({"title":)", ""},
      {"incidents/{id}/note", R"({"text":")" + std::string(20'000, 'x') + R"("})",
       "text: 20000 bytes; at most 16384"},
      {"incidents/{id}/note", R"({"text":"a\u0000"})", "text: holds control characters"},
      {"incidents/{id}/resolve", R"({"reason":"\u0007"})", "reason: holds control"},
  };
  const uint64_t before = loop_->head().sequence;
  for (const auto& c : cases) {
    std::vector<std::pair<std::string, std::string>> parameters;
    if (c.pattern.find("{id}") != std::string::npos) parameters = {{"id", id}};
    const http::Response answer = Ask("POST", c.pattern, parameters, c.body);
    EXPECT_EQ(answer.status, 400) << c.body.substr(0, 60);
    EXPECT_NE(Message(answer).find(c.says), std::string::npos) << Message(answer);
  }
  EXPECT_EQ(Ask("POST", "incidents/{id}/acknowledge", {{"id", std::string("a\0b", 3)}}).status,
            400);
  EXPECT_EQ(Ask("POST", "incidents/{id}/acknowledge", {{"id", id}}, "", {{"Idempotency-Key", line}})
                .status,
            400);
  EXPECT_EQ(loop_->head().sequence, before) << "nothing of it came to the journal";
  // At the limit all is well.
  EXPECT_EQ(Ask("POST", "incidents", {}, R"({"title":")" + std::string(1024, 'x') + R"("})").status,
            200);
}

TEST_F(ConsoleApiTest, NoBodyChangesWhatThePathSays) {
  Open("first");
  Open("second");
  EXPECT_EQ(Ask("POST", "incidents/{id}/acknowledge", {{"id", "INC-1"}}, R"({"incident":"INC-2"})")
                .status,
            200);
  EXPECT_EQ(Body(Ask("GET", "incidents/{id}", {{"id", "INC-2"}}))["state"].as_string(),
            "triggered");
}

TEST_F(ConsoleApiTest, TheSameKeyIsTheSameCommandForItsOwnerOnly) {
  const std::vector<std::pair<std::string, std::string>> key{{"Idempotency-Key", "k"}};
  const auto first = Ask("POST", "incidents", {}, R"({"title":"a"})", key);
  EXPECT_EQ(Ask("POST", "incidents", {}, R"({"title":"a"})", key).body, first.body);
  EXPECT_NE(Ask("POST", "incidents", {}, R"({"title":"b"})", key, "tanaka").body, first.body);
}

TEST_F(ConsoleApiTest, ACommandThatNobodyDecidesIsKeptAndFoundAgain) {
  const std::vector<std::pair<std::string, std::string>> key{{"Idempotency-Key", "k"}};
  leading_ = false;
  const auto waiting = Ask("POST", "incidents", {}, R"({"title":"a"})", key);
  EXPECT_EQ(waiting.status, 504);
  EXPECT_NE(Message(waiting).find("Ask again"), std::string::npos);
  leading_ = true;
  EXPECT_EQ(Body(Ask("POST", "incidents", {}, R"({"title":"a"})", key))["incident"]["id"],
            Json("INC-1"));
  EXPECT_EQ(world_().incidents.open.size(), 1u);
}

TEST_F(ConsoleApiTest, ARefusalComesInWords) {
  const auto refused = Ask("POST", "incidents/{id}/acknowledge", {{"id", "INC-9"}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(Message(refused).find("INC-9"), std::string::npos);
}

TEST_F(ConsoleApiTest, AnErasedPersonsWordsAreGoneAndTheJournalSaysSo) {
  const std::string id = Open("x");
  Ask("POST", "incidents/{id}/note", {{"id", id}}, R"({"text":"call 090-0000-0000"})");
  const auto journal = [&] {
    return Ask("GET", "journal", {}, "", {{"accept-language", "en"}}).body;
  };
  EXPECT_NE(journal().find("090-0000"), std::string::npos);
  EXPECT_EQ(Ask("POST", "people/{name}/erase", {{"name", "sato"}}, "", {}, "root").status, 200);
  EXPECT_EQ(journal().find("090-0000"), std::string::npos);
  EXPECT_NE(journal().find("(erased)"), std::string::npos);
  EXPECT_NE(journal().find("person.erased"), std::string::npos);
  for (const http::Route& route : book_.routes())
    if (route.pattern.find("/people/") != std::string::npos) {
      EXPECT_EQ(route.right, "users:manage");
    }
}

TEST_F(ConsoleApiTest, TheJournalShowsAnEventsFieldsToPrograms) {
  const std::string id = Open("x");
  const auto opened = [&](const char* data) {
    const Json journal = Body(Ask("GET", "journal", {}, "", {}, "sato", {{"data", data}}));
    for (const Json& entry : journal["entries"].as_array())
      if (entry["type"].as_string() == "incident.opened") return entry;
    return Json();
  };
  EXPECT_EQ(opened("true")["data"]["incident"].as_string(), id);
  EXPECT_EQ(opened("true")["version"].as_int(), 1);
  EXPECT_TRUE(opened("")["data"].is_null());
}

TEST_F(ConsoleApiTest, TheJournalIsFilteredByTheServer) {
  const std::string id = Open("card payments fail");
  Ask("POST", "incidents/{id}/note", {{"id", id}}, R"({"text":"Rolling Back"})");
  Ask("POST", "incidents/{id}/acknowledge", {{"id", id}}, "", {}, "tanaka");
  const auto types = [this](std::vector<std::pair<std::string, std::string>> query) {
    query.emplace_back("lang", "en");
    const Json found = Body(Ask("GET", "journal", {}, "", {}, "sato", std::move(query)));
    std::string names;
    for (const Json& entry : found["entries"].as_array()) names += entry["type"].as_string() + " ";
    return names;
  };
  EXPECT_EQ(types({{"type", "incident.noted"}}), "incident.noted ");
  EXPECT_EQ(types({{"type", "incident"}, {"actor", "tanaka"}}), "incident.acknowledged ");
  EXPECT_EQ(types({{"match", "back rolling"}}), "incident.noted ") << "all its words, any order";
  EXPECT_EQ(types({{"match", "rolling forward"}}), "");
  EXPECT_EQ(types({{"subject", "incident:" + id}, {"type", "incident"}}),
            "incident.acknowledged incident.noted incident.opened ");
  EXPECT_EQ(types({{"from", "2200-01-01T00:00:00Z"}}), "");
  EXPECT_EQ(types({{"type", "ops,server"}, {"to", "2200-01-01T00:00:00Z"}}),
            "ops.loaded server.started ");
  const auto refused = Ask("GET", "journal", {}, "", {}, "sato", {{"type", "incidnet"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(Message(refused).find("did you mean incident?"), std::string::npos) << Message(refused);
}

TEST_F(ConsoleApiTest, ARareWordIsLookedForInStepsThatSayHowFarTheyCame) {
  for (int i = 0; i < 4; ++i) Open("nothing special");
  const Json page =
      Body(Ask("GET", "journal", {}, "", {}, "sato", {{"type", "incident"}, {"limit", "3"}}));
  EXPECT_EQ(page["entries"].as_array().size(), 3u);
  EXPECT_GT(page["next"].as_int(), 0);
  EXPECT_TRUE(page["searched_to"].is_string());
  const Json rest =
      Body(Ask("GET", "journal", {}, "", {}, "sato",
               {{"type", "incident"}, {"before", std::to_string(page["next"].as_int())}}));
  EXPECT_EQ(rest["entries"].as_array().size(), 1u);
  EXPECT_EQ(rest["next"].as_int(), 0);
  EXPECT_TRUE(rest["searched_to"].is_null());
}

TEST_F(ConsoleApiTest, TheChainTellsWhatWasProvedAndByWhom) {
  Open("x");
  EXPECT_TRUE(Body(Ask("GET", "journal/chain", {}))["last_proof"].is_null());
  const Json proof = Body(Ask("POST", "journal/verify", {}));
  EXPECT_TRUE(proof["ok"].as_bool());
  const Json chain = Body(Ask("GET", "journal/chain", {}));
  EXPECT_EQ(chain["last_proof"]["by"].as_string(), "sato");
  EXPECT_EQ(chain["last_proof"]["sequence"], chain["head"]["sequence"]);
  EXPECT_EQ(chain["since"], chain["head"]["sequence"]);
  EXPECT_TRUE(chain["checkpoint"].is_null());

  // What somebody shows may be forged: the others do not hear of it.
  store::Checkpoint forged = store::MakeCheckpoint(
      store::CheckpointKey::FromSeed(std::string(32, 's')), store_->JournalHead().value(), {});
  forged.hash[0] ^= 1;
  const Json shown =
      Body(Ask("POST", "journal/verify", {},
               Json::MakeObject().Set("checkpoint", store::FormatCheckpoint(forged)).Dump()));
  EXPECT_FALSE(shown["ok"].as_bool());
  EXPECT_FALSE(shown["contradiction"].is_null());
  EXPECT_TRUE(Body(Ask("GET", "journal/chain", {}))["last_proof"]["ok"].as_bool());
}

TEST_F(ConsoleApiTest, QuestionsWithWrongWordsAreAnsweredByWhatIsWrong) {
  const struct {
    const char* pattern;
    const char* name;
    std::string value;
    int status;
  } cases[] = {
      {"incidents", "state", "bad", 400},
      {"journal", "before", "x", 400},
      {"journal", "subject", std::string(2000, 'x'), 400},
      {"alarms/{name}/series", "step_seconds", "0", 400},
      {"alarms/{name}/series", "from", "yesterday", 400},
      {"alarms/{name}/series", "from", "2999-01-01T00:00:00Z", 400},
      {"alarms/{name}/series", "from", "1999-01-01T00:00:00Z", 400},
      {"alarms/{name}/series", "step_seconds", "60", 200},
  };
  for (const auto& c : cases) {
    http::Request request;
    request.method = "GET";
    request.query = {{c.name, c.value}};
    request.path_parameters = {{"name", "HighErrorRate"}};
    for (const http::Route& route : book_.routes()) {
      if (route.method != "GET" || route.pattern != std::string("/api/hinomi/v1/") + c.pattern)
        continue;
      EXPECT_EQ(route.handler(request).status, c.status) << c.pattern << " " << c.name;
    }
  }
  const auto missing = Ask("GET", "alarms/{name}", {{"name", "HighErrorRat"}});
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(Message(missing).find("did you mean HighErrorRate?"), std::string::npos);
}

TEST_F(ConsoleApiTest, ATokenNeedsAUserRoleAndDaysThatMakeSense) {
  const struct {
    const char* body;
    int status;
    const char* says;
  } cases[] = {
      {R"({"user":"sato","role":"on-call"})", 200, ""},
      {R"({"role":"on-call"})", 400, "user: expected a name"},
      {R"({"user":"a\u0000","role":"on-call"})", 400, "user: expected one line"},
      {R"({"user":"hinomi","role":"on-call"})", 400, "Hinomi's own"},
      {R"({"user":"contact:on-call","role":"on-call"})", 400, "Hinomi's own"},
      {R"({"user":"sato","role":"oncall"})", 400, "did you mean on-call?"},
      {R"({"user":"sato","role":"on-call","days":0})", 400, "days: expected 1 to 3650"},
      {R"({"user":"sato","role":"on-call","name":"a\nb"})", 400, "name: expected one line"},
      {"[]", 400, "user: expected a name"},
      {"{", 400, ""},
  };
  for (const auto& c : cases) {
    const auto answer = Ask("POST", "tokens", {}, c.body, {}, "root");
    EXPECT_EQ(answer.status, c.status) << c.body;
    if (c.status == 200) continue;
    EXPECT_NE(Message(answer).find(c.says), std::string::npos) << answer.body;
  }
}

TEST_F(ConsoleApiTest, RolesAreChangedButNeverTheLastWhoCouldChangeThem) {
  ASSERT_TRUE(identity_->PutUser({"tanaka", {identity::Role::kViewer}}));
  const auto change = [this](const char* name, const char* body) {
    return Ask("POST", "users/{name}", {{"name", name}}, body, {}, "root");
  };
  const Json changed = Body(change("tanaka", R"({"roles":["on-call","viewer"]})"));
  EXPECT_EQ(changed["roles"].as_array().size(), 2u);
  EXPECT_TRUE(identity_->FindUser("tanaka")->Has("incidents:act"));
  EXPECT_TRUE(Body(change("tanaka", R"({"disabled":true})"))["disabled"].as_bool());
  EXPECT_FALSE(identity_->FindUser("tanaka")->Has("console:read"));
  EXPECT_EQ(change("nobody", R"({"disabled":true})").status, 404);
  EXPECT_NE(Message(change("tanaka", R"({"roles":["oncall"]})")).find("did you mean on-call?"),
            std::string::npos);
  for (const char* body : {R"({"disabled":true})", R"({"roles":[]})"}) {
    EXPECT_EQ(change("root", body).status, 409) << body;
    EXPECT_TRUE(identity_->FindUser("root")->Has("users:manage"));
  }
}

TEST_F(ConsoleApiTest, SessionsAreListedAndEndedByTheirOwner) {
  ASSERT_TRUE(identity_->PutUser({"tanaka", {identity::Role::kViewer}}));
  const auto sign_in = [this](const std::string& user) {
    return identity_->RedeemSignInLink(*identity_->CreateSignInLink(user), "peer")->cookie;
  };
  const std::string own = sign_in("root");
  sign_in("tanaka");
  const auto list = [&](const char* user) {
    return Body(Ask("GET", "sessions", {}, "", {{"cookie", "hinomi=" + own}}, user))["sessions"];
  };
  ASSERT_EQ(list("root").as_array().size(), 1u);
  EXPECT_EQ(list("root").as_array()[0]["user"].as_string(), "root");
  const std::string id = list("tanaka").as_array()[0]["id"].as_string();
  EXPECT_EQ(Ask("DELETE", "sessions/{id}", {{"id", id}}, "", {}, "root").status, 404)
      << "of others only by users/{name}/sessions";
  EXPECT_EQ(Ask("DELETE", "sessions/{id}", {{"id", id}}, "", {}, "tanaka").status, 200);
  EXPECT_TRUE(list("tanaka").as_array().empty());
  sign_in("tanaka");
  EXPECT_EQ(Ask("DELETE", "users/{name}/sessions", {{"name", "tanaka"}}, "", {}, "root").status,
            200);
  EXPECT_TRUE(list("tanaka").as_array().empty());
  EXPECT_EQ(list("root").as_array().size(), 1u);
}

TEST_F(ConsoleApiTest, WhatChangesTheServerAsksForItsRight) {
  const std::pair<std::string, std::string> rights[] = {
      {"GET users", "users:manage"},
      {"POST users/{name}", "users:manage"},
      {"GET users/{name}/sessions", "users:manage"},
      {"DELETE users/{name}/sessions", "users:manage"},
      {"POST tokens", "users:manage"},
      {"POST tokens/link", "users:manage"},
      {"POST ops/reload", "config:change"},
      {"POST channels/{name}/test", "incidents:act"},
      {"DELETE sessions/{id}", "self:read"},
      {"GET channels", "console:read"},
  };
  for (const auto& [name, right] : rights) {
    std::string found;
    for (const http::Route& route : book_.routes())
      if (route.method + " " + route.pattern.substr(15) == name) found = route.right;
    EXPECT_EQ(found, right) << name;
  }
  const Json table = Body(Ask("GET", "rights", {}));
  EXPECT_EQ(table["rights"].as_array().size(), identity::RightTable().size());
  EXPECT_EQ(table["roles"].as_array().size(), std::size(identity::kAllRoles));
}

TEST_F(ConsoleApiTest, AChannelTellsWhomItReachesAndItsPagesAlsoOfATest) {
  const auto channel = [this] {
    return Body(Ask("GET", "channels", {}))["channels"].as_array().at(0);
  };
  EXPECT_TRUE(channel()["pages"].as_array().empty());
  EXPECT_EQ(channel()["contacts"].as_array().at(0)["address"].as_string(), "on@example.com");
  const auto asked =
      Ask("POST", "channels/{name}/test", {{"name", "mail"}}, R"({"address":"on@example.com"})");
  ASSERT_EQ(asked.status, 200) << asked.body;
  const std::string id = Body(asked)["page"]["pages"].as_array().at(0).as_string();
  EXPECT_EQ(channel()["pages"].as_array().at(0)["state"].as_string(), "queued");
  EXPECT_TRUE(loop_->Turn({ops_model::JobResult{.kind = "page",
                                                .key = id,
                                                .outcome = ops_model::JobResult::Outcome::kFailed,
                                                .reason_code = "refused",
                                                .detail = "550 no such user"}}));
  const Json page = channel()["pages"].as_array().at(0);
  EXPECT_EQ(page["id"].as_string(), id);
  EXPECT_EQ(page["state"].as_string(), "failed");
  EXPECT_EQ(page["attempts"].as_array().at(0)["detail"].as_string(), "550 no such user");
}

TEST_F(ConsoleApiTest, ALinkSignsItsUserInOnce) {
  const auto made = Ask("POST", "tokens/link", {}, R"({"user":"root"})", {}, "root");
  ASSERT_EQ(made.status, 200) << made.body;
  const std::string path = Body(made)["path"].as_string();
  ASSERT_TRUE(path.starts_with("/api/hinomi/v1/session/link/"));
  const std::string code = path.substr(path.rfind('/') + 1);
  const auto where = [](const http::Response& response) {
    for (const auto& [name, value] : response.headers)
      if (name == "Location") return value;
    return std::string();
  };
  EXPECT_EQ(where(Ask("GET", "session/link/{code}", {{"code", code}})), "/");
  // The page itself says that the link was used.
  EXPECT_EQ(where(Ask("GET", "session/link/{code}", {{"code", code}})), "/?link=spent");
  EXPECT_EQ(Ask("POST", "tokens/link", {}, R"({"user":"nobody"})", {}, "root").status, 404);
}

}  // namespace
}  // namespace hinomi::api
