#include "api/console/event_feed.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

#include "store/open.h"

namespace hinomi::api {
namespace {

class FakeSink : public http::StreamSink {
 public:
  bool Send(std::string bytes) override {
    const std::lock_guard lock(mutex_);
    if (closed_ || full_) return false;
    sent_ += bytes;
    return true;
  }
  void Close() override {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  bool closed() const override {
    const std::lock_guard lock(mutex_);
    return closed_;
  }
  void Fill() { full_ = true; }
  // "change 3" or "reset 7" for each event, in order.
  std::vector<std::string> Told() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> told;
    for (size_t at = sent_.find("id: "); at != std::string::npos; at = sent_.find("id: ", at + 1)) {
      const size_t end = sent_.find('\n', at);
      const size_t name = sent_.find("event: ", at) + 7;
      told.push_back(sent_.substr(name, sent_.find('\n', name) - name) + " " +
                     sent_.substr(at + 4, end - at - 4));
    }
    return told;
  }
  std::string sent() const { return sent_; }

 private:
  mutable std::mutex mutex_;
  std::string sent_;
  bool closed_ = false;
  bool full_ = false;
};

using Told = std::vector<std::string>;

class EventFeedTest : public ::testing::Test {
 protected:
  EventFeedTest() { epoch_ = store_->AcquireLease("leader", "test", Duration::Minutes(1))->epoch; }

  // Commits `count` events and gives them as the loop would.
  std::vector<ops_model::Event> Commit(size_t count) {
    store::Turn turn;
    turn.epoch = epoch_;
    turn.expected_head = head_;
    std::vector<ops_model::Event> events;
    for (size_t i = 0; i < count; ++i) {
      const ops_model::EventBody body = ops_model::IncidentNoted{"INC-1", "sato", "x"};
      events.push_back({++head_, Instant(), "hinomi", body});
      turn.events.push_back({std::string(ops_model::EventType(body)), 1, "incident:INC-1", "hinomi",
                             ops_model::EncodeEvent(body)});
    }
    EXPECT_TRUE(store_->Commit(turn));
    return events;
  }
  std::shared_ptr<FakeSink> Subscribe(uint64_t after) {
    auto sink = std::make_shared<FakeSink>();
    feed_.Subscribe(sink, after);
    return sink;
  }

