#include "app/job_runner.h"

#include <gtest/gtest.h>

#include "app/testing.h"

namespace hinomi::app {
namespace {

using ops_model::JobResult;

store::Job MakeJob(uint64_t id, store::Lane lane = store::Lane::kUrgent,
                   const std::string& kind = "page") {
  store::Job job;
  job.id = id;
  job.spec.kind = kind;
  job.spec.key = "PG-" + std::to_string(id);
  job.spec.payload = R"({"page":"PG-1"})";
  job.spec.lane = lane;
  job.attempts = 2;
  return job;
}

class JobRunnerTest : public ::testing::Test {
 protected:
  Gate gate_;  // Before the runner, whose threads may still be at it in its Stop.
  Mailbox<JobResult> results_;
  JobRunner runner_{[this](JobResult result) { results_.Put(std::move(result)); }};
};

TEST_F(JobRunnerTest, AResultNamesItsJob) {
  runner_.Register("page", [](const store::Job&) {
    JobResult result;
    result.reason_code = "accepted";
    return result;
  });
  runner_.Start();
  runner_.Dispatch(MakeJob(7));
  ASSERT_TRUE(results_.AwaitCount(1));
  const JobResult result = results_.all().front();
  EXPECT_EQ(result.id, 7u);
  EXPECT_EQ(result.key, "PG-7");
  EXPECT_EQ(result.kind, "page");
  EXPECT_EQ(result.attempt, 2);
  EXPECT_EQ(result.payload["page"].as_string(), "PG-1");
}

TEST_F(JobRunnerTest, AJobThatNobodyKnowsFailsInWords) {
  runner_.Start();
  runner_.Dispatch(MakeJob(1, store::Lane::kNormal, "fly"));
  ASSERT_TRUE(results_.AwaitCount(1));
  EXPECT_EQ(results_.all()[0].outcome, JobResult::Outcome::kFailed);
  EXPECT_EQ(results_.all()[0].reason_code, "unknown_kind");
  EXPECT_NE(results_.all()[0].detail.find("'fly'"), std::string::npos);
}

TEST_F(JobRunnerTest, AStuckLaneHoldsUpNoOther) {
  runner_.Register("page", [this](const store::Job& job) {
    if (job.spec.lane == store::Lane::kNormal) gate_.Pass();
    return JobResult();
  });
  runner_.Start();
  for (uint64_t id = 1; runner_.Free(store::Lane::kNormal) > 0; ++id)
    runner_.Dispatch(MakeJob(id, store::Lane::kNormal));
  runner_.Dispatch(MakeJob(100));
  ASSERT_TRUE(results_.AwaitCount(1));
  EXPECT_EQ(results_.all()[0].id, 100u);
  gate_.Open();
}

TEST_F(JobRunnerTest, WhatWasTakenIsDoneBeforeTheStop) {
  runner_.Register("page", [this](const store::Job&) {
    gate_.Pass();
    return JobResult();
  });
  const size_t room = runner_.Free(store::Lane::kUrgent);
  for (uint64_t id = 1; id <= room; ++id) runner_.Dispatch(MakeJob(id));
  EXPECT_EQ(runner_.Free(store::Lane::kUrgent), 0u);
  runner_.Start();
  std::thread stopper([this] { runner_.Stop(); });
  gate_.Open();
  stopper.join();
  EXPECT_EQ(results_.all().size(), room);
  EXPECT_EQ(runner_.Free(store::Lane::kUrgent), 0u) << "a stopped runner takes nothing";
}

TEST_F(JobRunnerTest, WordsOfTheOtherSideAreShortReadableText) {
  const struct {
    std::string said, kept;
  } cases[] = {
      {"550 caf\xE9 closed", "550 caf? closed"},
      {std::string("a\0b", 3), "a?b"},
      {std::string(999, 'x') + "火", std::string(999, 'x')},
      {std::string(5000, 'x'), std::string(1000, 'x')},
      {"火の見", "火の見"},
  };
  runner_.Register("page", [&](const store::Job& job) {
    JobResult result;
    result.detail = cases[job.id].said;
    return result;
  });
  runner_.Start();
  for (size_t i = 0; i < std::size(cases); ++i) {
    runner_.Dispatch(MakeJob(i));
    ASSERT_TRUE(results_.AwaitCount(i + 1));
    EXPECT_EQ(results_.all()[i].detail, cases[i].kept);
  }
}

}  // namespace
}  // namespace hinomi::app
