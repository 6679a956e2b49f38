#include "os/shim.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/random.h"
#include "base/strings.h"
#include "os/files.h"
#include "os/impl/shim_files.h"
#include "os/impl/spawn.h"
#include "os/testing.h"

namespace hinomi {
namespace {

const std::vector<std::string> kShim = {HN_SHIM_PROGRAM, "shim"};

/// Runs have directories below one that is removed; no process is left.
class ShimTest : public ::testing::Test {
 protected:
  // The shims of a killed launcher come to us, so that we can reap them where
  // the machine's first process does not.
  static void SetUpTestSuite() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

  ~ShimTest() override {
    PosixFiles files;
    const auto names = files.List(temporary_.path());
    for (const std::string& name : *names) {
      const std::string directory = Directory(name);
      EXPECT_TRUE(Within20Seconds([&] {
        const ShimStatus status = Adopt(name);
        if (status.process_running) (void)SignalProcess(status.process, SIGKILL);
        if (status.state == ShimState::kRunning) (void)StopShim(directory);
        return status.state != ShimState::kRunning && !status.process_running;
      })) << name;
    }
  }

  std::string Directory(const std::string& run) const { return temporary_.path() + "/" + run; }

  ShimSpec Script(const std::string& run, const std::string& script) const {
    ShimSpec spec{.directory = Directory(run)};
    spec.command.argv = {"/bin/sh", "-c", script, "sh"};
    spec.kill_grace = Duration::Seconds(5);
    return spec;
  }

  Result<ShimStatus> Launch(const ShimSpec& spec) const { return LaunchShim(kShim, spec); }

  ShimStatus Adopt(const std::string& run) const {
    auto status = AdoptShim(Directory(run));
    EXPECT_TRUE(status) << (status ? "" : status.error().message);
    return status ? *status : ShimStatus{};
  }

  ShimStatus ToTheEnd(const std::string& run) const {
    EXPECT_TRUE(Within20Seconds([&] { return Adopt(run).state != ShimState::kRunning; }));
    return Adopt(run);
  }

  std::string Output(const std::string& run, const std::string& file = "output") const {
    PosixFiles files;
    auto text = files.ReadAll(Directory(run) + "/" + file);
    return text ? *text : "absent";
  }

  /// A Hinomi that launches one run and can be killed.
  pid_t LaunchFromAnotherProcess(const std::string& run, const std::string& script) const {
    auto pid = os_impl::Spawn(
        {.argv = {HN_SHIM_PROGRAM, "launch", Directory(run), "/bin/sh", "-c", script}}, {{2, 2}});
    EXPECT_TRUE(pid);
    return pid ? *pid : 0;
  }
  static void KillHard(pid_t pid) {
    ASSERT_GT(pid, 0);
    ::kill(pid, SIGKILL);
    ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  }

