#include "metrics/tsdb/head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <thread>

#include "base/random.h"
#include "metrics/testing.h"
#include "metrics/tsdb/head_testing.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Series by their labels' text → time → bits of the value.
using Content = std::map<std::string, std::map<int64_t, uint64_t>>;

Labels SeriesOfHead(uint64_t number) {
  return MakeLabels("m", {{"i", std::to_string(number)}});
}

std::vector<SeriesColumns> SeriesOf(const Head& head, int64_t from_ms, int64_t to_ms) {
  HeadSelection selection = head.Select(Selector({}), from_ms, to_ms, {}).value();
  std::vector<SeriesColumns> series(selection.size());
  for (size_t i = 0; i < series.size(); ++i) selection.Read(i, series[i]);
  return series;
}

class HeadTest : public testing::Test {
 protected:
  std::unique_ptr<Head> Open(Files& files, HeadLimits limits = {}) {
    auto opened = Head::Open(files, log_, "/head", limits, 7);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
  static Content ContentOf(const Head& head, int64_t from_ms = INT64_MIN,
                           int64_t to_ms = INT64_MAX) {
    Content content;
    for (const SeriesColumns& series : SeriesOf(head, from_ms, to_ms))
      for (size_t i = 0; i < series.at_ms.size(); ++i)
        content[series.labels.ToString()][series.at_ms[i]] =
            std::bit_cast<uint64_t>(series.values[i]);
    return content;
  }
  static Status Put(Head& head, uint64_t series, int64_t at_ms, double value) {
    return head.Append(BatchBuilder().Add(SeriesOfHead(series), {{at_ms, value}}).batch());
  }

  NullLog log_;
};

TEST_F(HeadTest, AgreesWithAModelUnderWritesFlushesAndRestarts) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    FaultFiles files;
    HeadLimits limits;
    limits.segment_bytes = 400;
    auto head = Open(files, limits);
    Content model;
    for (int step = 0; step < 150; ++step) {
      const uint64_t what = random.Below(20);
      if (what == 0) {
        ASSERT_TRUE(head->Flush());
      }
      if (what == 1) {
        head.reset();
        files.PowerCut(random);
        head = Open(files, limits);
      }
      if (what < 2) {
        ASSERT_EQ(ContentOf(*head), model) << seed << " step " << step;
        continue;
      }
      BatchBuilder batch;
      for (uint64_t i = random.Below(5); i-- > 0;) {
        std::vector<Sample> samples;
        const Labels labels = SeriesOfHead(random.Below(10));
        for (uint64_t j = random.Below(4); j-- > 0;) {
          samples.push_back({static_cast<int64_t>(random.Below(50)) * kCutMs / 10,
                             random.Percent(5) ? StaleMarker() : 0.1 * static_cast<double>(step)});
          model[labels.ToString()][samples.back().at_ms] =
              std::bit_cast<uint64_t>(samples.back().value);
        }
        batch.Add(labels, samples);
        if (model[labels.ToString()].empty()) model.erase(labels.ToString());
      }
      ASSERT_TRUE(head->Append(batch.batch()));
    }
    Content clipped;
    for (const auto& [name, samples] : model)
      for (const auto& [at, bits] : samples)
        if (at >= kCutMs && at <= 2 * kCutMs) clipped[name][at] = bits;
    EXPECT_EQ(ContentOf(*head, kCutMs, 2 * kCutMs), clipped);
    std::set<std::string> names;
    for (const Labels& labels : head->SelectLabels({}, kCutMs, 2 * kCutMs).value())
      names.insert(labels.ToString());
    std::set<std::string> expected;
    for (const auto& [name, samples] : clipped) expected.insert(name);
    EXPECT_EQ(names, expected);
  }
}

