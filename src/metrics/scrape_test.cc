#include "metrics/scrape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/deadline.h"
#include "http/testing.h"
#include "metrics/scraper_testing.h"
#include "os/system_clock.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class ScrapeTest : public ScraperTest {
 protected:
  ScrapeTest() : ScraperTest(Duration::Millis(10)) {}
  double Failures(const std::string& reason) {
    return telemetry_.Counter("hinomi_scrape_failures_total", {{"reason", reason}}).value();
  }
};

TEST_F(ScrapeTest, ATargetIsScrapedWithItsLabelsAndLimits) {
  job_.labels = {{"zone", "z"}};
  job_.path = "/m?x=1";
  job_.timeout = Duration::Seconds(60);
  job_.body_limit_bytes = 123;
  job_.headers = {{"Authorization", "Bearer t"}};
  scraper_.SetJobs({job_});
  EXPECT_THAT(Round(), ElementsAre("m{instance=\"a:1\",job=\"app\",zone=\"z\"} 1",
                                   "up{instance=\"a:1\",job=\"app\",zone=\"z\"} 1"));
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].url, "http://a:1/m?x=1");
  EXPECT_EQ(requests_[0].timeout, Duration::Seconds(15));
  EXPECT_EQ(requests_[0].body_limit_bytes, 123u);
  EXPECT_EQ(requests_[0].headers[0].second, "Bearer t");
  const auto targets = scraper_.Targets();
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_TRUE(targets[0].up);
  EXPECT_EQ(targets[0].last_samples, 1u);
  EXPECT_EQ(targets[0].last_duration, Duration::Millis(10));
  EXPECT_EQ(targets[0].last_error, "");
}

TEST_F(ScrapeTest, ProtobufIsAskedForWhereNativeHistogramsAreWanted) {
  const auto accept = [&] {
    for (const auto& [name, value] : requests_.back().headers)
      if (name == "Accept") return value;
    return std::string();
  };
  scraper_.SetJobs({job_});
  Round();
  EXPECT_THAT(accept(), testing::Not(HasSubstr("protobuf")));
  job_.scrape_native_histograms = true;
  scraper_.SetJobs({job_});
  answer_ = [](const auto&) {
    // A family "h" with a histogram of one observation in the zero bucket.
    http::ClientResponse page =
        Page(std::string("\x0d\x0a\x01h\x18\x04\x22\x06\x3a\x04\x08\x01\x38\x01", 14));
    page.headers.emplace_back("content-type",
                              "application/vnd.google.protobuf; "
                              "proto=io.prometheus.client.MetricFamily; encoding=delimited");
    return page;
  };
  EXPECT_THAT(Round(), testing::Contains(
                           "h{instance=\"a:1\",job=\"app\"} {schema=0 count=1 sum=0 zero=1/0}"));
  EXPECT_THAT(accept(), testing::StartsWith("application/vnd.google.protobuf;"));
}

TEST_F(ScrapeTest, AStrictJobNamesTheRuleThatAPageBreaksALenientOneTakesThePage) {
  // A counter's sample ends in _total.
  answer_ = [](const auto&) {
    http::ClientResponse page = Page("# TYPE c counter\nc 1\n# EOF\n");
    page.headers.emplace_back("content-type", "application/openmetrics-text; version=1.0.0");
    return page;
  };
  ScrapeJob strict = job_;
  strict.job = "strict";
  strict.rules = ExpositionRules::kStrict;
  scraper_.SetJobs({job_, strict});
  Round();
  const auto targets = scraper_.Targets();
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_TRUE(targets[0].up);
  EXPECT_EQ(targets[0].last_error, "");
  EXPECT_FALSE(targets[1].up);
  EXPECT_EQ(targets[1].last_reason, "parse");
  EXPECT_THAT(targets[1].last_error, HasSubstr("metric family c"));
}

