#include "api/console/impl/check_data.h"

#include "api/console/impl/backtest.h"
#include "data_check/data_check.h"

namespace hinomi::api::impl {
namespace {

/// A check holds a worker, for which a server that stops waits.
constexpr Duration kLongestCheck = Duration::Minutes(2);

}  // namespace

Result<Json> CheckData(const ConsoleContext& context, const http::Request& request) {
  if (!context.history || context.metrics == nullptr)
    return Unavailable("this server keeps no metrics");
  HN_TRY(const Json body, BodyOf(request));
  HN_TRY(const auto folder, FolderToTry(context, *context.picture(), body));
  data_check::World world{*context.metrics, context.history()};
  world.history.go_on = [&clock = context.clock,
                         end = context.clock.Monotonic() + kLongestCheck]() -> Status {
    if (clock.Monotonic() < end) return {};
    return Error{ErrorCode::kTimeout, "there is more than two minutes can go through"};
  };
  Json findings = Json::MakeArray();
  for (const data_check::Finding& finding :
       data_check::CheckAgainstData(*folder, world, context.clock.Now()))
    findings.Append(Json::MakeObject()
                        .Set("alarm", finding.alarm)
                        .Set("code", data_check::CodeName(finding.code))
                        .Set("message", finding.message));
  return Json::MakeObject().Set("findings", std::move(findings));
}

}  // namespace hinomi::api::impl
