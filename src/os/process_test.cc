#include "os/process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "base/strings.h"
#include "os/testing.h"

namespace hinomi {
namespace {

RunResult Shell(const std::string& script, RunOptions options = {}) {
  auto result = RunProcess({.argv = {"/bin/sh", "-c", script}}, options);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? *result : RunResult{};
}

/// A signal takes a moment to be obeyed.
bool Goes(int64_t pid) {
  const auto identity = IdentityOf(pid);
  for (int i = 0; identity && IsRunning(*identity); ++i) {
    if (i == 5000) return false;
    ::usleep(1000);
  }
  return true;
}

TEST(RunProcessTest, TellsEndAndOutput) {
  struct Case {
    const char* script;
    int exit_code;
    int signal;
    const char* output;
    const char* error_output;
    const char* how;
  };
  const Case cases[] = {
      {"echo out; echo err >&2", 0, 0, "out\n", "err\n", "exit code 0"},
      {"exit 3", 3, 0, "", "", "exit code 3"},
      {"kill -KILL $$", -1, SIGKILL, "", "", "signal 9 (Killed)"},
  };
  for (const Case& c : cases) {
    const RunResult result = Shell(c.script);
    EXPECT_EQ(result.exit_code, c.exit_code) << c.script;
    EXPECT_EQ(result.signal, c.signal) << c.script;
    EXPECT_EQ(result.output, c.output) << c.script;
    EXPECT_EQ(result.error_output, c.error_output) << c.script;
    EXPECT_EQ(result.HowItEnded(), c.how);
    EXPECT_EQ(result.ok(), c.exit_code == 0);
  }
}

TEST(RunProcessTest, ArgumentsReachTheProgramAsTheyAre) {
  const auto result = RunProcess({.argv = {"printf", "%s|", "a b", "$HOME", "*", "'\""}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "a b|$HOME|*|'\"|");
}

TEST(RunProcessTest, EnvironmentDirectoryAndInput) {
  const TempDirectory directory;
  ::setenv("HN_PROCESS_TEST", "outer", 1);
  ::setenv("HN_PROCESS_TEST_KEPT", "kept", 1);
  const auto result =
      RunProcess({.argv = {"sh", "-c", "echo $HN_PROCESS_TEST $HN_PROCESS_TEST_KEPT; pwd; cat"},
                  .environment = {{"HN_PROCESS_TEST", "inner"}},
                  .directory = directory.path()},
                 {.input = "fed"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "inner kept\n" + directory.path() + "\nfed");
  const auto bare = RunProcess(
      {.argv = {"/usr/bin/env"}, .environment = {{"ONLY", "this"}}, .inherit_environment = false});
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->output, "ONLY=this\n");
}

TEST(RunProcessTest, AProgramThatIsNotThereIsAnError) {
  const auto missing = RunProcess({.argv = {"/nowhere/program"}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message, "cannot run /nowhere/program: No such file or directory");
  EXPECT_EQ(RunProcess({}).error().code, ErrorCode::kInvalidArgument);
}

TEST(RunProcessTest, OutputBeyondItsLimitIsReadAndDropped) {
  const RunResult result =
      Shell("head -c 3000000 /dev/zero; echo end >&2", {.output_limit_bytes = 1000});
  EXPECT_EQ(result.output.size(), 1000u);
  EXPECT_EQ(result.error_output, "end\n");
  EXPECT_TRUE(result.output_cut);
  EXPECT_EQ(result.exit_code, 0);
}

TEST(RunProcessTest, AfterItsTimeTheWholeGroupIsKilled) {
  RunOptions options;
  options.timeout = Duration::Millis(300);
  options.kill_grace = Duration::Millis(200);
  // It and its child ignore the polite signal.
  const RunResult result = Shell("trap '' TERM; sleep 1000 & echo $!; wait", options);
  EXPECT_TRUE(result.timed_out);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.signal, SIGKILL);
  const auto child = ParseInt(Trim(result.output));
  ASSERT_TRUE(child);
  EXPECT_TRUE(Goes(*child));
}

TEST(RunProcessTest, WhatItLeftBehindDoesNotHoldItsEnd) {
  const RunResult result = Shell("sleep 1000 & echo $!");
  EXPECT_LT(result.elapsed, Duration::Seconds(20));
  const auto child = ParseInt(Trim(result.output));
  ASSERT_TRUE(child);
  EXPECT_TRUE(Goes(*child));
}

TEST(RunProcessTest, NoDescriptorOfOursIsHandedOn) {
  const int leaky = ::dup(1);
  const RunResult result = Shell("ls /proc/self/fd");
  ::close(leaky);
  // 3 is the directory that ls reads.
  EXPECT_EQ(result.output, "0\n1\n2\n3\n");
}

TEST(ProcessIdentityTest, APidOfAnotherStartOrBootIsAnotherProcess) {
  const ProcessIdentity own = OwnIdentity();
  EXPECT_EQ(own.pid, ::getpid());
  EXPECT_TRUE(IsRunning(own));
  ProcessIdentity earlier = own;
  earlier.start_ticks -= 1;
  EXPECT_FALSE(IsRunning(earlier));
  EXPECT_EQ(SignalProcess(earlier, SIGKILL).error().code, ErrorCode::kNotFound);
  ProcessIdentity rebooted = own;
  rebooted.boot_id = "another";
  EXPECT_FALSE(IsRunning(rebooted));
  EXPECT_EQ(SignalProcess(rebooted, SIGKILL).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(SignalProcess(own, 0));
  EXPECT_FALSE(IsRunning({}));
  EXPECT_EQ(IdentityOf(1 << 30).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace hinomi