TEST_F(ScrapeTest, EachWayToFailGivesUpZeroStaleMarkersAReasonAndAMessage) {
  const struct {
    const char* reason;
    Result<http::ClientResponse> answer;
    const char* message;
  } cases[] = {
      {"timeout", Timeout("no whole answer within 10s"), "no whole answer"},
      {"too_large", Exhausted("the body is larger than 16 MiB"), "larger than"},
      {"unreachable", Unavailable("connection refused"), "refused"},
      {"status", Page("m 1\n", 503), "HTTP 503"},
      {"parse", Page("<html>"), "line 1: column 1"},
      {"sample_limit", Page("a 1\nb 1\nc 1\n"), "limit of 2 samples"},
  };
  job_.sample_limit = 2;
  scraper_.SetJobs({job_});
  for (const auto& c : cases) {
    answer_ = [](const auto&) { return Page("m 1\n"); };
    EXPECT_THAT(Round(), ElementsAre("m{instance=\"a:1\",job=\"app\"} 1",
                                     "up{instance=\"a:1\",job=\"app\"} 1"));
    answer_ = [&](const auto&) { return c.answer; };
    EXPECT_THAT(Round(), ElementsAre("m{instance=\"a:1\",job=\"app\"} stale",
                                     "up{instance=\"a:1\",job=\"app\"} 0"))
        << c.reason;
    EXPECT_EQ(Failures(c.reason), 1);
    EXPECT_FALSE(scraper_.Targets()[0].up);
    EXPECT_THAT(scraper_.Targets()[0].last_error, HasSubstr(c.message));
    EXPECT_THAT(Round(), ElementsAre("up{instance=\"a:1\",job=\"app\"} 0"));
  }
}

