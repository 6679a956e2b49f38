#include "app/service_scaler.h"

namespace hinomi::app {
namespace {

using ops_model::JobResult;

constexpr int64_t kMostTasks = 1'000'000;

JobResult ResultWith(JobResult::Outcome outcome, std::string reason_code, std::string detail) {
  JobResult result;
  result.outcome = outcome;
  result.reason_code = std::move(reason_code);
  result.detail = std::move(detail);
  return result;
}

JobResult NotScaled(std::string reason_code, std::string detail) {
  return ResultWith(JobResult::Outcome::kFailed, std::move(reason_code), std::move(detail));
}

}  // namespace

JobResult ScaleService(drivers::ServiceRuntime* runtime, const ScalingWanted& wanted,
                       const store::Job& job) {
  const auto payload = Json::Parse(job.spec.payload);
  if (!payload) return NotScaled("bad_payload", payload.error().message);
  const std::string& service = (*payload)["service"].as_string();
  const int64_t desired = (*payload)["desired"].as_int(-1);
  const std::string& scaling = (*payload)["scaling"].as_string();
  if (service.empty() || desired < 0 || desired > kMostTasks)
    return NotScaled("bad_payload", "it names no service and number of tasks");
  if (runtime == nullptr)
    return NotScaled("no_runtime",
                     "this server runs no services: it shares its database with others");
  if (wanted && !scaling.empty() && !wanted(scaling))
    return NotScaled("cancelled", "another number has been decided on since");
  const Status taken = runtime->SetDesiredCount(service, static_cast<int>(desired),
                                                (*payload)["reason"].as_string());
  if (taken) return ResultWith(JobResult::Outcome::kDone, "taken", "");
  const Error& error = taken.error();
  if (IsRetryable(error.code))
    return ResultWith(JobResult::Outcome::kRetry, "unavailable", error.message);
  if (error.code == ErrorCode::kNotFound) return NotScaled("no_such_service", error.message);
  if (error.code == ErrorCode::kInvalidArgument) return NotScaled("out_of_bounds", error.message);
  return NotScaled("refused", error.message);
}

}  // namespace hinomi::app
