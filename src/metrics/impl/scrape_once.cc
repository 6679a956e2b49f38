#include "metrics/impl/scrape_once.h"

#include <algorithm>

#include "base/strings.h"
#include "metrics/scrape_page.h"

namespace hinomi::metrics {
namespace {

constexpr const char* kAccept =
    "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

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
  request.headers.emplace_back("Accept", kAccept);
  request.headers.emplace_back("User-Agent", "hinomi");
  request.headers.emplace_back("X-Prometheus-Scrape-Timeout-Seconds",
                               FormatDouble(request.timeout.ToSeconds()));
  return request;
}

}  // namespace

void PageScraper::CountFailure(std::string_view reason) {
  telemetry_
      .Counter("hinomi_scrape_failures_total", "Scrapes that failed.",
               {{"reason", std::string(reason)}})
      .Add();
}

ScrapeOutcome PageScraper::Scrape(const ScrapeJob& job, const ScrapeTarget& target,
                                  TargetMemory& memory) {
  ScrapeOutcome outcome;
  outcome.at = clock_.Now();
  const Duration start = clock_.Monotonic();
  const auto response = fetch_(RequestOf(job, target));
  outcome.duration = clock_.Monotonic() - start;

  Failure failure;
  PageSamples page;
  if (!response) {
    failure = {ReasonOfFetch(response.error().code), response.error().message};
  } else if (response->status != 200) {
    failure = {"status",
               "the target answered HTTP " + std::to_string(response->status) + ", not 200"};
  } else {
    const PageOptions options{target.labels, job.honor_labels, job.honor_timestamps,
                              job.sample_limit, rules_};
    auto read = SamplesOfPage(response->body, ExpositionFormatOf(ContentType(*response)), options,
                              memory.live, outcome.at);
    if (read) {
      page = *std::move(read);
    } else {
      failure = {read.error().code == ErrorCode::kExhausted ? "sample_limit" : "parse",
                 read.error().message};
    }
  }
  outcome.up = failure.reason.empty();
  outcome.error = failure.message;
  outcome.samples = page.scraped;
  if (!outcome.up) {
    CountFailure(failure.reason);
    page.series = StaleMarkers(memory.live, outcome.at);
  }
  const ScrapeReport report{outcome.up, outcome.duration, page.scraped, page.scraped, page.added};
  for (WriteSeries& series : ReportSamples(report, target.labels, outcome.at))
    page.series.push_back(std::move(series));
  if (const Status stored = appender_.Append(page.series); !stored) {
    // What vanished on this page is marked on the next one that is stored.
    CountFailure("storage");
    outcome.error = stored.error().message;
    for (const Labels& labels : page.live) memory.live.insert(labels);
    return outcome;
  }
  for (const auto& [metric, metadata] : page.metadata) appender_.SetMetadata(metric, metadata);
  memory.live = std::move(page.live);
  memory.reported = true;
  return outcome;
}

void PageScraper::Retire(const ScrapeTarget& target, TargetMemory& memory) {
  const Instant now = clock_.Now();
  std::vector<WriteSeries> markers = StaleMarkers(memory.live, now);
  if (memory.reported) {
    for (WriteSeries& series : ReportSamples({}, target.labels, now)) {
      series.samples[0].value = StaleMarker();
      markers.push_back(std::move(series));
    }
  }
  if (!markers.empty() && !appender_.Append(markers)) CountFailure("storage");
  memory = {};
}

}  // namespace hinomi::metrics
