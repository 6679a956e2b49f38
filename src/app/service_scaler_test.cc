#include "app/service_scaler.h"

#include <gtest/gtest.h>

namespace hinomi::app {
namespace {

using Outcome = ops_model::JobResult::Outcome;

/// Takes counts, or answers with an error.
class OneRuntime : public drivers::ServiceRuntime {
 public:
  Status Declare(std::vector<drivers::ServiceSpec>) override { return {}; }
  Status SetDesiredCount(const std::string& service, int count,
                         const std::string& reason) override {
    asked.push_back(service + " " + std::to_string(count) + " " + reason);
    return answer;
  }
  Status StopTask(const std::string&, const std::string&) override { return {}; }
  std::vector<drivers::ServiceStatus> Services() const override { return {}; }
  bool KnowsAll() const override { return true; }
  std::vector<drivers::Task> Tasks(const std::string&) const override { return {}; }
  Result<drivers::LogChunk> ReadLog(const std::string&, const drivers::LogRequest&) override {
    return drivers::LogChunk();
  }

  Status answer;
  std::vector<std::string> asked;
};

store::Job JobOf(const std::string& payload) {
  store::Job job;
  job.spec.payload = payload;
  return job;
}

constexpr const char* kPayload =
    R"({"scaling":"SC-3","service":"app","desired":4,"reason":"high-cpu is in ALARM"})";

TEST(ServiceScalerTest, TheRuntimeIsToldTheNumberAndMayBeToldItAgain) {
  OneRuntime runtime;
  for (int i = 0; i < 2; ++i) {
    const auto result = ScaleService(&runtime, {}, JobOf(kPayload));
    EXPECT_EQ(result.outcome, Outcome::kDone);
    EXPECT_EQ(result.reason_code, "taken");
  }
  const std::string asked = "app 4 high-cpu is in ALARM";
  EXPECT_EQ(runtime.asked, (std::vector<std::string>{asked, asked}));
}

TEST(ServiceScalerTest, EachRefusalHasItsName) {
  const struct {
    Error error;
    Outcome outcome;
    const char* reason;
  } cases[] = {
      {Unavailable("host local does not answer"), Outcome::kRetry, "unavailable"},
      {Exhausted("no space left"), Outcome::kRetry, "unavailable"},
      {NotFound("there is none of this name"), Outcome::kFailed, "no_such_service"},
      {InvalidArgument("it may have 1 to 3 tasks"), Outcome::kFailed, "out_of_bounds"},
      {Denied("read-only"), Outcome::kFailed, "refused"},
  };
  for (const auto& c : cases) {
    OneRuntime runtime;
    runtime.answer = c.error;
    const auto result = ScaleService(&runtime, {}, JobOf(kPayload));
    EXPECT_EQ(result.outcome, c.outcome) << c.reason;
    EXPECT_EQ(result.reason_code, c.reason);
    EXPECT_EQ(result.detail, c.error.message);
  }
}

TEST(ServiceScalerTest, WhatIsNoScalingOrNotWantedAnyMoreIsNotDone) {
  OneRuntime runtime;
  for (const char* payload :
       {"", "{}", R"({"service":"app"})", R"({"service":"app","desired":-1})", R"({"desired":3})"})
    EXPECT_EQ(ScaleService(&runtime, {}, JobOf(payload)).reason_code, "bad_payload") << payload;
  std::string seen;
  const auto no = [&](const std::string& scaling) {
    seen = scaling;
    return false;
  };
  EXPECT_EQ(ScaleService(&runtime, no, JobOf(kPayload)).reason_code, "cancelled");
  EXPECT_EQ(seen, "SC-3");
  EXPECT_TRUE(runtime.asked.empty());
  EXPECT_EQ(ScaleService(nullptr, {}, JobOf(kPayload)).reason_code, "no_runtime");
}

}  // namespace
}  // namespace hinomi::app
