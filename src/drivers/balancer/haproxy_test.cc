#include "drivers/balancer/haproxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "drivers/haproxy_testing.h"
#include "os/system_clock.h"

namespace hinomi::drivers {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
constexpr Duration kPatience = Duration::Seconds(10);
const SystemClock kClock;

HaproxyBalancer BalancerOf(const RealHaproxy& haproxy) {
  return HaproxyBalancer(HaproxySocket(haproxy.socket_path(), LocalSocketExchange(kClock)), kClock,
                         {.backend = "app"});
}

NewServer Server(const std::string& name, const TestReplica& replica) {
  return {.name = name,
          .address = replica.address(),
          .weight = 10,
          .check = ServerCheck{.interval = Duration::Millis(50)}};
}

BalancedServer Find(LoadBalancer& balancer, const std::string& name) {
  const auto servers = balancer.Servers();
  EXPECT_TRUE(servers) << servers.error().message;
  for (const BalancedServer& server : *servers)
    if (server.name == name) return server;
  ADD_FAILURE() << "no server " << name;
  return {};
}

std::string MessageOf(const Status& status) {
  return status ? "" : status.error().message;
}

class HaproxyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RealHaproxy::Installed()) GTEST_SKIP() << "haproxy is not installed";
  }
};

TEST_F(HaproxyTest, ServersComeAndServeAndGo) {
  RealHaproxy haproxy;
  TestReplica replicas[3];
  HaproxyBalancer balancer = BalancerOf(haproxy);
  EXPECT_EQ(haproxy.Get("/"), 503);
  for (int i = 0; i < 3; ++i) {
    const std::string name = "r" + std::to_string(i);
    const Status added = balancer.Add(Server(name, replicas[i]));
    ASSERT_TRUE(added) << MessageOf(added);
    EXPECT_EQ(Find(balancer, name).state, ServerState::kMaintenance);
  }
  EXPECT_EQ(haproxy.Get("/"), 503) << "an added server gets nothing before it is enabled";
  for (const char* name : {"r0", "r1", "r2"}) {
    const Status enabled = balancer.Enable(name, kPatience);
    ASSERT_TRUE(enabled) << MessageOf(enabled);
    const BalancedServer server = Find(balancer, name);
    EXPECT_EQ(server.state, ServerState::kReady);
    EXPECT_EQ(server.health, ServerHealth::kHealthy);
    EXPECT_THAT(server.check, StartsWith("L7OK"));
    EXPECT_EQ(server.weight, 10);
  }
  EXPECT_EQ(Find(balancer, "r1").address, replicas[1].address());
  for (int i = 0; i < 6; ++i) EXPECT_EQ(haproxy.Get("/"), 200);
  for (const TestReplica& replica : replicas) EXPECT_EQ(replica.requests(), 2);

  ASSERT_TRUE(balancer.SetWeight("r0", 0));
  EXPECT_EQ(Find(balancer, "r0").weight, 0);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(haproxy.Get("/"), 200);
  EXPECT_EQ(replicas[0].requests(), 2);

  for (const char* name : {"r0", "r1"}) {
    const Status removed = balancer.Remove(name, kPatience);
    ASSERT_TRUE(removed) << MessageOf(removed);
  }
  const auto left = balancer.Servers();
  ASSERT_TRUE(left);
  ASSERT_EQ(left->size(), 1u);
  EXPECT_EQ(left->front().name, "r2");
  EXPECT_EQ(haproxy.Get("/"), 200);
}

TEST_F(HaproxyTest, ADrainedServerEndsWhatItHas) {
  RealHaproxy haproxy;
  TestReplica slow, other;
  HaproxyBalancer balancer = BalancerOf(haproxy);
  ASSERT_TRUE(balancer.Add(Server("slow", slow)));
  ASSERT_TRUE(balancer.Enable("slow", kPatience));
  auto in_flight = std::async(std::launch::async, [&] { return haproxy.Get("/slow"); });
  ASSERT_TRUE(slow.AwaitSlow(1));
  ASSERT_TRUE(balancer.Add(Server("other", other)));
  ASSERT_TRUE(balancer.Enable("other", kPatience));

  const Status early = balancer.Drain("slow", Duration::Millis(120));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(early.error().message, HasSubstr("app/slow"));
  EXPECT_THAT(early.error().message, HasSubstr("1 requests in flight after 120ms"));
  EXPECT_EQ(Find(balancer, "slow").state, ServerState::kDraining);
  EXPECT_EQ(Find(balancer, "slow").health, ServerHealth::kHealthy);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(haproxy.Get("/"), 200);
  EXPECT_EQ(other.requests(), 4) << "new requests go elsewhere";

  const Status busy = balancer.Remove("slow", Duration::Millis(120));
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(busy.error().message, HasSubstr("left in maintenance"));

  slow.LetSlowGo();
  EXPECT_EQ(in_flight.get(), 200) << "the slow request ends well";
  ASSERT_TRUE(balancer.Drain("slow", kPatience));
  ASSERT_TRUE(balancer.Remove("slow", kPatience));
  EXPECT_EQ(slow.requests(), 1);
}

