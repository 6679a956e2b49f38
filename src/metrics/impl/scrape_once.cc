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

PageScraper::Failure PageScraper::FailureOf(const TargetMemory& memory,
                                            const Result<http::ClientResponse>& answer) {
  if (!memory.refusal.empty()) return {"target_limit", memory.refusal};
  if (!answer) {
    const bool asked = !memory.request.no_credentials();
    return {asked ? ReasonOfFetch(answer.error().code) : "configuration", answer.error().message};
  }
  if (answer->status == 200) return {};
  return {"status", "the target answered HTTP " + std::to_string(answer->status) + ", not 200"};
}

PageSamples PageScraper::Read(TargetMemory& memory, Instant at, const http::ClientResponse& page,
                              Failure& failure) {
  const ExpositionFormat format = ExpositionFormatOf(
      ContentType(page), memory.fallback_format.value_or(ExpositionFormat::kText));
  auto read = memory.reader.Read(page.body, format, at);
  if (read) return *std::move(read);
  failure = {ReasonOfRead(read.error().code), read.error().message};
  return {};
}

ScrapeOutcome PageScraper::Scrape(TargetMemory& memory) {
  const ScrapeBegun begun = Begin();
  if (!memory.refusal.empty()) return Finish(memory, begun, Denied(memory.refusal));
  return Finish(memory, begun, memory.request.Ask(fetch_, files_, clock_));
}

std::unique_ptr<http::PendingAnswer> PageScraper::Send(TargetMemory& memory) {
  return send_ && memory.refusal.empty() ? memory.request.Send(send_, files_) : nullptr;
}

ScrapeOutcome PageScraper::Finish(TargetMemory& memory, const ScrapeBegun& begun,
                                  Result<http::ClientResponse> answer) {
  ScrapeOutcome outcome;
  outcome.at = begun.at;
  outcome.duration = clock_.Monotonic() - begun.monotonic;
  Failure failure = FailureOf(memory, answer);
  PageSamples page;
  if (failure.reason.empty()) page = Read(memory, begun.at, *answer, failure);
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
