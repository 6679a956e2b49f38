#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "metrics/head_store.h"
#include "metrics/testing.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

/// Times of the batches that were answered with success.
using Answered = std::set<int64_t>;

class HeadStoreFaultTest : public testing::Test {
 protected:
  std::unique_ptr<HeadStore> Open(FaultFiles& files) {
    HeadOptions options;
    options.directory = "/metrics";
    options.retention = Duration();
    options.segment_bytes = 150;
    auto opened = HeadStore::Open(files, clock_, log_, telemetry_, options);
    return opened ? *std::move(opened) : nullptr;
  }

  /// Twelve batches and two checkpoints, as far as the disk lets them.
  Answered Work(HeadStore& store) {
    Answered answered;
    for (int64_t i = 0; i < 12; ++i) {
      const Labels labels = MakeLabels("m", {{"i", std::to_string(i % 3)}});
      if (store.Append({{labels, {{i, 1.0 * static_cast<double>(i)}}}})) answered.insert(i);
      if (i == 4 || i == 9) (void)store.Checkpoint();
    }
    return answered;
  }

  void ExpectAll(const HeadStore& store, const Answered& answered, const std::string& when) {
    std::map<int64_t, double> found;
    for (const SeriesColumns& series : *store.Select({}, 0, 1000, {}))
      for (size_t i = 0; i < series.at_ms.size(); ++i) found[series.at_ms[i]] = series.values[i];
    for (const int64_t at : answered) {
      ASSERT_TRUE(found.contains(at)) << when << ": batch " << at;
      EXPECT_EQ(found[at], static_cast<double>(at)) << when;
    }
  }

  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
};

TEST_F(HeadStoreFaultTest, NoAnsweredBatchIsLostWhateverCallOfTheDiskFails) {
  uint64_t calls = 0;
  {
    FaultFiles files;
    const auto store = Open(files);
    EXPECT_EQ(Work(*store).size(), 12u);
    calls = files.calls();
  }
  ASSERT_GT(calls, 30u);
  for (const DiskFault fault : {DiskFault::kIoError, DiskFault::kFull, DiskFault::kShortWrite}) {
    for (uint64_t call = 1; call <= calls; ++call) {
      for (const uint64_t times : {1, 3, 1000}) {
        const std::string when = "fault " + std::to_string(static_cast<int>(fault)) + " at call " +
                                 std::to_string(call) + " times " + std::to_string(times);
        FaultFiles files;
        Random random(call);
        files.FailFrom(call, fault, times);
        Answered answered;
        if (auto store = Open(files)) answered = Work(*store);
        files.FailFrom(1'000'000, fault);
        files.PowerCut(random);
        auto store = Open(files);
        ASSERT_NE(store, nullptr) << when;
        ExpectAll(*store, answered, when);
        ASSERT_TRUE(store->Append({{MakeLabels("m"), {{100, 100}}}})) << when;
        answered.insert(100);
        store.reset();
        files.PowerCut();
        store = Open(files);
        ASSERT_NE(store, nullptr) << when;
        ExpectAll(*store, answered, when + ", second start");
      }
    }
  }
}

}  // namespace
}  // namespace hinomi::metrics