  ManualClock clock_;
  std::function<Status(std::string_view, store::FaultPoint)> hook_;
  std::unique_ptr<store::Store> store_ = store::OpenMemoryStore(
      store::MakeMemoryDatabase(), clock_, [this](std::string_view call, store::FaultPoint p) {
        return hook_ ? hook_(call, p) : Status();
      });
  uint64_t epoch_ = 0;
  uint64_t head_ = 0;
  EventFeed feed_{*store_};
};

TEST_F(EventFeedTest, ANewPageReadsAllAndThenHearsOfEachEventOnce) {
  feed_.Publish(Commit(3));
  const auto page = Subscribe(0);
  EXPECT_EQ(page->Told(), Told{"reset 3"});
  feed_.Publish(Commit(2));
  EXPECT_EQ(page->Told(), (Told{"reset 3", "change 4", "change 5"}));
  EXPECT_NE(page->sent().find("incident:INC-1"), std::string::npos);
}

TEST_F(EventFeedTest, APageThatComesBackMissesNothing) {
  feed_.Publish(Commit(5));
  EXPECT_EQ(Subscribe(3)->Told(), (Told{"change 4", "change 5"}));
  EXPECT_EQ(Subscribe(5)->Told(), Told{});
  EXPECT_EQ(Subscribe(99)->Told(), Told{"reset 5"}) << "of another journal";
}

TEST_F(EventFeedTest, WhoWasAwayTooLongReadsAllAnew) {
  feed_.Publish(Commit(EventFeed::kMostMissed + 2));
  EXPECT_EQ(Subscribe(1)->Told(), Told{"reset 1002"});
  EXPECT_EQ(Subscribe(2)->Told().size(), 1000u);
}

// Committed, seen by the page as past, and only then published.
TEST_F(EventFeedTest, NothingIsToldTwice) {
  feed_.Publish(Commit(1));
  const auto events = Commit(2);
  const auto page = Subscribe(1);
  feed_.Publish(events);
  EXPECT_EQ(page->Told(), (Told{"change 2", "change 3"}));
}

TEST_F(EventFeedTest, AFollowersPagesHearWhatTheLeaderWrote) {
  feed_.CatchUp(0);
  feed_.Publish(Commit(1));
  const auto page = Subscribe(1);
  Commit(2);  // By another server.
  feed_.CatchUp(head_);
  feed_.CatchUp(head_);
  EXPECT_EQ(page->Told(), (Told{"change 2", "change 3"}));
  // A gap before what is published is filled, too: an answer of a commit was lost.
  Commit(1);
  feed_.Publish(Commit(1));
  EXPECT_EQ(page->Told(), (Told{"change 2", "change 3", "change 4", "change 5"}));
}

TEST_F(EventFeedTest, AGapThatCannotBeReadNowIsFilledLater) {
  feed_.Publish(Commit(1));
  const auto page = Subscribe(1);
  Commit(1);
  hook_ = [](std::string_view, store::FaultPoint) -> Status { return Unavailable("gone"); };
  feed_.CatchUp(head_);
  EXPECT_EQ(page->Told(), Told{});
  const auto lost = std::make_shared<FakeSink>();
  feed_.Subscribe(lost, 1);
  EXPECT_TRUE(lost->closed());
  hook_ = nullptr;
  feed_.CatchUp(head_);
  EXPECT_EQ(page->Told(), Told{"change 2"});
}

TEST_F(EventFeedTest, APageThatIsTooSlowIsDroppedAndHoldsUpNoOther) {
  feed_.Publish(Commit(1));
  std::vector<std::shared_ptr<FakeSink>> pages;
  for (int i = 0; i < 1000; ++i) pages.push_back(Subscribe(1));
  for (int i = 0; i < 999; ++i) pages[static_cast<size_t>(i)]->Fill();
  feed_.Publish(Commit(1));
  EXPECT_EQ(feed_.subscribers(), 1u);
  EXPECT_EQ(pages.back()->Told(), Told{"change 2"});
  pages.back()->Close();
  feed_.Beat(Instant());
  EXPECT_EQ(feed_.subscribers(), 0u);
}

TEST_F(EventFeedTest, ABeatTellsTheServersTimeAndIsNoPlaceToGoOnFrom) {
  feed_.Publish(Commit(1));
  const auto page = Subscribe(1);
  feed_.Beat(*ParseRfc3339("2026-11-24T03:12:04Z"));
  EXPECT_EQ(page->Told(), Told{});  // It has no id.
  EXPECT_TRUE(page->sent().ends_with("event: beat\ndata: {\"now\":\"2026-11-24T03:12:04Z\"}\n\n"));
}

// The control thread publishes while a page is still reading the past.
TEST_F(EventFeedTest, NobodyWhoPublishesWaitsForWhatAPageReads) {
  feed_.Publish(Commit(1));
  const auto listening = Subscribe(1);
  const auto events = Commit(1);
  std::mutex mutex;
  std::condition_variable changed;
  bool reading = false;
  bool published = false;
  hook_ = [&](std::string_view call, store::FaultPoint) -> Status {
    if (call != "ReadJournal") return {};
    std::unique_lock lock(mutex);
    reading = true;
    changed.notify_all();
    changed.wait(lock, [&] { return published; });
    return {};
  };
  const auto slow = std::make_shared<FakeSink>();
  std::thread reader([&] { feed_.Subscribe(slow, 1); });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return reading; });
  }
  feed_.Publish(events);
  EXPECT_EQ(listening->Told(), Told{"change 2"});
  {
    const std::lock_guard lock(mutex);
    published = true;
    changed.notify_all();
  }
  reader.join();
  EXPECT_EQ(slow->Told(), Told{"change 2"});
}

}  // namespace
}  // namespace hinomi::api