TEST_F(HeadTest, NoAnsweredBatchIsLostWhateverCallOfTheDiskFails) {
  const auto work = [&](Head& head) {
    Content answered;
    for (int64_t i = 0; i < 10; ++i) {
      if (Put(head, static_cast<uint64_t>(i % 4), i, 1.0 * static_cast<double>(i)))
        answered[SeriesOfHead(static_cast<uint64_t>(i % 4)).ToString()][i] =
            std::bit_cast<uint64_t>(1.0 * static_cast<double>(i));
      if (i == 3 || i == 7) (void)head.Flush().has_value();
    }
    return answered;
  };
  HeadLimits limits;
  limits.segment_bytes = 100;
  const auto open = [&](Files& files) -> std::unique_ptr<Head> {
    auto opened = Head::Open(files, log_, "/head", limits, 7);
    return opened ? *std::move(opened) : nullptr;
  };
  uint64_t calls = 0;
  {
    FaultFiles files;
    EXPECT_EQ(work(*open(files)).size(), 4u);
    calls = files.calls();
  }
  ASSERT_GT(calls, 30u);
  const auto expect_all = [](const Head& head, const Content& answered, const std::string& when) {
    const Content content = ContentOf(head);
    for (const auto& [name, samples] : answered) {
      ASSERT_TRUE(content.contains(name)) << when;
      for (const auto& [at, bits] : samples) {
        ASSERT_TRUE(content.at(name).contains(at)) << when << ": " << name << " at " << at;
        EXPECT_EQ(content.at(name).at(at), bits) << when;
      }
    }
  };
  for (const DiskFault fault : {DiskFault::kIoError, DiskFault::kFull, DiskFault::kShortWrite}) {
    for (uint64_t call = 1; call <= calls; ++call) {
      for (const uint64_t times : {1, 3, 1000}) {
        const std::string when = "fault " + std::to_string(static_cast<int>(fault)) + " at call " +
                                 std::to_string(call) + " times " + std::to_string(times);
        FaultFiles files;
        Random random(call);
        files.FailFrom(call, fault, times);
        Content answered;
        if (const auto head = open(files)) {
          answered = work(*head);
          expect_all(*head, answered, when + ", before the cut");
        }
        files.FailFrom(1'000'000, fault);
        files.PowerCut(random);
        auto head = open(files);
        ASSERT_NE(head, nullptr) << when;
        expect_all(*head, answered, when);
        // It goes on, and series that were half known are not mixed up.
        ASSERT_TRUE(Put(*head, 9, 100, 100)) << when;
        answered[SeriesOfHead(9).ToString()][100] = std::bit_cast<uint64_t>(100.0);
        head.reset();
        files.PowerCut();
        head = open(files);
        ASSERT_NE(head, nullptr) << when;
        expect_all(*head, answered, when + ", second start");
        if (HasFailure()) return;
      }
    }
  }
}

TEST_F(HeadTest, AnyChangedByteIsToldAndNothingIsMadeUp) {
  FaultFiles files;
  Content all;
  {
    const auto head = Open(files);
    for (int64_t i = 0; i < 12; ++i) {
      const uint64_t series = static_cast<uint64_t>(i % 3);
      ASSERT_TRUE(Put(*head, series, i, static_cast<double>(i)));
      all[SeriesOfHead(series).ToString()][i] = std::bit_cast<uint64_t>(static_cast<double>(i));
      if (i == 5) {
        ASSERT_TRUE(head->Flush());
      }
    }
  }
  const auto names = files.List("/head").value();
  for (const std::string& name : names) {
    const std::string path = "/head/" + name;
    const std::string whole = files.ReadAll(path).value();
    for (size_t at = 0; at < whole.size(); ++at) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
      FaultFiles copy;
      ASSERT_TRUE(copy.MakeDirectories("/head"));
      for (const std::string& other : names)
        ASSERT_TRUE(
            copy.WriteAtomically("/head/" + other, files.ReadAll("/head/" + other).value()));
      ASSERT_TRUE(copy.WriteAtomically(path, bytes));
      const auto head = Open(copy);
      for (const auto& [series, samples] : ContentOf(*head)) {
        ASSERT_TRUE(all.contains(series)) << name << " byte " << at;
        for (const auto& [time, bits] : samples)
          EXPECT_EQ(all.at(series).at(time), bits) << name << " byte " << at;
      }
      // Samples that a lost series had are never those of a later one.
      ASSERT_TRUE(Put(*head, 77, 1000, 1));
      EXPECT_EQ(ContentOf(*head).at(SeriesOfHead(77).ToString()).size(), 1u) << name << at;
    }
  }
}