TEST_F(ScrapeTest, ATargetTellsSinceWhenItIsSoAndWhenItIsAskedNext) {
  scraper_.SetJobs({job_});
  const TargetStatus fresh = scraper_.Targets()[0];
  EXPECT_EQ(fresh.since, Instant());
  EXPECT_EQ(fresh.interval, job_.interval);
  Round();
  const Instant up_since = scraper_.Targets()[0].since;
  EXPECT_EQ(up_since, scraper_.Targets()[0].last_scrape);
  Round();
  EXPECT_EQ(scraper_.Targets()[0].since, up_since);
  answer_ = [](const auto&) { return Unavailable("connection refused"); };
  Round();
  const TargetStatus down = scraper_.Targets()[0];
  EXPECT_EQ(down.since, down.last_scrape);
  EXPECT_EQ(down.last_reason, "unreachable");
  EXPECT_GT(down.next_scrape, clock_.Now());
  EXPECT_LE(down.next_scrape, clock_.Now() + job_.interval);
  // A wait is shown by the wall clock, and counted on the other.
  const Duration wait = down.next_scrape - clock_.Now();
  clock_.JumpWall(Instant::FromSeconds(500'000));
  EXPECT_EQ(scraper_.Targets()[0].next_scrape, clock_.Now() + wait);
}

TEST_F(ScrapeTest, AFullStoreIsToldOnTheTargetAndScrapingGoesOn) {
  scraper_.SetJobs({job_});
  appender_.SetFull(true);
  EXPECT_THAT(Round(), IsEmpty());
  EXPECT_EQ(Failures("storage"), 1);
  EXPECT_THAT(scraper_.Targets()[0].last_error, HasSubstr("full"));
  EXPECT_EQ(scraper_.Targets()[0].last_reason, "storage");
  appender_.SetFull(false);
  EXPECT_EQ(Round().size(), 2u);
}

TEST_F(ScrapeTest, SeriesSeenWhileTheStoreWasFullAreStillMarkedWhenTheyVanish) {
  scraper_.SetJobs({job_});
  Round();
  appender_.SetFull(true);
  answer_ = [](const auto&) { return Page("n 1\n"); };
  Round();
  appender_.SetFull(false);
  EXPECT_THAT(Round(), ElementsAre("n{instance=\"a:1\",job=\"app\"} 1",
                                   "m{instance=\"a:1\",job=\"app\"} stale",
                                   "up{instance=\"a:1\",job=\"app\"} 1"));
}

TEST_F(ScrapeTest, AWallClockJumpChangesNeitherScheduleNorCount) {
  scraper_.SetJobs({job_});
  Round();
  clock_.JumpWall(Instant::FromSeconds(500'000));
  scraper_.RunDue();
  EXPECT_EQ(requests_.size(), 1u);
  Round();
  EXPECT_EQ(requests_.size(), 2u);
}

TEST_F(ScrapeTest, MissedSlotsAreSkippedNotMadeUpFor) {
  scraper_.SetJobs({job_});
  Round();
  clock_.Advance(job_.interval * 10);
  scraper_.RunDue();
  EXPECT_EQ(requests_.size(), 2u);
}

TEST_F(ScrapeTest, ARemovedTargetGetsStaleMarkersForAllItsSeries) {
  scraper_.SetJobs({job_});
  Round();
  scraper_.SetJobs({});
  scraper_.RunDue();
  std::vector<std::string> lines = appender_.TakeLines();
  EXPECT_EQ(lines.size(), 6u);
  for (const std::string& line : lines) EXPECT_THAT(line, HasSubstr(" stale@"));
  EXPECT_THAT(scraper_.Targets(), IsEmpty());
}

TEST_F(ScrapeTest, AReloadKeepsUnchangedTargetsAndTheirSchedule) {
  scraper_.SetJobs({job_});
  clock_.Advance(Duration::Seconds(1));
  scraper_.RunDue();
  EXPECT_EQ(appender_.TakeScraped().size(), 2u);
  ScrapeJob other = job_;
  other.job = "other";
  scraper_.SetJobs({other, job_});
  clock_.Advance(Duration::Seconds(2));
  scraper_.RunDue();
  EXPECT_EQ(requests_.size(), 2u);
  EXPECT_THAT(appender_.TakeScraped(), testing::Not(testing::Contains(HasSubstr("stale"))));
  EXPECT_EQ(scraper_.Targets().size(), 2u);
}

TEST_F(ScrapeTest, TargetFilesAreReadAgainAndABrokenOneKeepsTheLastTargets) {
  job_.targets.clear();
  job_.files = {{"/sd/web*.json"}};
  ASSERT_TRUE(files_.WriteAtomically("/sd/web1.json",
                                     R"([{"targets": ["x:1", "y:2"], "labels": {"env": "prod",
                                        "__metrics_path__": "/prom", "__meta": "-"}}])",
                                     0644));
  ASSERT_TRUE(files_.WriteAtomically("/sd/other.json", "broken", 0644));
  scraper_.SetJobs({job_});
  scraper_.RunDue();
  EXPECT_THAT(Round(), UnorderedElementsAre("m{env=\"prod\",instance=\"x:1\",job=\"app\"} 1",
                                            "m{env=\"prod\",instance=\"y:2\",job=\"app\"} 1",
                                            "up{env=\"prod\",instance=\"x:1\",job=\"app\"} 1",
                                            "up{env=\"prod\",instance=\"y:2\",job=\"app\"} 1"));
  EXPECT_EQ(requests_[0].url.substr(requests_[0].url.size() - 5), "/prom");
  ASSERT_TRUE(files_.WriteAtomically("/sd/web1.json", "[{\"targets\": \"x:1\"}]", 0644));
  Round();
  ASSERT_EQ(scraper_.FileErrors().size(), 1u);
  EXPECT_THAT(scraper_.FileErrors()[0].error,
              HasSubstr("/sd/web1.json: expected each group to have a list \"targets\""));
  EXPECT_EQ(scraper_.Targets().size(), 2u);
  ASSERT_TRUE(files_.WriteAtomically("/sd/web1.json", R"([{"targets": ["y:2"]}])", 0644));
  Round();
  EXPECT_THAT(scraper_.FileErrors(), IsEmpty());
  ASSERT_EQ(scraper_.Targets().size(), 1u);
  EXPECT_EQ(scraper_.Targets()[0].labels.ToString(), "{instance=\"y:2\",job=\"app\"}");
}