  TempDirectory temporary_;
};

TEST_F(ShimTest, RecordsEndOutputAndUse) {
  const auto launched = Launch(Script("a", "echo out; echo err >&2; exit 7"));
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_GT(launched->process.pid, 0);
  const ShimStatus status = ToTheEnd("a");
  EXPECT_EQ(status.state, ShimState::kEnded);
  EXPECT_EQ(status.exit_code, 7);
  EXPECT_EQ(status.signal, 0);
  EXPECT_FALSE(status.stopped);
  EXPECT_GT(status.used.max_resident_bytes, 100'000u);
  EXPECT_GT(status.elapsed, Duration());
  EXPECT_GT(status.started_at, Instant::FromSeconds(1'600'000'000));
  EXPECT_GE(status.ended_at, status.started_at);
  EXPECT_EQ(status.output_bytes, 8u);
  EXPECT_EQ(Output("a"), "out\nerr\n");
}

TEST_F(ShimTest, TheProcessHasASessionOfItsOwnAndNoTerminalInput) {
  ASSERT_TRUE(Launch(Script("a", "ps -o sid= -p $$; echo $$; cat; ls /proc/self/fd")));
  ToTheEnd("a");
  const std::string output = Output("a");
  const auto lines = Split(output, '\n');
  ASSERT_GE(lines.size(), 3u);
  EXPECT_EQ(Trim(lines[0]), Trim(lines[1]));
  EXPECT_EQ(output.substr(output.find('\n', output.find('\n') + 1) + 1), "0\n1\n2\n3\n");
}

TEST_F(ShimTest, EnvironmentAndDirectoryReachTheProcess) {
  ShimSpec spec = Script("a", "echo $HN_SHIM_TEST; pwd");
  spec.command.environment = {{"HN_SHIM_TEST", "set"}};
  spec.command.directory = "/usr";
  ASSERT_TRUE(Launch(spec));
  ToTheEnd("a");
  EXPECT_EQ(Output("a"), "set\n/usr\n");
}

TEST_F(ShimTest, SurvivesThatHinomiIsKilledAndIsAdopted) {
  const pid_t hinomi = LaunchFromAnotherProcess(
      "a", "echo begun; while [ ! -e " + Directory("go") + " ]; do sleep 0.01; done; exit 7");
  ASSERT_TRUE(Within20Seconds([&] { return Output("a") == "begun\n"; }));
  KillHard(hinomi);
  const ShimStatus adopted = Adopt("a");
  EXPECT_EQ(adopted.state, ShimState::kRunning);
  EXPECT_TRUE(IsRunning(adopted.process));
  EXPECT_TRUE(IsRunning(adopted.shim));
  PosixFiles files;
  ASSERT_TRUE(files.MakeDirectories(Directory("go")));
  const ShimStatus ended = ToTheEnd("a");
  EXPECT_EQ(ended.state, ShimState::kEnded);
  EXPECT_EQ(ended.exit_code, 7);
}

TEST_F(ShimTest, KilledAtAnyMomentHinomiFindsWhatRanAndNothingRunsTwice) {
  Random random(20261124);
  for (int i = 0; i < 40; ++i) {
    const std::string run = "run" + std::to_string(i);
    const std::string mark = temporary_.path() + "/mark" + std::to_string(i);
    const std::string script = "echo x >> " + mark;
    const pid_t hinomi = LaunchFromAnotherProcess(run, script);
    ::usleep(static_cast<useconds_t>(random.Below(6000)));
    KillHard(hinomi);
    const ShimStatus found = ToTheEnd(run);
    PosixFiles files;
    const auto marks = files.ReadAll(mark);
    switch (found.state) {
      case ShimState::kEnded:
        EXPECT_EQ(marks ? *marks : "none", "x\n");
        EXPECT_EQ(Launch(Script(run, script)).error().code, ErrorCode::kConflict);
        break;
      case ShimState::kNotStarted:
        EXPECT_FALSE(marks);
        EXPECT_TRUE(Launch(Script(run, script)));
        EXPECT_EQ(ToTheEnd(run).state, ShimState::kEnded);
        break;
      default:
        ADD_FAILURE() << ShimStateName(found.state) << ": " << found.reason;
    }
    EXPECT_EQ(*files.ReadAll(mark), "x\n");
    (void)files.Remove(mark);
  }
}

TEST_F(ShimTest, ARunThatIsGoingOnOrDoneIsNotLaunchedAgain) {
  ASSERT_TRUE(Launch(Script("a", "sleep 1000")));
  EXPECT_EQ(Launch(Script("a", "true")).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(StopShim(Directory("a")));
  EXPECT_EQ(ToTheEnd("a").state, ShimState::kEnded);
  EXPECT_EQ(Launch(Script("a", "true")).error().code, ErrorCode::kConflict);
}

TEST_F(ShimTest, AShimThatWasKilledLeavesUnknown) {
  ASSERT_TRUE(Launch(Script("a", "sleep 1000")));
  ASSERT_TRUE(SignalProcess(Adopt("a").shim, SIGKILL));
  ASSERT_TRUE(Within20Seconds([&] { return Adopt("a").state != ShimState::kRunning; }));
  const ShimStatus orphan = Adopt("a");
  EXPECT_EQ(orphan.state, ShimState::kUnknown);
  EXPECT_TRUE(orphan.process_running);
  EXPECT_EQ(orphan.reason, "its shim ended without recording an end");
  EXPECT_EQ(Launch(Script("a", "true")).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(StopShim(Directory("a")));
  EXPECT_TRUE(Within20Seconds([&] { return !Adopt("a").process_running; }));
  EXPECT_EQ(Adopt("a").state, ShimState::kUnknown);
}

TEST_F(ShimTest, AfterARestartOfTheMachineARunWithoutEndIsUnknown) {
  PosixFiles files;
  ASSERT_TRUE(files.MakeDirectories(Directory("a")));
  os_impl::Record record;
  record.phase = os_impl::RecordedPhase::kRunning;
  record.status.shim = record.status.process = OwnIdentity();
  record.status.shim.boot_id = record.status.process.boot_id = "the boot before";
  ASSERT_TRUE(os_impl::WriteRecord(Directory("a"), record));
  const ShimStatus status = Adopt("a");
  EXPECT_EQ(status.state, ShimState::kUnknown);
  EXPECT_FALSE(status.process_running);
  EXPECT_EQ(status.reason, "the machine was restarted while it ran");
}

TEST_F(ShimTest, AProgramThatIsNotThereNeverRan) {
  ShimSpec spec{.directory = Directory("a")};
  spec.command.argv = {"/nowhere/program"};
  const auto launched = Launch(spec);
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(launched.error().message, "cannot run /nowhere/program: No such file or directory");
  EXPECT_EQ(Adopt("a").state, ShimState::kNotStarted);
  // Nothing ran, so it may be tried again.
  EXPECT_TRUE(Launch(Script("a", "true")));
  EXPECT_EQ(ToTheEnd("a").exit_code, 0);
}

TEST_F(ShimTest, WithoutAShimProgramNothingRan) {
  EXPECT_EQ(LaunchShim({"/nowhere/hinomi", "shim"}, Script("a", "true")).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(LaunchShim({"/bin/false"}, Script("a", "true")).error().code, ErrorCode::kInternal);
  EXPECT_EQ(Adopt("a").state, ShimState::kNotStarted);
}

TEST_F(ShimTest, ADirectoryThatNobodyUsedWasNotStarted) {
  EXPECT_EQ(Adopt("nowhere").state, ShimState::kNotStarted);
  EXPECT_EQ(Adopt("nowhere").reason, "it was never started");
}

TEST_F(ShimTest, AStatusThatIsNotOursIsCorrupt) {
  PosixFiles files;
  for (const char* text : {"", "{", "[]", "{\"version\":2,\"phase\":\"ended\"}"}) {
    ASSERT_TRUE(files.MakeDirectories(Directory("a")));
    ASSERT_TRUE(files.WriteAtomically(Directory("a") + "/status.json", text));
    EXPECT_EQ(AdoptShim(Directory("a")).error().code, ErrorCode::kCorrupt) << text;
  }
  ASSERT_TRUE(files.Remove(Directory("a") + "/status.json"));
}

TEST_F(ShimTest, OutOfTimeItIsAskedThenKilled) {
  ShimSpec polite = Script("polite", "trap 'exit 9' TERM; while :; do sleep 0.01; done");
  ShimSpec deaf = Script("deaf", "trap '' TERM; while :; do sleep 0.01; done");
  polite.timeout = deaf.timeout = Duration::Millis(200);
  deaf.kill_grace = Duration::Millis(200);
  ASSERT_TRUE(Launch(polite));
  ASSERT_TRUE(Launch(deaf));
  EXPECT_EQ(ToTheEnd("polite").exit_code, 9);
  EXPECT_TRUE(Adopt("polite").timed_out);
  EXPECT_EQ(ToTheEnd("deaf").signal, SIGKILL);
  EXPECT_TRUE(Adopt("deaf").timed_out);
}

TEST_F(ShimTest, StoppingIsRecordedAsSuch) {
  ASSERT_TRUE(Launch(Script("a", "sleep 1000")));
  ASSERT_TRUE(StopShim(Directory("a")));
  const ShimStatus status = ToTheEnd("a");
  EXPECT_EQ(status.state, ShimState::kEnded);
  EXPECT_EQ(status.signal, SIGTERM);
  EXPECT_TRUE(status.stopped);
  EXPECT_FALSE(status.timed_out);
  EXPECT_TRUE(StopShim(Directory("a")));
}

TEST_F(ShimTest, DaemonsThatItLeftBehindEndWithIt) {
  // Twice away: a session of its own, and its parent gone.
  const std::string up = Directory("up");
  ShimSpec spec =
      Script("a", "setsid sh -c 'trap \"\" TERM; echo $$; mkdir " + up +
                      "; exec sleep 1000' & while [ ! -d " + up + " ]; do sleep 0.01; done");
  spec.kill_grace = Duration::Millis(300);
  ASSERT_TRUE(Launch(spec));
  EXPECT_EQ(ToTheEnd("a").exit_code, 0);
  const auto daemon = ParseInt(Trim(Output("a")));
  ASSERT_TRUE(daemon) << Output("a");
  EXPECT_FALSE(IdentityOf(*daemon));
}

TEST_F(ShimTest, LeftoversStayWhereThatIsWanted) {
  ShimSpec spec = Script("a", "setsid sleep 1000 & echo $!");
  spec.leftovers = Leftovers::kLeave;
  ASSERT_TRUE(Launch(spec));
  EXPECT_EQ(ToTheEnd("a").exit_code, 0);
  const auto left = ParseInt(Trim(Output("a")));
  ASSERT_TRUE(left) << Output("a");
  const auto identity = IdentityOf(*left);
  ASSERT_TRUE(identity);
  EXPECT_TRUE(IsRunning(*identity));
  ASSERT_TRUE(SignalProcess(*identity, SIGKILL));
}

TEST_F(ShimTest, LimitsHoldForWhatTheProcessStarts) {
  // The limits come a moment after the start, so it waits for them.
  ShimSpec spec = Script("a",
                         "while [ \"$(ulimit -n)\" != 33 ]; do sleep 0.01; done; "
                         "sh -c 'ulimit -n; ulimit -d; nice'");
  spec.limits = {.memory_bytes = 64u << 20, .open_files = 33, .nice = 7};
  ASSERT_TRUE(Launch(spec));
  EXPECT_EQ(ToTheEnd("a").exit_code, 0);
  EXPECT_EQ(Output("a"), "33\n65536\n7\n");
}

TEST_F(ShimTest, MemoryBeyondTheLimitIsNotGiven) {
  ShimSpec spec = Script("a",
                         "while [ \"$(ulimit -d)\" = unlimited ]; do sleep 0.01; done; "
                         "dd if=/dev/zero of=/dev/null bs=256M count=1");
  spec.limits.memory_bytes = 32u << 20;
  ASSERT_TRUE(Launch(spec));
  EXPECT_EQ(ToTheEnd("a").exit_code, 1);
  EXPECT_NE(Output("a").find("memory exhausted"), std::string::npos) << Output("a");
}

TEST_F(ShimTest, TheNewestOutputIsKept) {
  ShimSpec spec = Script("a", "i=0; while [ $i -lt 1000 ]; do echo line $i; i=$((i+1)); done");
  spec.output_limit_bytes = 2000;
  ASSERT_TRUE(Launch(spec));
  const ShimStatus status = ToTheEnd("a");
  EXPECT_EQ(status.output_bytes, 8890u);
  const std::string kept = Output("a", "output.1") + Output("a");
  EXPECT_LE(kept.size(), 2000u);
  EXPECT_GE(kept.size(), 1000u);
  EXPECT_TRUE(kept.ends_with("line 998\nline 999\n"));
}

TEST(ShimMainTest, ByHandItSaysWhoStartsIt) {
  const auto result = RunProcess({.argv = {HN_SHIM_PROGRAM, "shim", "--help"}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 2);
  EXPECT_NE(result->error_output.find("started by hinomi itself"), std::string::npos);
}

}  // namespace
}  // namespace hinomi