TEST_F(HeadTest, WindowsAreFinishedByWhatCameLastNotByAnyClock) {
  FaultFiles files;
  auto head = Open(files);
  const auto put_window = [&](int64_t window, int64_t count) {
    for (int64_t i = 0; i < count; ++i)
      ASSERT_TRUE(Put(*head, static_cast<uint64_t>(i % 3), window * kCutMs + i,
                      static_cast<double>(window)));
  };
  EXPECT_THAT(head->FinishedWindows(), IsEmpty());
  put_window(5, 40);
  ASSERT_TRUE(head->Flush());
  EXPECT_THAT(head->FinishedWindows(), IsEmpty());
  put_window(6, 40);
  put_window(0, 1);        // Something of 1970,
  put_window(500'000, 1);  // and a clock that is ahead.
  ASSERT_TRUE(head->Flush());
  EXPECT_THAT(head->FinishedWindows(), ElementsAre(0, 5 * kCutMs, 500'000 * kCutMs));
  EXPECT_THAT(head->FinishedWindows(true),
              ElementsAre(0, 5 * kCutMs, 6 * kCutMs, 500'000 * kCutMs));

  std::vector<std::string> order;
  size_t samples = 0;
  const HeadCut cut = head->PrepareCut(5 * kCutMs, 6 * kCutMs - 1);
  ASSERT_TRUE(cut.Run([&](std::string_view label_bytes, const SampleColumns& columns) -> Status {
    order.push_back(ParseLabelBytes(label_bytes)->ToString());
    samples += columns.size();
    return {};
  }));
  EXPECT_THAT(order, ElementsAre("m{i=\"0\"}", "m{i=\"1\"}", "m{i=\"2\"}"));
  EXPECT_EQ(samples, 40u);

  ASSERT_TRUE(head->Forget(head->FinishedWindows(), head->flushes()));
  EXPECT_THAT(head->FinishedWindows(), IsEmpty());
  // The second file still has what is not finished, and so all of itself.
  EXPECT_EQ(ContentOf(*head, 5 * kCutMs, 6 * kCutMs - 1), Content());
  EXPECT_EQ(ContentOf(*head, 6 * kCutMs, 7 * kCutMs - 1).size(), 3u);
  head.reset();
  files.PowerCut();
  head = Open(files);
  EXPECT_EQ(ContentOf(*head, 6 * kCutMs, 7 * kCutMs - 1).size(), 3u);
  ASSERT_TRUE(head->Forget(head->FinishedWindows(true), head->flushes()));
  EXPECT_EQ(ContentOf(*head), Content());
}

TEST_F(HeadTest, ACutGivesAnySeriesInTheOrderOfTheirLabels) {
  Random random(3);
  FaultFiles files;
  auto head = Open(files);
  std::map<Labels, size_t> expected;
  for (int i = 0; i < 2000; ++i) {
    // Names and values that begin alike, and sets that are the beginning of others.
    std::vector<std::pair<std::string, std::string>> pairs{
        {"a", std::string(1 + random.Below(3), 'x')}};
    for (const char* name : {"a1", "aa", "b"})
      if (random.Below(2) == 0) pairs.emplace_back(name, std::to_string(random.Below(20)));
    const Labels labels(pairs);
    if (random.Below(20) == 0) {
      ASSERT_TRUE(head->Flush());
    }
    ASSERT_TRUE(head->Append(BatchBuilder().Add(labels, {{i, 1}}).batch()));
    ++expected[labels];
  }
  ASSERT_TRUE(head->Flush());
  std::vector<std::pair<Labels, size_t>> cut;
  ASSERT_TRUE(head->PrepareCut(0, kCutMs - 1)
                  .Run([&](std::string_view label_bytes, const SampleColumns& columns) -> Status {
                    cut.emplace_back(*ParseLabelBytes(label_bytes), columns.size());
                    return {};
                  }));
  EXPECT_EQ(cut, (std::vector<std::pair<Labels, size_t>>(expected.begin(), expected.end())));
}

TEST_F(HeadTest, AWindowIsFinishedOnceNobodyAddsToIt) {
  FaultFiles files;
  auto head = Open(files);
  const auto put = [&](int64_t window, int64_t count) {
    for (int64_t i = 0; i < count; ++i)
      ASSERT_TRUE(Put(*head, 1, window * kCutMs + i, static_cast<double>(i)));
  };
  put(5, 160);
  EXPECT_FALSE(head->seen().window_over);
  put(6, 15);
  EXPECT_TRUE(head->seen().window_over);
  put(5, 1);  // Somebody does.
  EXPECT_FALSE(head->seen().window_over);
  put(6, 12);
  ASSERT_TRUE(head->Flush());
  EXPECT_THAT(head->FinishedWindows(), ElementsAre(5 * kCutMs));
  put(6, 100);
  put(7, 100);
  put(6, 1);
  ASSERT_TRUE(head->Flush());
  EXPECT_THAT(head->FinishedWindows(), ElementsAre(5 * kCutMs));
}

TEST_F(HeadTest, RequestsOfOneScrapeTakeOnePageOfTheLogEach) {
  FaultFiles files;
  auto head = Open(files);
  for (int64_t round = 0; round < 50; ++round) {
    BatchBuilder batch;
    for (uint64_t series = 0; series < 500; ++series)
      batch.Add(SeriesOfHead(series), {{round, static_cast<double>(round) + 0.25}});
    const uint64_t before = head->log_bytes();
    ASSERT_TRUE(head->Append(batch.batch()));
    // 3 bytes a sample: two such records fit into a page, and a third one does not.
    EXPECT_LE(head->log_bytes() - before, 4096u);
  }
  const std::string segment = files.ReadAll("/head/samples-00000001").value();
  for (size_t at = segment.find("HNRC"); at != std::string::npos;
       at = segment.find("HNRC", at + 1)) {
    const size_t length =
        static_cast<uint8_t>(segment[at + 4]) + 256u * static_cast<uint8_t>(segment[at + 5]) + 12;
    EXPECT_EQ(at / 4096, (at + length - 1) / 4096) << at;
  }
  head.reset();
  files.PowerCut();
  head = Open(files);
  EXPECT_THAT(head->damages(), IsEmpty());
  EXPECT_EQ(ContentOf(*head).size(), 500u);
  EXPECT_EQ(ContentOf(*head).begin()->second.size(), 50u);
}

TEST_F(HeadTest, AtTheMemoryLimitABatchIsRefusedWhole) {
  FaultFiles files;
  HeadLimits limits;
  limits.memory_bytes = 300'000;
  auto head = Open(files, limits);
  Status status;
  uint64_t number = 0;
  while (status && number < 100'000) status = Put(*head, number++, 1, 1);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(status.error().message, HasSubstr("memory limit"));
  EXPECT_EQ(ContentOf(*head).size(), number - 1);
  EXPECT_LE(head->memory_bytes(), limits.memory_bytes + 1000);
}

TEST_F(HeadTest, AHandleFindsASeriesInTheHeadThatGaveIt) {
  FaultFiles files, other_files;
  auto head = Open(files);
  SeriesHandle one, two;
  const auto write = [&](Head& to, int64_t at_ms) {
    return to.Append(BatchBuilder()
                         .Add(SeriesOfHead(1), {{at_ms, 1}}, &one)
                         .Add(SeriesOfHead(2), {{at_ms, 2}}, &two)
                         .batch());
  };
  ASSERT_TRUE(write(*head, 10));
  EXPECT_NE(one.store, 0u);
  EXPECT_NE(one.series, two.series);
  // That it is followed shows where the labels say something else.
  ASSERT_TRUE(head->Append(BatchBuilder().Add(SeriesOfHead(3), {{20, 1}}, &one).batch()));
  EXPECT_EQ(ContentOf(*head).size(), 2u);
  EXPECT_EQ(ContentOf(*head)[SeriesOfHead(1).ToString()].size(), 2u);

  // Another head numbers them otherwise, and does not take what it did not give.
  auto other = Open(other_files);
  ASSERT_TRUE(Put(*other, 2, 10, 2));
  const SeriesHandle old = one;
  ASSERT_TRUE(write(*other, 30));
  EXPECT_NE(one.store, old.store);
  EXPECT_EQ(ContentOf(*other)[SeriesOfHead(1).ToString()],
            (std::map<int64_t, uint64_t>{{30, std::bit_cast<uint64_t>(1.0)}}));
  // Nor does the head of the same directory after a restart.
  head.reset();
  head = Open(files);
  one = old;
  ASSERT_TRUE(write(*head, 40));
  EXPECT_NE(one.store, old.store);
  EXPECT_EQ(ContentOf(*head)[SeriesOfHead(1).ToString()].size(), 3u);
}

TEST_F(HeadTest, MetadataSurvivesTheLogThatHeldIt) {
  FaultFiles files;
  auto head = Open(files);
  head->SetMetadata("m", {MetricType::kCounter, "How many.", ""});
  ASSERT_TRUE(Put(*head, 1, 1, 1));
  for (int round = 0; round < 2; ++round) {
    head.reset();
    files.PowerCut();
    head = Open(files);
    EXPECT_EQ(head->MetricMetadata().at("m").help, "How many.") << round;
    ASSERT_TRUE(head->Flush());
  }
}

TEST_F(HeadTest, WritersReadersAndFlushesAtOnce) {
  FaultFiles files;
  auto head = Open(files);
  constexpr int kWriters = 3;
  constexpr int kBatches = 60;
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer)
    threads.emplace_back([&, writer] {
      for (int64_t i = 0; i < kBatches; ++i) {
        BatchBuilder batch;
        for (uint64_t series = 0; series < 5; ++series)
          batch.Add(SeriesOfHead(static_cast<uint64_t>(writer) * 5 + series), {{i, 1.0}});
        ASSERT_TRUE(head->Append(batch.batch()));
      }
    });
  std::thread flusher([&] {
    while (!done) ASSERT_TRUE(head->Flush());
  });
  std::thread reader([&] {
    while (!done) {
      // A batch is visible whole or not at all.
      std::map<int64_t, std::set<std::string>> by_time;
      for (const SeriesColumns& series : SeriesOf(*head, 0, kBatches))
        for (size_t i = 1; i < series.at_ms.size(); ++i)
          ASSERT_EQ(series.at_ms[i], series.at_ms[i - 1] + 1);
    }
  });
  for (std::thread& thread : threads) thread.join();
  done = true;
  flusher.join();
  reader.join();
  size_t samples = 0;
  for (const auto& [name, content] : ContentOf(*head)) samples += content.size();
  EXPECT_EQ(samples, size_t{kWriters} * kBatches * 5);
}

}  // namespace
}  // namespace hinomi::metrics
