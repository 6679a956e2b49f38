#include "drivers/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "base/strings.h"
#include "drivers/host_testing.h"
#include "drivers/impl/process_tree.h"
#include "drivers/testing.h"
#include "os/testing.h"

namespace hinomi::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LocalHostTest : public ::testing::Test {
 protected:
  ~LocalHostTest() override {
    for (const std::string& run : *host_.List("runs")) {
      const std::string directory = "runs/" + run;
      // Again: a process that is just becoming another program is not found.
      EXPECT_TRUE(Within20Seconds([&] {
        (void)host_.Kill(directory);
        return host_.Adopt(directory)->state != ShimState::kRunning;
      }));
    }
  }
  ShimSpec Script(const std::string& run, const std::string& script) const {
    ShimSpec spec{.directory = "runs/" + run};
    spec.command.argv = {"/bin/sh", "-c", script};
    return spec;
  }
  std::string Output(const std::string& run) {
    const auto part = host_.ReadFile("runs/" + run + "/output", 0, 1000);
    return part ? part->bytes : "";
  }

  TempDirectory root_;
  LocalHost host_{"local", root_.path(), {HN_SERVICES_PROGRAM, "shim"}};
};

TEST_F(LocalHostTest, FilesAreReadWrittenAndRemovedBelowItsRoot) {
  ASSERT_TRUE(host_.WriteFile("a/b/c", "hello", 0600));
  EXPECT_EQ(host_.ReadFile("a/b/c", 1, 3)->bytes, "ell");
  EXPECT_EQ(host_.ReadFile("a/b/c", 9, 3)->bytes, "");
  EXPECT_EQ(host_.Stat("a/b/c")->size_bytes, 5u);
  EXPECT_FALSE(host_.Stat("a/b/c")->is_directory);
  EXPECT_TRUE(host_.Stat("a/b")->is_directory);
  EXPECT_THAT(*host_.List("a/b"), ElementsAre("c"));
  EXPECT_THAT(*host_.List("nowhere"), IsEmpty());
  EXPECT_EQ(host_.ReadFile("a/x", 0, 1).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(host_.Remove("a"));
  EXPECT_TRUE(host_.Remove("a"));
  EXPECT_EQ(host_.Stat("a/b/c").error().code, ErrorCode::kNotFound);
}

TEST_F(LocalHostTest, AFileThatTakesAnothersPlaceHasAnotherIdentity) {
  ASSERT_TRUE(host_.WriteFile("log", "one", 0600));
  const std::string before = host_.Stat("log")->identity;
  EXPECT_EQ(host_.ReadFile("log", 0, 9)->facts.identity, before);
  ASSERT_TRUE(host_.WriteFile("log", "two", 0600));
  EXPECT_NE(host_.Stat("log")->identity, before);
}

TEST_F(LocalHostTest, NoPathLeavesItsRoot) {
  std::filesystem::create_directory_symlink("/etc", root_.path() + "/link");
  std::filesystem::create_directory_symlink("/", root_.path() + "/up");
  for (const char* path :
       {"", ".", "/etc/passwd", "../x", "a/../../x", "link/passwd", "up", "link"}) {
    EXPECT_EQ(host_.ReadFile(path, 0, 1).error().code, ErrorCode::kInvalidArgument) << path;
    EXPECT_EQ(host_.Remove(path).error().code, ErrorCode::kInvalidArgument) << path;
    EXPECT_EQ(host_.WriteFile(path, "x", 0600).error().code, ErrorCode::kInvalidArgument) << path;
    EXPECT_EQ(host_.Adopt(path).error().code, ErrorCode::kInvalidArgument) << path;
  }
  EXPECT_TRUE(std::filesystem::exists("/etc/passwd"));
  EXPECT_THAT(host_.List("/").error().message, HasSubstr("must be relative to the host's root"));
}

TEST_F(LocalHostTest, RunsProgramsWithTimeAndOutputBounded) {
  const auto cut =
      host_.Run({.argv = {"/bin/sh", "-c", "echo 0123456789"}}, {.output_limit_bytes = 4});
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->output, "0123");
  EXPECT_TRUE(cut->output_cut);
  const auto slow = host_.Run({.argv = {"/bin/sleep", "1000"}}, {.timeout = Duration::Millis(50)});
  ASSERT_TRUE(slow);
  EXPECT_TRUE(slow->timed_out);
  const auto missing = host_.Run({.argv = {"/nowhere/program"}}, {});
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(IsRetryable(missing.error().code));
}

