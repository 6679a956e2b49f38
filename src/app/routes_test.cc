// The routes that a server really has.
#include "app/routes.h"

#include <gtest/gtest.h>

#include <set>

#include "api/guide/http_reference.h"
#include "http/testing.h"
#include "identity/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/system_clock.h"
#include "store/open.h"
#include "store/testing.h"

namespace hinomi::app {
namespace {

class RoutesTest : public ::testing::TestWithParam<bool> {
 protected:
  RoutesTest() {
    metrics::TsdbOptions tsdb;
    tsdb.directory = directory_.path();
    metrics_ = *metrics::Tsdb::Open(files_, clock_, log_, telemetry_, tsdb);
    receiver_ = std::make_unique<metrics::RemoteWriteReceiver>(*metrics_, telemetry_);
    identity_ = *identity::Identity::Open(table_, clock_, telemetry_, {.no_auth = GetParam()});
    links_ = *identity::AcknowledgeLinks::Open(table_, clock_);
    EXPECT_TRUE(identity_->PutUser({"root", {identity::Role::kAdmin, identity::Role::kDevOps}}));
    token_ = identity_->CreateToken("root", "", {}, Instant::Max())->text;
    auto picture = std::make_shared<api::Picture>();
    picture->policy = std::make_shared<policy::OpsFolder>();
    bands_ = std::make_unique<BandModels>(*metrics_, clock_);
    RouteContext context{*store_,    clock_,  telemetry_, desk_,      feed_,
                         *identity_, *links_, *metrics_,  *receiver_, *bands_};
    context.picture = [picture] { return picture; };
    context.targets = [] { return std::vector<api::TargetState>(); };
    context.findings = [] { return std::vector<policy::Finding>(); };
    context.release = "test";
    context.tsdb.emplace(api::TsdbApiContext{*metrics_, clock_, log_, directory_.path() + "/s"});
    context.command_reference = [](guide::Words&) { return std::string("# Commands\n"); };
    http::ServerConfig config;
    config.listen = {"127.0.0.1:0"};
    server_ = http::MakeServer(config, identity_->AsAuthorizer(), clock_, telemetry_, log_);
    AddAllRoutes(*server_, context);
    EXPECT_TRUE(server_->Start());
    const std::string address = server_->addresses().at(0);
    port_ = static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  ~RoutesTest() override { server_->Stop(); }

  std::string Ask(const std::string& method, const std::string& path,
                  const std::string& headers) const {
    http::RawConnection connection(port_);
    connection.Send(method + " " + path +
                    " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                    "Content-Type: application/json\r\nContent-Length: 2\r\n" +
                    headers + "\r\n{}");
    return connection.ReadToEnd();
  }

  SystemClock clock_;
  Telemetry telemetry_;
  NullLog log_;
  PosixFiles files_;
  store::TempDirectory directory_;
  std::unique_ptr<store::Store> store_ =
      store::OpenMemoryStore(store::MakeMemoryDatabase(), clock_);
  api::CommandDesk desk_{*store_, clock_, [] {}};
  api::EventFeed feed_{*store_};
  identity::MemoryTable table_;
  std::unique_ptr<identity::Identity> identity_;
  std::unique_ptr<identity::AcknowledgeLinks> links_;
  std::unique_ptr<metrics::Tsdb> metrics_;
  std::unique_ptr<BandModels> bands_;
  std::unique_ptr<metrics::RemoteWriteReceiver> receiver_;
  std::unique_ptr<http::Server> server_;
  std::string token_;
  uint16_t port_ = 0;
};

TEST_P(RoutesTest, EveryRouteHasARightThatTheTableKnows) {
  EXPECT_EQ(identity::CheckRoutes(server_->routes(), PublicWrites()), std::vector<std::string>());
  std::set<std::string> names;
  for (const http::Route& route : server_->routes())
    names.insert(route.method + " " + route.pattern);
  // What is said to be public is there, and no more.
  for (const std::string& write : PublicWrites()) EXPECT_TRUE(names.contains(write)) << write;
  for (const char* expected :
       {"GET /", "GET /metrics", "POST /-/reload", "GET /api/v1/query", "POST /api/v1/write",
        "POST /api/v1/read", "GET /federate", "POST /api/v1/parse_query",
        "GET /api/v1/status/buildinfo", "GET /api/v1/targets", "GET /api/v1/rules",
        "GET /api/hinomi/v1/now", "GET /api/hinomi/v1/events", "POST /api/hinomi/v1/tokens",
        "POST /api/hinomi/v1/incidents/{id}/acknowledge", "GET /ack/{secret}",
        "GET /docs/{language}/{page}"})
    EXPECT_TRUE(names.contains(expected)) << expected;
}

TEST_P(RoutesTest, NoPageOfAnotherOriginIsAnswered) {
  for (const std::string& credentials :
       {std::string(), "Authorization: Bearer " + token_ + "\r\n",
        "Cookie: hinomi_session=" + identity_->SignIn(token_, "p")->cookie + "\r\n"})
    EXPECT_EQ(http::RoutesOpenToForeignPages(port_, server_->routes(), credentials),
              std::vector<std::string>());
}

// The guide tells of every route, and holds nothing that is not for all to see.
TEST_P(RoutesTest, TheGuideDescribesEveryRouteAndIsOpenToAll) {
  EXPECT_EQ(api::UndescribedRoutes(*server_), std::vector<std::string>());
  int pages = 0;
  for (const http::Route& route : server_->routes()) {
    if (!route.pattern.starts_with("/docs")) continue;
    ++pages;
    EXPECT_EQ(route.method, "GET") << route.pattern;
    EXPECT_EQ(route.right, "public") << route.pattern;
  }
  EXPECT_EQ(pages, 6);
}

// Without credentials a route is public or says that one has to sign in.
TEST_P(RoutesTest, WhoShowsNothingGetsNothingThatIsNotPublic) {
  for (const http::Route& route : server_->routes()) {
    if (route.right == "public") continue;
    if (GetParam()) continue;  // Then everybody is "local".
    EXPECT_EQ(http::StatusOf(Ask(route.method, route.pattern, "")), 401)
        << route.method << " " << route.pattern;
  }
}

// A person's commands must get through while queries fill their lane.
TEST_P(RoutesTest, WhatAnIncidentNeedsIsUrgent) {
  for (const http::Route& route : server_->routes()) {
    if (route.right != "incidents:act" && !route.pattern.starts_with("/ack/")) continue;
    EXPECT_EQ(route.lane, http::Lane::kUrgent) << route.method << " " << route.pattern;
  }
}

// Alarms see nothing while samples wait, and people see nothing while the console does.
TEST_P(RoutesTest, OnlyWhatTakesItsTimeSharesALaneWithQueries) {
  std::set<std::string> slow;
  for (const http::Route& route : server_->routes())
    if (route.lane == http::Lane::kBackground) slow.insert(route.pattern);
  EXPECT_EQ(
      slow,
      (std::set<std::string>{
          "/api/v1/query", "/api/v1/query_range", "/api/v1/query_exemplars", "/api/v1/parse_query",
          "/api/v1/read", "/federate", "/api/v1/targets/metadata", "/api/v1/format_query",
          "/api/v1/series", "/api/v1/labels", "/api/v1/label/{name}/values", "/api/v1/metadata",
          "/api/v1/status/tsdb", "/api/v1/admin/tsdb/snapshot", "/api/v1/admin/tsdb/delete_series",
          "/api/v1/admin/tsdb/clean_tombstones", "/api/hinomi/v1/journal/verify",
          "/api/hinomi/v1/alarms/backtest", "/api/hinomi/v1/alarms/check"}));
}

INSTANTIATE_TEST_SUITE_P(Modes, RoutesTest, testing::Bool(),
                         [](const auto& mode) { return mode.param ? "NoAuth" : "SignIn"; });

}  // namespace
}  // namespace hinomi::app