TEST_F(ScrapeTest, SoManyTargetsAsMayKeepTheirConnection) {
  Scraper scraper(appender_, clock_, log_, telemetry_, files_,
                  [this](const http::ClientRequest& request) -> Result<http::ClientResponse> {
                    requests_.push_back(request);
                    return Page("m 1\n");
                  },
                  {.max_kept_exchanges = 1});
  const auto keeping = [&] {
    requests_.clear();
    clock_.Advance(job_.interval);
    scraper.RunDue();
    std::vector<std::string> urls;
    for (const http::ClientRequest& request : requests_)
      if (request.kept != nullptr) urls.push_back(request.url);
    return urls;
  };
  job_.targets = {"a:1", "b:1"};
  scraper.SetJobs({job_});
  const std::vector<std::string> first = keeping();
  EXPECT_EQ(first.size(), 1u);
  EXPECT_EQ(keeping(), first);
  // Its place is free again when it goes.
  std::erase(job_.targets, first.at(0).substr(7, 3));
  scraper.SetJobs({job_});
  EXPECT_THAT(keeping(), ElementsAre("http://" + job_.targets.at(0) + "/metrics"));
}

TEST(ScraperThreadsTest, AHangingTargetDoesNotKeepOthersWaiting) {
  SystemClock clock;
  NullLog log;
  Telemetry telemetry;
  FragileFiles files;
  RecordingAppender appender;
  std::mutex mutex;
  std::condition_variable changed;
  bool release = false;
  int good_scrapes = 0;
  Scraper scraper(appender, clock, log, telemetry, files,
                  [&](const http::ClientRequest& request) -> Result<http::ClientResponse> {
                    std::unique_lock lock(mutex);
                    if (request.url.find("hangs") != std::string::npos) {
                      changed.wait(lock, [&] { return release; });
                      return Timeout("hung");
                    }
                    ++good_scrapes;
                    changed.notify_all();
                    return Page("m 1\n");
                  });
  ScrapeJob job;
  job.job = "app";
  job.interval = Duration::Millis(5);
  job.targets = {"hangs:1", "hangs:2", "good:3"};
  scraper.SetJobs({job});
  scraper.Start();
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(
        changed.wait_for(lock, std::chrono::seconds(20), [&] { return good_scrapes >= 3; }));
    release = true;
  }
  changed.notify_all();
  scraper.Stop();
  const auto targets = scraper.Targets();
  ASSERT_EQ(targets.size(), 3u);
  EXPECT_EQ(targets[2].instance, "good:3");
  EXPECT_TRUE(targets[2].up);
  EXPECT_FALSE(targets[0].up);
}

/// A target that answers the first request of a connection with `m 1`, the others by `then`.
http::ScriptedServer::Script TargetWith(std::function<bool(http::RawConnection&)> then) {
  return [then = std::move(then)](http::RawConnection& connection) {
    if (connection.ReadUntil("\r\n\r\n").empty()) return;
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nm 1\n");
    while (!connection.ReadUntil("\r\n\r\n").empty() && then(connection)) {
    }
  };
}

bool SayTwo(http::RawConnection& connection) {
  return connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nm 2\n");
}

/// A scraper in earnest, with one thread for whatever blocks, for targets on loopback.
class AwaitedScrapesTest : public testing::Test {
 protected:
  AwaitedScrapesTest()
      : scraper_(appender_, clock_, log_, telemetry_, files_, http::Fetch,
                 {.max_threads = 1, .send = http::PendingAnswer::Send}) {}

  /// An answer has as much time as lies between two scrapes.
  static ScrapeJob JobOf(const http::ScriptedServer& server, Duration interval) {
    ScrapeJob job;
    job.job = "app";
    job.interval = job.timeout = interval;
    job.targets = {"127.0.0.1:" + std::to_string(server.port())};
    return job;
  }
  void Scrape(const std::vector<ScrapeJob>& jobs) {
    scraper_.SetJobs(jobs);
    scraper_.Start();
  }