TEST_F(LocalHostTest, StartsAdoptsAndStopsAProcess) {
  ASSERT_TRUE(host_.Launch(Script("a", "echo $HINOMI_RUN; sleep 1000")));
  ASSERT_TRUE(Within20Seconds([&] { return !Output("a").empty(); }));
  EXPECT_EQ(std::string(Trim(Output("a"))),
            std::filesystem::canonical(root_.path()).string() + "/runs/a");
  EXPECT_EQ(host_.Adopt("runs/a")->state, ShimState::kRunning);
  EXPECT_EQ(host_.Launch(Script("a", "true")).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(host_.Stop("runs/a"));
  ASSERT_TRUE(Within20Seconds([&] { return host_.Adopt("runs/a")->state == ShimState::kEnded; }));
  EXPECT_EQ(host_.Adopt("runs/a")->signal, SIGTERM);
}

TEST_F(LocalHostTest, KillEndsDaemonsTooEvenWhenTheShimIsGone) {
  ASSERT_TRUE(host_.Launch(
      Script("a", "setsid sh -c 'trap \"\" TERM; echo $$; exec sleep 1000' & exec sleep 1000")));
  ASSERT_TRUE(Within20Seconds([&] { return !Output("a").empty(); }));
  const auto daemon = IdentityOf(ParseInt(Trim(Output("a"))).value_or(0));
  ASSERT_TRUE(daemon);
  const ShimStatus before = *host_.Adopt("runs/a");
  ASSERT_TRUE(SignalProcess(before.shim, SIGKILL));
  ASSERT_TRUE(Within20Seconds([&] { return host_.Adopt("runs/a")->state == ShimState::kUnknown; }));
  EXPECT_TRUE(IsRunning(*daemon));
  ASSERT_TRUE(host_.Kill("runs/a"));
  EXPECT_TRUE(Within20Seconds([&] { return !IsRunning(*daemon) && !IsRunning(before.process); }));
}

TEST_F(LocalHostTest, KillLeavesTheShimToRecordTheEnd) {
  ASSERT_TRUE(host_.Launch(Script("a", "trap '' TERM; echo up; while :; do sleep 0.01; done")));
  ASSERT_TRUE(Within20Seconds([&] { return Output("a") == "up\n"; }));
  ASSERT_TRUE(host_.Kill("runs/a"));
  ASSERT_TRUE(Within20Seconds([&] { return host_.Adopt("runs/a")->state == ShimState::kEnded; }));
  EXPECT_EQ(host_.Adopt("runs/a")->signal, SIGKILL);
}

TEST_F(LocalHostTest, UseCountsAllThatAProcessStarted) {
  // 100 MB in a grandchild that went away from its session, and its CPU time.
  ASSERT_TRUE(host_.Launch(Script(
      "a", "setsid sh -c 'head -c 100000000 /dev/zero | tail -n 1 | sleep 1000' & sleep 1000")));
  ASSERT_TRUE(Within20Seconds([&] {
    const auto use = host_.Use("runs/a");
    return use && use->resident_bytes > 100'000'000u && use->cpu_time >= Duration::Millis(10);
  }));
  EXPECT_GE(host_.Use("runs/a")->processes, 3u);
  ASSERT_TRUE(host_.Kill("runs/a"));
  EXPECT_TRUE(Within20Seconds([&] {
    const auto use = host_.Use("runs/a");
    return !use && use.error().code == ErrorCode::kNotFound;
  }));
}

TEST_F(LocalHostTest, CpuTimeOfEndedChildrenStaysCounted) {
  ASSERT_TRUE(host_.Launch(
      Script("a",
             "i=0; sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; echo done; "
             "exec sleep 1000")));
  ASSERT_TRUE(Within20Seconds([&] { return Output("a") == "done\n"; }));
  EXPECT_GE(host_.Use("runs/a")->cpu_time, Duration::Millis(30));
}

TEST_F(LocalHostTest, KnowsWhichPortsAreTaken) {
  uint16_t port = 0;
  {
    const HttpReceiver receiver;
    port = static_cast<uint16_t>(*ParseUint(receiver.url().substr(receiver.url().rfind(':') + 1)));
    EXPECT_FALSE(*host_.IsPortFree(port));
  }
  EXPECT_TRUE(*host_.IsPortFree(port));
  EXPECT_EQ(host_.IsPortFree(0).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(LocalHostTest, AsksWhetherAServiceIsWell) {
  using Kind = HealthQuestion::Kind;
  uint16_t port = 0;
  {
    HttpReceiver receiver;
    port = static_cast<uint16_t>(*ParseUint(receiver.url().substr(receiver.url().rfind(':') + 1)));
    receiver.AnswerNext({{.status = 200},
                         {.status = 302},
                         {.status = 503},
                         {.way = HttpAnswer::Way::kClose},
                         {.way = HttpAnswer::Way::kHang}});
    const HealthQuestion question{.port = port, .path = "/healthz"};
    EXPECT_TRUE(host_.Ask(question));
    EXPECT_TRUE(host_.Ask(question));
    const std::string what = "GET /healthz on port " + std::to_string(port);
    EXPECT_EQ(host_.Ask(question).error().message, what + " answered HTTP 503");
    EXPECT_EQ(host_.Ask(question).error().code, ErrorCode::kUnavailable);
    HealthQuestion short_one = question;
    short_one.timeout = Duration::Millis(50);
    EXPECT_EQ(host_.Ask(short_one).error().message, what + " had no answer within 50ms");
    EXPECT_TRUE(host_.Ask({.kind = Kind::kTcp, .port = port}));
  }
  const Status refused = host_.Ask({.kind = Kind::kTcp, .port = port});
  EXPECT_EQ(refused.error().message, "port " + std::to_string(port) + " refuses connections");
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
}

TEST(ProcessStatTest, ReadsNamesWithBlanksAndParentheses) {
  const auto stat = impl::ParseProcessStat(
      "42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 30 20 20 0 1 0 999 1000 25 x", 100, 4096);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->parent, 7);
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->own_time, Duration::Seconds(2));
  EXPECT_EQ(stat->reaped_time, Duration::Millis(500));
  EXPECT_EQ(stat->resident_bytes, 25u * 4096);
}

TEST(ProcessStatTest, WhatIsNoStatGivesNothing) {
  for (const char* line : {"", "42", "42 (a) ", "42 (a) S 7", "42 (a) S x 1 1 0 -1 4 1 2 3 4 a 5"})
    EXPECT_FALSE(impl::ParseProcessStat(line, 100, 4096)) << line;
}

TEST(FakeHostTest, BehavesAsAHostDoes) {
  ManualClock clock;
  FakeHost host("one", clock);
  ASSERT_TRUE(host.WriteFile("s/a/task.json", "{}", 0600));
  EXPECT_THAT(*host.List("s"), ElementsAre("a"));
  ShimSpec spec{.directory = "s/a"};
  ASSERT_TRUE(host.Launch(spec));
  EXPECT_EQ(host.Launch(spec).error().code, ErrorCode::kConflict);
  EXPECT_THAT(host.Running(), ElementsAre("s/a"));
  host.SetReachable(false);
  EXPECT_TRUE(IsRetryable(host.Adopt("s/a").error().code));
  host.SetReachable(true);
  ASSERT_TRUE(host.Stop("s/a"));
  EXPECT_EQ(host.Adopt("s/a")->signal, SIGTERM);
  EXPECT_THAT(host.Running(), IsEmpty());
  ASSERT_TRUE(host.Remove("s/a"));
  EXPECT_THAT(*host.List("s"), IsEmpty());
}

}  // namespace
}  // namespace hinomi::drivers
