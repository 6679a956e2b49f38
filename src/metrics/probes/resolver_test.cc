#include "metrics/probes/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <atomic>
#include <future>

#include "os/system_clock.h"

namespace hinomi::metrics {
namespace {

using testing::HasSubstr;

/// A system's resolver that answers when the test lets it.
class HangingLookup {
 public:
  LookupFunction function() {
    return [state = state_](const std::string&) -> Result<std::vector<NetAddress>> {
      ++state->calls;
      state->gate.wait();
      NetAddress address;
      address.storage.ss_family = AF_INET;
      address.size = sizeof(sockaddr_in);
      return std::vector<NetAddress>{address};
    };
  }
  void Open() { state_->open.set_value(); }
  int calls() const { return state_->calls; }

 private:
  // Lookups may outlive the test.
  struct State {
    std::promise<void> open;
    std::shared_future<void> gate = open.get_future().share();
    std::atomic<int> calls = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

TEST(SplitHostPortTest, TakesTheBracketsOfIpv6Away) {
  const auto target = SplitHostPort("[::1]:5432");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->host, "::1");
  EXPECT_EQ(target->port, 5432);
}

TEST(ResolverTest, AddressesInDigitsNeedNoLookup) {
  const SystemClock clock;
  Resolver resolver(
      [](const std::string&) -> Result<std::vector<NetAddress>> { return Internal("was asked"); });
  for (const auto& [host, family] : {std::pair{"127.0.0.1", AF_INET}, {"::1", AF_INET6}}) {
    const auto found = resolver.Resolve({host, 53}, Deadline(clock, Duration::Seconds(5)));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->at(0).family(), family);
  }
}

TEST(ResolverTest, ALookupThatHangsHoldsNobodyAndIsSharedByAllWhoAsk) {
  const SystemClock clock;
  HangingLookup lookup;
  Resolver resolver(lookup.function());
  const Deadline soon(clock, Duration::Millis(20));
  for (int i = 0; i < 3; ++i) {
    const auto found = resolver.Resolve({"db.example.com", 5432}, soon);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::kTimeout);
    EXPECT_THAT(found.error().message, HasSubstr("db.example.com"));
  }
  auto waits = std::async(std::launch::async, [&] {
    return resolver.Resolve({"db.example.com", 5432}, Deadline(clock, Duration::Seconds(20)));
  });
  lookup.Open();
  const auto found = waits.get();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(ntohs(reinterpret_cast<const sockaddr_in*>(found->at(0).address())->sin_port), 5432);
  EXPECT_LE(lookup.calls(), 2);  // The first, and one if the gate opened before the last asked.
}

TEST(ResolverTest, ManyNamesThatHangAreRefusedRatherThanGivenMoreThreads) {
  const SystemClock clock;
  HangingLookup lookup;
  Resolver resolver(lookup.function(), 2);
  const Deadline soon(clock, Duration::Millis(10));
  EXPECT_EQ(resolver.Resolve({"a", 1}, soon).error().code, ErrorCode::kTimeout);
  EXPECT_EQ(resolver.Resolve({"b", 1}, soon).error().code, ErrorCode::kTimeout);
  EXPECT_EQ(resolver.Resolve({"c", 1}, soon).error().code, ErrorCode::kExhausted);
  lookup.Open();
}

}  // namespace
}  // namespace hinomi::metrics