TEST_F(HaproxyTest, AReplicaThatNeverBecomesHealthyNeverGetsARequest) {
  RealHaproxy haproxy;
  TestReplica well, ill(false);
  HaproxyBalancer balancer = BalancerOf(haproxy);
  ASSERT_TRUE(balancer.Add(Server("well", well)));
  ASSERT_TRUE(balancer.Enable("well", kPatience));
  ASSERT_TRUE(balancer.Add(Server("ill", ill)));
  const Status enabled = balancer.Enable("ill", Duration::Millis(400));
  ASSERT_FALSE(enabled);
  EXPECT_EQ(enabled.error().code, ErrorCode::kTimeout);
  EXPECT_TRUE(IsRetryable(enabled.error().code));
  EXPECT_THAT(enabled.error().message, HasSubstr("its last check says L7STS"));
  EXPECT_EQ(Find(balancer, "ill").state, ServerState::kDraining);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(haproxy.Get("/"), 200);
  EXPECT_EQ(ill.requests(), 0);

  // It was well once: the old result does not count.
  ASSERT_TRUE(balancer.Disable("well"));
  well.SetHealthy(false);
  EXPECT_FALSE(balancer.Enable("well", Duration::Millis(400)));
  ill.SetHealthy(true);
  const Status mended = balancer.Enable("ill", kPatience);
  EXPECT_TRUE(mended) << MessageOf(mended);
}

TEST_F(HaproxyTest, ASickServerIsSeenWithinTwoSecondsAtChecksOf500Ms) {
  RealHaproxy haproxy;
  TestReplica replica;
  HaproxyBalancer balancer = BalancerOf(haproxy);
  NewServer server = Server("r", replica);
  server.check = ServerCheck{};
  ASSERT_TRUE(balancer.Add(server));
  ASSERT_TRUE(balancer.Enable("r", kPatience));
  replica.SetHealthy(false);
  const Duration before = kClock.Monotonic();
  while (Find(balancer, "r").health != ServerHealth::kUnhealthy)
    ASSERT_LE(kClock.Monotonic() - before, Duration::Seconds(2));
  EXPECT_THAT(Find(balancer, "r").check, StartsWith("L7STS"));
  EXPECT_EQ(haproxy.Get("/"), 503);
}

TEST_F(HaproxyTest, CallsMayBeRepeated) {
  RealHaproxy haproxy;
  TestReplica replica, elsewhere;
  HaproxyBalancer balancer = BalancerOf(haproxy);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(MessageOf(balancer.Add(Server("r", replica))), "");
    EXPECT_EQ(MessageOf(balancer.Enable("r", kPatience)), "");
  }
  const Status taken = balancer.Add(Server("r", elsewhere));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kConflict);
  EXPECT_THAT(taken.error().message, HasSubstr(replica.address()));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(MessageOf(balancer.Drain("r", kPatience)), "");
    EXPECT_EQ(MessageOf(balancer.Disable("r")), "");
  }
  for (int i = 0; i < 2; ++i) EXPECT_EQ(MessageOf(balancer.Remove("r", kPatience)), "");
  const Status gone = balancer.Enable("r", kPatience);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
}

TEST_F(HaproxyTest, WhatCannotBeDoneIsRefusedWithTheReason) {
  RealHaproxy haproxy({"server fixed 127.0.0.1:1"});
  HaproxyBalancer balancer = BalancerOf(haproxy);
  const struct {
    NewServer server;
    std::string_view reason;
  } kCases[] = {
      {{.name = "a;shutdown frontend web", .address = "127.0.0.1:1"}, "no name of a server"},
      {{.name = "a\nb", .address = "127.0.0.1:1"}, "no name of a server"},
      {{.name = "", .address = "127.0.0.1:1"}, "no name of a server"},
      {{.name = "a", .address = "127.0.0.1:1 id 7"}, "no address of a server"},
      {{.name = "a", .address = "db.example.com:1"}, "no address of a server"},
      {{.name = "a", .address = "127.0.0.1:1", .weight = 257}, "0 to 256"},
      {{.name = "a", .address = "127.0.0.1:1", .check = ServerCheck{.fall = 0}}, "above 0"},
      {{.name = "a", .address = "127.0.0.1:99999"}, "HAProxy says"},
  };
  for (const auto& c : kCases) {
    const Status added = balancer.Add(c.server);
    ASSERT_FALSE(added) << c.reason;
    EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument) << added.error().message;
    EXPECT_THAT(added.error().message, HasSubstr(c.reason));
  }
  EXPECT_EQ(balancer.Servers()->size(), 1u);

  HaproxyBalancer other(HaproxySocket(haproxy.socket_path(), LocalSocketExchange(kClock)), kClock,
                        {.backend = "ap"});
  for (const Status& status : {other.Add({.name = "a", .address = "127.0.0.1:1"}),
                               other.SetWeight("a", 1), Status(other.Servers().error())}) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kNotFound) << status.error().message;
    EXPECT_THAT(status.error().message, HasSubstr(haproxy.socket_path()));
  }
}

TEST_F(HaproxyTest, AReloadForgetsServersOfRunTimeAndTheyCanBeAddedAgain) {
  RealHaproxy haproxy;
  TestReplica replica;
  HaproxyBalancer balancer = BalancerOf(haproxy);
  ASSERT_TRUE(balancer.Add(Server("r", replica)));
  ASSERT_TRUE(balancer.Enable("r", kPatience));
  haproxy.Reload();
  const Status gone = balancer.Drain("r", kPatience);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(gone.error().message, HasSubstr("add it again"));
  ASSERT_TRUE(balancer.Add(Server("r", replica)));
  ASSERT_TRUE(balancer.Enable("r", kPatience));
  EXPECT_EQ(haproxy.Get("/"), 200);
}

}  // namespace
}  // namespace hinomi::drivers
