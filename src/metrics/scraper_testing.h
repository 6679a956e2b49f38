#ifndef HINOMI_METRICS_SCRAPER_TESTING_H_
#define HINOMI_METRICS_SCRAPER_TESTING_H_

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/scrape.h"
#include "metrics/testing.h"

namespace hinomi::metrics {

/// A page as a target answers it.
inline http::ClientResponse Page(std::string body, int status = 200) {
  http::ClientResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

/// A scraper on a clock that stands still but for the exchanges, each of which takes `took`, with
/// the job "app" of the target a:1 that says `m 1`.
class ScraperTest : public testing::Test {
 protected:
  explicit ScraperTest(Duration took)
      : clock_(Instant::FromSeconds(1000)),
        scraper_(appender_, clock_, log_, telemetry_, files_,
                 [this, took](const http::ClientRequest& request) -> Result<http::ClientResponse> {
                   requests_.push_back(request);
                   clock_.Advance(took);
                   return answer_(request);
                 }) {
    job_.job = "app";
    job_.targets = {"a:1"};
    Answer("m 1\n");
  }

  void Answer(const std::string& body) {
    answer_ = [body](const auto&) { return Page(body); };
  }
  /// One interval later everything due is done: what was written, without times.
  std::vector<std::string> Round() {
    clock_.Advance(job_.interval);
    scraper_.RunDue();
    std::vector<std::string> lines = appender_.TakeScraped();
    for (std::string& line : lines) line = line.substr(0, line.find('@'));
    return lines;
  }

  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  FragileFiles files_;
  RecordingAppender appender_;
  std::vector<http::ClientRequest> requests_;  ///< All that were made.
  std::function<Result<http::ClientResponse>(const http::ClientRequest&)> answer_;
  ScrapeJob job_;
  Scraper scraper_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_SCRAPER_TESTING_H_