  /// Waits for so many lines of a target; all lines so far.
  std::vector<std::string> Await(const http::ScriptedServer& server, const std::string& line,
                                 int wanted) {
    const std::string instance = std::to_string(server.port());
    const Deadline deadline(clock_, Duration::Seconds(60));
    std::vector<std::string> all;
    while (wanted > 0 && deadline.Left() > Duration()) {
      for (const std::string& each : appender_.TakeScraped()) {
        if (each.find(instance) == std::string::npos) continue;
        all.push_back(each.substr(0, each.find('{')) + each.substr(each.find("} ") + 1));
        all.back().resize(all.back().find('@'));
        if (all.back() == line) --wanted;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_LE(wanted, 0) << line;
    return all;
  }

  void AwaitThat(const std::atomic<bool>& it) {
    const Deadline deadline(clock_, Duration::Seconds(60));
    while (!it && deadline.Left() > Duration())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(it);
  }

  SystemClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  FragileFiles files_;
  RecordingAppender appender_;
  Scraper scraper_;
};

TEST_F(AwaitedScrapesTest, AHangingTargetKeepsNobodyWaitingAndConnectionsGoOn) {
  std::atomic<bool> hangs = false;
  const http::ScriptedServer silent(TargetWith([&](http::RawConnection&) {
    hangs = true;
    return true;
  }));
  const http::ScriptedServer one(TargetWith(SayTwo)), other(TargetWith(SayTwo));
  Scrape({JobOf(silent, Duration::Seconds(2)), JobOf(one, Duration::Seconds(1)),
          JobOf(other, Duration::Seconds(1))});
  Await(one, "m 2", 2);
  AwaitThat(hangs);
  appender_.TakeScraped();
  Await(one, "m 2", 1);
  Await(other, "m 2", 1);
  scraper_.Stop();
  EXPECT_EQ(one.connections(), 1);
}

TEST_F(AwaitedScrapesTest, ATargetThatNoLongerAnswersIsDownAfterItsTime) {
  const http::ScriptedServer silent(TargetWith([](http::RawConnection&) { return true; }));
  Scrape({JobOf(silent, Duration::Millis(100))});
  Await(silent, "up 0", 1);
  scraper_.Stop();
  EXPECT_THAT(telemetry_.Counter("hinomi_scrape_failures_total", {{"reason", "timeout"}}).value(),
              testing::Ge(1));
}

TEST_F(AwaitedScrapesTest, AConnectionThatWasClosedIsNoFailureOfTheTarget) {
  // It takes a second request, and closes.
  const http::ScriptedServer server(TargetWith([](http::RawConnection&) { return false; }));
  Scrape({JobOf(server, Duration::Seconds(1))});
  EXPECT_THAT(Await(server, "m 1", 3), testing::Not(testing::Contains("up 0")));
}

TEST_F(AwaitedScrapesTest, ATargetThatBeginsToLeadElsewhereIsFollowed) {
  const http::ScriptedServer to(TargetWith(SayTwo));
  const http::ScriptedServer from(TargetWith([&to](http::RawConnection& connection) {
    return connection.Send("HTTP/1.1 302 Found\r\nLocation: " + to.url() +
                           "/\r\nContent-Length: 0\r\n\r\n");
  }));
  ScrapeJob job = JobOf(from, Duration::Seconds(1));
  job.redirects = 1;
  Scrape({job});
  EXPECT_THAT(Await(from, "m 1", 3), testing::Not(testing::Contains("up 0")));
}

TEST_F(AwaitedScrapesTest, ATargetThatIsTakenAwayWhileItIsAskedGetsItsMarkers) {
  std::atomic<bool> hangs = false;
  const http::ScriptedServer silent(TargetWith([&](http::RawConnection&) {
    hangs = true;
    return true;
  }));
  Scrape({JobOf(silent, Duration::Millis(500))});
  Await(silent, "m 1", 1);
  AwaitThat(hangs);
  scraper_.SetJobs({});
  Await(silent, "m stale", 1);
}

TEST_F(AwaitedScrapesTest, WhatAStopGaveUpIsAskedAgainAfterTheNextStart) {
  std::atomic<bool> talks = false, hangs = false;
  const http::ScriptedServer server(TargetWith([&](http::RawConnection& connection) {
    hangs = true;
    return !talks || SayTwo(connection);
  }));
  Scrape({JobOf(server, Duration::Seconds(2))});
  AwaitThat(hangs);
  scraper_.Stop();  // At once, whatever is on its way.
  talks = true;
  scraper_.Start();
  Await(server, "m 2", 1);
}

}  // namespace
}  // namespace hinomi::metrics
