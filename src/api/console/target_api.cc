#include <algorithm>

#include "api/console/console_api.h"
#include "api/console/impl/answering.h"
#include "api/console/impl/target_samples.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

using http::Request;
using impl::AddAnswer;
using impl::TimeOrNull;

constexpr uint64_t kMostSamples = 5'000;
constexpr uint64_t kSamples = 1'000;

Json ProbeFacts(const TargetState& target) {
  Json phases = Json::MakeArray();
  for (const auto& [name, duration] : target.phases)
    phases.Append(Json::MakeObject().Set("name", name).Set("seconds", duration.ToSeconds()));
  return Json::MakeObject()
      .Set("type", target.type)
      .Set("failed_layer", target.failed_layer)
      .Set("phases", std::move(phases))
      .Set("http_status", target.http_status == 0 ? Json() : Json(target.http_status))
      .Set("certificate_expires_at", TimeOrNull(target.certificate_expires_at));
}

Json Render(const TargetState& target) {
  Json labels = Json::MakeObject();
  for (const auto& [name, value] : target.labels.pairs()) labels.Set(name, value);
  const bool asked = target.interval > Duration();
  const bool tried = target.last_at != Instant();
  return Json::MakeObject()
      .Set("id", target.id())
      .Set("kind", target.kind)
      .Set("name", target.name)
      .Set("job", target.job)
      .Set("target", target.target)
      .Set("service", target.service)
      .Set("state", target.state)
      .Set("since", TimeOrNull(target.since))
      .Set("error", target.error)
      .Set("reason", target.reason)
      .Set("last_at", TimeOrNull(target.last_at))
      .Set("duration_seconds", tried ? Json(target.duration.ToSeconds()) : Json())
      .Set("interval_seconds", asked ? Json(target.interval.ToSeconds()) : Json())
      .Set("next_at", TimeOrNull(target.next_at))
      .Set("samples", target.samples)
      .Set("labels", std::move(labels))
      .Set("probe", target.kind == "probe" ? ProbeFacts(target) : Json());
}

Result<TargetState> Find(const ConsoleContext& context, const Request& request) {
  const std::string id(request.PathValue("id"));
  std::vector<TargetState> targets = context.targets();
  std::vector<std::string> ids;
  for (TargetState& target : targets) {
    if (target.id() == id) return std::move(target);
    ids.push_back(target.id());
  }
  std::string message = "there is no target \"" + id + "\"";
  if (const auto nearest = NearestName(id, ids))
    message += "; did you mean " + *nearest + "?";
  else
    message += "; GET targets lists them by their ids, such as probe:app";
  return NotFound(message);
}

Result<Json> Targets(const ConsoleContext& context, const Request&) {
  Json targets = Json::MakeArray();
  for (const TargetState& target : context.targets()) targets.Append(Render(target));
  return Json::MakeObject().Set("targets", std::move(targets));
}

Result<Json> TargetOne(const ConsoleContext& context, const Request& request) {
  HN_TRY(const TargetState target, Find(context, request));
  return Render(target);
}

Result<Json> Samples(const ConsoleContext& context, const Request& request) {
  HN_TRY(const uint64_t limit, impl::QueryNumber(request, "limit", kSamples));
  HN_TRY(const TargetState target, Find(context, request));
  if (context.metrics == nullptr) return Unavailable("this server keeps no metrics");
  return impl::NewestSamples(
      *context.metrics, target,
      {.match = std::string(request.QueryValue("match")),
       .limit = static_cast<size_t>(std::clamp<uint64_t>(limit, 1, kMostSamples)),
       .now = context.clock.Now()});
}

}  // namespace

void AddTargetRoutes(http::Server& server, impl::ContextPtr context) {
  AddAnswer(server, context, "GET", "targets", "console:read", Targets);
  AddAnswer(server, context, "GET", "targets/{id}", "console:read", TargetOne);
  AddAnswer(server, context, "GET", "targets/{id}/samples", "console:read", Samples);
}

}  // namespace hinomi::api
