#include "api/prometheus/impl/query_stats.h"

#include "api/prometheus/impl/answer.h"
#include "base/check.h"
#include "base/json.h"

namespace hinomi::api {

QueryStats::QueryStats(const QueryParameters& parameters, const Clock& clock)
    : clock_(clock),
      wanted_(!parameters.Get("stats").empty()),
      steps_(parameters.Get("stats") == "all"),
      began_(clock.Monotonic()) {}

void QueryStats::Parsed() {
  parsing_ = clock_.Monotonic() - began_;
}

void QueryStats::Admitted() {
  waiting_ = clock_.Monotonic() - began_ - parsing_;
}

void QueryStats::Evaluated() {
  evaluation_ = clock_.Monotonic() - began_ - parsing_ - waiting_;
}

namespace {

void AddEstimate(const promql::QueryEstimate& estimate, std::string& data) {
  const auto number = [](size_t n) { return Json(static_cast<int64_t>(n)); };
  data += R"(,"estimate":)" + Json::MakeObject()
                                  .Set("series", number(estimate.series()))
                                  .Set("samples", number(estimate.samples()))
                                  .Set("held", number(estimate.held()))
                                  .Dump();
}

}  // namespace

void QueryStats::AddTo(std::string& data, const promql::QuerySamples& samples, int64_t start_ms,
                       int64_t step_ms) const {
  if (!wanted_) return;
  HN_CHECK(data.ends_with('}'));
  const Json timings = Json::MakeObject()
                           .Set("evalTotalTime", evaluation_.ToSeconds())
                           .Set("resultSortTime", 0)
                           .Set("queryPreparationTime", parsing_.ToSeconds())
                           .Set("innerEvalTime", evaluation_.ToSeconds())
                           .Set("execQueueTime", waiting_.ToSeconds())
                           .Set("execTotalTime", (parsing_ + waiting_ + evaluation_).ToSeconds());
  data.back() = ',';
  data += R"("stats":{"timings":)" + timings.Dump() + R"(,"samples":{)";
  if (steps_) {
    data += R"("totalQueryableSamplesPerStep":[)";
    for (size_t i = 0; i < samples.per_step.size(); ++i) {
      data += i > 0 ? ",[" : "[";
      data += RenderTime(start_ms + static_cast<int64_t>(i) * step_ms);
      data += ',' + std::to_string(samples.per_step[i]) + ']';
    }
    data += "],";
  }
  data += R"("totalQueryableSamples":)" + std::to_string(samples.total);
  data += R"(,"peakSamples":)" + std::to_string(samples.peak);
  if (!samples.downsampled.empty()) {
    Json reads = Json::MakeArray();
    for (const promql::QuerySamples::Downsampled& read : samples.downsampled)
      reads.Append(Json::MakeObject()
                       .Set("selector", read.text)
                       .Set("window", FormatDuration(Duration::Millis(read.window_ms))));
    data += R"(,"downsampled":)" + reads.Dump();
  }
  if (estimate_) AddEstimate(*estimate_, data);
  data += "}}}";
}

}  // namespace hinomi::api
