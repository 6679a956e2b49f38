#include "metrics/impl/scrape_once.h"

#include <algorithm>

#include "base/strings.h"

namespace hinomi::metrics {
namespace {

constexpr const char* kAccept =
    "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
constexpr const char* kAcceptProtobuf =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
    "q=0.9,";

struct Failure {
  std::string_view reason;
  std::string message;
};

std::string_view ReasonOfFetch(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kExhausted:
      return "too_large";
    case ErrorCode::kUnavailable:
      return "unreachable";
    default:
      return "fetch";
  }
}

std::string_view ContentType(const http::ClientResponse& response) {
  for (const auto& [name, value] : response.headers)
    if (name == "content-type") return value;
  return {};
}

http::ClientRequest RequestOf(const ScrapeJob& job, const ScrapeTarget& target) {
  http::ClientRequest request;
  request.url = target.url;
  request.timeout = std::min(job.timeout, job.interval);
  request.body_limit_bytes = job.body_limit_bytes;
  request.accept_gzip = true;
  request.headers = job.headers;
  const char* protobuf = job.scrape_native_histograms ? kAcceptProtobuf : "";
  request.headers.emplace_back("Accept", std::string(protobuf) + kAccept);
  request.headers.emplace_back("User-Agent", "hinomi");
  request.headers.emplace_back("X-Prometheus-Scrape-Timeout-Seconds",
                               FormatDouble(request.timeout.ToSeconds()));
  return request;
}

PageOptions OptionsOf(const ScrapeJob& job, const ScrapeTarget& target,
                      const ScraperOptions& options) {
  return {.target = target.labels,
          .honor_labels = job.honor_labels,
          .honor_timestamps = job.honor_timestamps,
          .sample_limit = job.sample_limit,
          .rules = job.rules.value_or(options.rules),
          .seed = options.seed,
          .native_histograms = job.scrape_native_histograms};
}

}  // namespace

TargetMemory::TargetMemory(const ScrapeJob& job, const ScrapeTarget& target,
                           const ScraperOptions& options)
    : request(RequestOf(job, target)),
      reader(OptionsOf(job, target, options)),
      report(target.labels) {}

void PageScraper::CountFailure(std::string_view reason) {
  telemetry_.Counter("hinomi_scrape_failures_total", {{"reason", std::string(reason)}}).Add();
}

ScrapeOutcome PageScraper::Scrape(TargetMemory& memory) {
  ScrapeOutcome outcome;
  outcome.at = clock_.Now();
  const Duration start = clock_.Monotonic();
  memory.request.kept = memory.keeps_exchange ? &memory.kept : nullptr;
  const auto response = fetch_(memory.request);
  outcome.duration = clock_.Monotonic() - start;

  Failure failure;
  PageSamples page;
  if (!response) {
    failure = {ReasonOfFetch(response.error().code), response.error().message};
  } else if (response->status != 200) {
    failure = {"status",
               "the target answered HTTP " + std::to_string(response->status) + ", not 200"};
  } else {
    auto read =
        memory.reader.Read(response->body, ExpositionFormatOf(ContentType(*response)), outcome.at);
    if (read) {
      page = *std::move(read);
    } else {
      failure = {read.error().code == ErrorCode::kExhausted ? "sample_limit" : "parse",
                 read.error().message};
    }
  }
  outcome.up = failure.reason.empty();
  outcome.error = failure.message;
  outcome.reason = failure.reason;
  outcome.samples = page.scraped;
  if (!outcome.up) {
    CountFailure(failure.reason);
    page = memory.reader.End(outcome.at);
  }
  memory.report.Add({outcome.up, outcome.duration, page.scraped, page.scraped, page.added},
                    outcome.at, page.batch);
  page.batch.promise = Promise::kSoon;  // Nobody waits for it.
  page.batch.sender = "scrape";
  if (const Status stored = appender_.AppendRaw(page.batch); !stored) {
    CountFailure("storage");
    outcome.error = stored.error().message;
    outcome.reason = "storage";
    memory.reader.NotStored();
    return outcome;
  }
  for (const auto& [metric, metadata] : page.metadata) appender_.SetMetadata(metric, metadata);
  memory.reader.Stored();
  memory.reported = true;
  return outcome;
}

void PageScraper::Retire(TargetMemory& memory) {
  const Instant now = clock_.Now();
  RawBatch markers = memory.reader.End(now).batch;
  if (memory.reported) memory.report.AddMarkers(now, markers);
  if (!markers.series.empty() && !appender_.AppendRaw(markers)) CountFailure("storage");
}

}  // namespace hinomi::metrics
