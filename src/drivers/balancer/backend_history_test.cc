#include "drivers/balancer/backend_history.h"

#include <gtest/gtest.h>

namespace hinomi::drivers {
namespace {

struct Row {
  std::string name;
  uint64_t errors = 0;  ///< hrsp_5xx
  std::string id = "1";
};

struct Look {
  int64_t at_s;
  int64_t pid;
  int64_t uptime_s;
  uint64_t requests;
  uint64_t errors;  ///< hrsp_5xx of BACKEND
  std::vector<Row> servers;
  int64_t sessions = 0;
};

HaproxySnapshot Snapshot(const Look& look) {
  HaproxySnapshot snapshot;
  snapshot.process = {look.pid, 1'000 + look.at_s - look.uptime_s, look.uptime_s, "2.6"};
  snapshot.backend.name = "app";
  snapshot.backend.requests_total = look.requests;
  snapshot.backend.answers.by_class[4] = look.errors;
  snapshot.backend.sessions = look.sessions;
  for (const Row& row : look.servers) {
    ServerStat& server = snapshot.backend.servers.emplace_back();
    server.name = row.name;
    server.id = row.id;
    server.answers.by_class[4] = row.errors;
  }
  return snapshot;
}

/// "requests target-5xx balancer-5xx", or "-" when nothing can be said.
std::string Seen(const std::vector<Look>& looks) {
  BackendHistory history;
  std::string seen;
  for (const Look& look : looks) {
    const auto counts = history.Observe(Snapshot(look), Duration::Seconds(look.at_s));
    if (!seen.empty()) seen += "; ";
    seen += counts ? std::to_string(counts->requests) + " " +
                         std::to_string(counts->by_targets.server_errors()) + " " +
                         std::to_string(counts->by_balancer.server_errors())
                   : "-";
  }
  return seen;
}

TEST(BackendHistoryTest, CountersBecomeWhatHappenedSinceTheLastLook) {
  const struct {
    std::string_view what;
    std::vector<Look> looks;
    std::string_view seen;
  } kCases[] = {
      {"the first look compares with nothing, then differences",
       {{0, 7, 900, 500, 40, {{"a", 30}, {"b", 10}}},
        {5, 7, 905, 520, 45, {{"a", 32}, {"b", 13}}},
        {10, 7, 910, 520, 45, {{"a", 32}, {"b", 13}}}},
       "-; 20 5 0; 0 0 0"},
      {"a total outage: the balancer's own answers are counted, the servers' are not",
       {{0, 7, 900, 500, 40, {{"a", 40}}}, {5, 7, 905, 530, 70, {{"a", 40}}}},
       "-; 30 0 30"},
      {"both at once",
       {{0, 7, 900, 500, 40, {{"a", 40}}}, {5, 7, 905, 530, 50, {{"a", 44}}}},
       "-; 30 4 6"},
      {"after a reload the new process counts from its start",
       {{0, 7, 900, 500, 40, {{"a", 40}}},
        {5, 7, 905, 510, 42, {{"a", 42}}},
        {10, 8, 3, 6, 3, {{"a", 2}}},
        {15, 8, 8, 9, 3, {{"a", 2}}}},
       "-; 10 2 0; 6 2 1; 3 0 0"},
      {"old and new process answer by turns: nothing twice",
       {{0, 7, 900, 500, 0, {}},
        {5, 8, 2, 10, 0, {}},
        {10, 7, 910, 503, 0, {}},
        {15, 8, 12, 30, 0, {}}},
       "-; 10 0 0; 3 0 0; 20 0 0"},
      {"another process that has long been running: its past is not ours",
       {{0, 7, 900, 500, 0, {}}, {5, 9, 4'000, 90'000, 70, {}}, {10, 9, 4'005, 90'002, 71, {}}},
       "-; -; 2 0 1"},
      {"a process that began just before the last look",
       {{0, 7, 900, 500, 0, {}}, {5, 8, 6, 11, 0, {}}},
       "-; 11 0 0"},
      {"the socket was gone for a while, then a new process",
       {{0, 7, 900, 500, 0, {}}, {600, 8, 300, 44, 4, {{"a", 4}}}},
       "-; 44 4 0"},
      {"counters that were cleared by hand",
       {{0, 7, 900, 500, 40, {{"a", 40}}}, {5, 7, 905, 3, 2, {{"a", 1}}}},
       "-; 3 1 1"},
      {"a server that came, one that went, and a name that was used again",
       {{0, 7, 900, 500, 10, {{"a", 6}, {"b", 4}}},
        {5, 7, 905, 510, 13, {{"a", 7}, {"c", 2}}},
        {10, 7, 910, 520, 18, {{"a", 5, "9"}, {"c", 2}}}},
       "-; 10 3 0; 10 5 0"},
      {"a server's answer is counted at its head, the backend's at its end",
       {{0, 7, 900, 500, 0, {{"a", 0}}},
        {5, 7, 905, 501, 0, {{"a", 1}}, 1},
        {10, 7, 910, 501, 1, {{"a", 1}}},
        {15, 7, 915, 502, 2, {{"a", 1}}}},
       "-; 1 1 0; 0 0 0; 1 0 1"},
      {"answers that were retried hide nothing later",
       {{0, 7, 900, 500, 0, {{"a", 0}}},
        {5, 7, 905, 540, 0, {{"a", 40}}},
        {10, 7, 910, 550, 10, {{"a", 40}}}},
       "-; 40 40 0; 10 0 10"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Seen(c.looks), c.seen) << c.what;
}

TEST(BackendHistoryTest, WithoutAStartTimeAYoungerProcessOfTheSamePidIsAnotherOne) {
  BackendHistory history;
  HaproxySnapshot snapshot = Snapshot({0, 1, 900, 500, 0, {}});
  snapshot.process.start_time_s = 0;
  EXPECT_FALSE(history.Observe(snapshot, Duration::Seconds(0)));
  snapshot.process.uptime_s = 3;
  snapshot.backend.requests_total = 600;
  const auto counts = history.Observe(snapshot, Duration::Seconds(5));
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->requests, 600u);
}

TEST(BackendHistoryTest, HostsAreCountedByTheirStatus) {
  const struct {
    std::vector<std::string> statuses;
    std::optional<int64_t> healthy;
    int64_t unhealthy;
  } kCases[] = {
      {{}, 0, 0},
      {{"UP", "UP 1/2", "DOWN", "DOWN 1/2"}, 2, 2},
      {{"MAINT", "MAINT (via app/b)", "DRAIN", "NOLB"}, 0, 0},
      {{"UP", "no check"}, 1, 0},
      {{"DOWN", "no check"}, std::nullopt, 1},
      {{"no check"}, std::nullopt, 0},
      {{"DOWN"}, 0, 1},
  };
  for (const auto& c : kCases) {
    BackendStat backend;
    for (const std::string& status : c.statuses) backend.servers.emplace_back().status = status;
    const HostCounts counts = CountHosts(backend);
    EXPECT_EQ(counts.healthy, c.healthy) << ::testing::PrintToString(c.statuses);
    EXPECT_EQ(counts.unhealthy, c.unhealthy) << ::testing::PrintToString(c.statuses);
  }
}

}  // namespace
}  // namespace hinomi::drivers
