#include "metrics/impl/scrape_once.h"

namespace hinomi::metrics {
namespace {

std::string_view ReasonOfFetch(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kExhausted:
      return "too_large";
    case ErrorCode::kUnavailable:
      return "unreachable";
    case ErrorCode::kDenied:
      return "redirect";
    default:
      return "fetch";
  }
}

std::string_view ContentType(const http::ClientResponse& response) {
  for (const auto& [name, value] : response.headers)
    if (name == "content-type") return value;
  return {};
}

std::string_view ReasonOfRead(ErrorCode code) {
  if (code == ErrorCode::kExhausted) return "sample_limit";
  return code == ErrorCode::kDenied ? "label_limit" : "parse";
}

PageOptions OptionsOf(const ScrapeJob& job, const ScrapeTarget& target,
                      const ScraperOptions& options) {
  return {.target = target.labels,
          .honor_labels = job.honor_labels,
          .honor_timestamps = job.honor_timestamps,
          .sample_limit = job.sample_limit,
          .rules = job.rules.value_or(options.rules),
          .seed = options.seed,
          .native_histograms = job.scrape_native_histograms,
          .classic_histograms = job.keep_classic_histograms,
          .relabel = job.metric_relabel,
          .label_limits = job.label_limits};
}

}  // namespace

TargetMemory::TargetMemory(const ScrapeJob& job, const ScrapeTarget& target,
                           const ScraperOptions& options)
    : request(job, target),
      refusal(target.refusal),
      fallback_format(job.fallback_format),
      reader(OptionsOf(job, target, options)),
      report(target.labels) {}

void PageScraper::CountFailure(std::string_view reason) {
  telemetry_.Counter("hinomi_scrape_failures_total", {{"reason", std::string(reason)}}).Add();
}

std::optional<http::ClientResponse> PageScraper::Ask(TargetMemory& memory, Failure& failure) {
  if (!memory.refusal.empty()) {
    failure = {"target_limit", memory.refusal};
    return std::nullopt;
  }
  auto response = memory.request.Ask(fetch_, files_, clock_);
  if (!response) {
    failure = {
        memory.request.no_credentials() ? "configuration" : ReasonOfFetch(response.error().code),
        response.error().message};
    return std::nullopt;
  }
  if (response->status == 200) return *std::move(response);
  failure = {"status",
             "the target answered HTTP " + std::to_string(response->status) + ", not 200"};
  return std::nullopt;
}

ScrapeOutcome PageScraper::Scrape(TargetMemory& memory) {
  ScrapeOutcome outcome;
  outcome.at = clock_.Now();
  const Duration start = clock_.Monotonic();
  Failure failure;
  const auto response = Ask(memory, failure);
  outcome.duration = clock_.Monotonic() - start;

  PageSamples page;
  if (response) {
    const ExpositionFormat format = ExpositionFormatOf(
        ContentType(*response), memory.fallback_format.value_or(ExpositionFormat::kText));
    auto read = memory.reader.Read(response->body, format, outcome.at);
    if (read) {
      page = *std::move(read);
    } else {
      failure = {ReasonOfRead(read.error().code), read.error().message};
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
  memory.report.Add({outcome.up, outcome.duration, page.scraped, page.kept, page.added}, outcome.at,
                    page.batch);
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
