#include "api/prometheus/tsdb_api.h"

#include <fmt/format.h>

#include "api/prometheus/impl/answer.h"
#include "api/prometheus/impl/gzip_answer.h"
#include "base/json.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

constexpr size_t kDefaultLimit = 10;  // Prometheus'.

Json ListOfCounts(const metrics::Cardinality::Counts& counts) {
  Json list = Json::MakeArray();
  for (const auto& [name, value] : counts)
    list.Append(Json::MakeObject().Set("name", name).Set("value", value));
  return list;
}

Json ChurnIn(const metrics::Churn& churn) {
  return Json::MakeObject()
      .Set("label", churn.label)
      .Set("example", churn.example)
      .Set("metric", churn.metric)
      .Set("new_values", churn.new_values)
      .Set("ended_series", churn.ended)
      .Set("live_series", churn.live);
}

Json BeyondPrometheus(const metrics::Tsdb& tsdb) {
  const metrics::BlockSetStats blocks = tsdb.blocks().stats();
  Json more = Json::MakeObject()
                  .Set("blocks", blocks.blocks)
                  .Set("block_samples", blocks.samples)
                  .Set("block_bytes", blocks.bytes)
                  .Set("deletes_to_be_cleaned", blocks.deletes)
                  .Set("damaged_chunks", blocks.damages);
  if (const auto churn = tsdb.churn()) more.Set("churn", ChurnIn(*churn));
  return more;
}

http::Response Done() {
  http::Response response;
  response.status = 204;
  return response;
}

/// An error of the store's upkeep: those who ask may do so again.
http::Response StoreFailure(const Error& error) {
  return error.code == ErrorCode::kInvalidArgument ? Failure("bad_data", error.message)
                                                   : EngineFailure(error);
}

/// "20261124T031204Z-0a1b2c3d", as Prometheus names them.
std::string SnapshotName(Instant now) {
  std::string name;
  for (const char c : FormatRfc3339(Instant::FromSeconds(now.seconds())))
    if (c != '-' && c != ':') name += c;
  return fmt::format("{}-{:08x}", name, now.nanos() % Duration::Seconds(1).nanos());
}

}  // namespace

http::Response AnswerTsdbStatus(const TsdbApiContext& context, const QueryParameters& parameters) {
  size_t limit = kDefaultLimit;
  if (const std::string_view text = parameters.Get("limit"); !text.empty()) {
    const auto asked = ParseUint(text);
    if (!asked || *asked == 0) return BadParameter("limit", "limit must be a positive number");
    limit = static_cast<size_t>(*asked);
  }
  const metrics::Cardinality count = context.tsdb.head()->CountCardinality(limit);
  const Json head = Json::MakeObject()
                        .Set("numSeries", count.series)
                        .Set("numLabelPairs", count.labels)
                        .Set("minTime", count.min_ms)
                        .Set("maxTime", count.max_ms);
  return Success(Json::MakeObject()
                     .Set("headStats", head)
                     .Set("seriesCountByMetricName", ListOfCounts(count.series_by_metric))
                     .Set("labelValueCountByLabelName", ListOfCounts(count.values_by_label))
                     .Set("memoryInBytesByLabelName", ListOfCounts(count.bytes_by_label))
                     .Set("seriesCountByLabelValuePair", ListOfCounts(count.series_by_pair))
                     .Set("hinomi", BeyondPrometheus(context.tsdb))
                     .Dump());
}

http::Response AnswerTsdbSnapshot(const TsdbApiContext& context,
                                  const QueryParameters& parameters) {
  const std::string_view skip_head = parameters.Get("skip_head");
  if (!skip_head.empty() && skip_head != "false")
    return BadParameter("skip_head", "a snapshot always holds everything; leave skip_head out");
  const std::string name = SnapshotName(context.clock.Now());
  const std::string directory = context.snapshots_directory + "/" + name;
  if (const Status done = context.tsdb.Snapshot(directory + "/metrics"); !done)
    return StoreFailure(done.error());
  context.log.Info("a snapshot of the metrics was made", {{"directory", directory}});
  // About: samples may have gone to blocks since.
  const metrics::BlockSetStats blocks = context.tsdb.blocks().stats();
  return Success(Json::MakeObject()
                     .Set("name", name)
                     .Set("directory", directory)
                     .Set("samples", blocks.samples)
                     .Set("bytes", blocks.bytes)
                     .Dump());
}

http::Response AnswerDeleteSeries(const TsdbApiContext& context, const QueryParameters& parameters,
                                  const std::string& user) {
  http::Response refusal;
  const auto span = ReadTimeSpan(parameters, refusal);
  if (!span) return refusal;
  const std::vector<std::string> texts = parameters.All("match[]");
  if (texts.empty()) return Failure("bad_data", "no match[] parameter provided");
  const auto selectors = ReadSelectors(parameters, refusal);
  if (!selectors) return refusal;
  for (size_t i = 0; i < selectors->size(); ++i) {
    if (const Status done = context.tsdb.Delete((*selectors)[i], span->from_ms, span->to_ms); !done)
      return StoreFailure(done.error());
    context.log.Info("samples were deleted", {{"match", texts[i]}, {"by", user}});
  }
  return Done();
}

http::Response AnswerCleanTombstones(const TsdbApiContext& context) {
  const Status done = context.tsdb.ClearDeleted();
  return done ? Done() : StoreFailure(done.error());
}

void AddTsdbRoutes(http::Server& server, const TsdbApiContext& context) {
  http::Route route;
  route.lane = http::Lane::kBackground;  // They may take minutes.
  route.method = "GET";
  route.pattern = "/api/v1/status/tsdb";
  route.right = "metrics:read";
  route.handler = Gzipped([context](const http::Request& request) {
    return AnswerTsdbStatus(context, QueryParameters::From(request));
  });
  server.Add(route);
  route.right = "metrics:admin";
  route.content_type = "";  // Prometheus' clients send none, with parameters in the address.
  const auto add = [&](const char* name, http::Handler handler) {
    route.pattern = std::string("/api/v1/admin/tsdb/") + name;
    route.handler = std::move(handler);
    for (const char* method : {"POST", "PUT"}) {
      route.method = method;
      server.Add(route);
    }
  };
  add("snapshot", [context](const http::Request& request) {
    return AnswerTsdbSnapshot(context, QueryParameters::From(request));
  });
  add("delete_series", [context](const http::Request& request) {
    return AnswerDeleteSeries(context, QueryParameters::From(request), request.user);
  });
  add("clean_tombstones",
      [context](const http::Request&) { return AnswerCleanTombstones(context); });
}

}  // namespace hinomi::api
