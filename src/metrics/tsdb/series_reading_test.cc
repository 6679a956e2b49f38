#include "metrics/tsdb/series_reading.h"

#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <thread>

#include "base/digest.h"
#include "base/random.h"
#include "base/seed_testing.h"
#include "base/telemetry.h"
#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "metrics/tsdb_testing.h"
#include "os/helpers.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

constexpr int64_t kLast = 100'000'000;
const SelectLimits kLimits{10'000, 10'000'000, nullptr};

/// Of labels, times and values, in order.
uint64_t DigestOf(const std::vector<SeriesColumns>& all) {
  uint64_t digest = 0;
  const auto add = [&digest](std::string_view bytes) { digest = digest * 31 + Hash64(bytes); };
  for (const SeriesColumns& series : all) {
    add(series.labels.ToString());
    add({reinterpret_cast<const char*>(series.at_ms.data()), series.at_ms.size() * 8});
    add({reinterpret_cast<const char*>(series.values.data()), series.values.size() * 8});
  }
  return digest;
}

/// A store whose samples are in blocks, flush files and memory, more than one thread reads alone.
class SeriesReadingTest : public testing::Test {
 protected:
  SeriesReadingTest() {
    TsdbOptions options;
    options.directory = "/tsdb";
    options.help = {&helpers_, 200'000};
    options.seed = 7;
    store_ = Tsdb::Open(files_, clock_, log_, telemetry_, options).value();
  }

  /// To some series each, at times of [from, from + count); `model_` has the same.
  void Write(Random& random, size_t series, int64_t from, int64_t count) {
    std::vector<WriteSeries> batch;
    for (size_t i = 0; i < series; ++i) {
      if (random.Percent(30)) continue;
      WriteSeries& one = batch.emplace_back();
      one.labels = MakeLabels("m" + std::to_string(i % 3), {{"i", std::to_string(i)}});
      for (int64_t at = from; at < from + count; ++at) {
        one.samples.push_back({at, AnyValue(random)});
        model_[one.labels][at] = std::bit_cast<uint64_t>(one.samples.back().value);
      }
    }
    ASSERT_TRUE(store_->Append(batch));
  }

  void Fill(Random& random) {
    Write(random, 300, 0, 900);
    ASSERT_TRUE(store_->CutAll());
    Write(random, 350, 600, 600);  // Over what is there.
    ASSERT_TRUE(store_->CutAll());
    Write(random, 400, 1100, 100);
  }

  std::vector<SeriesColumns> Visited(const std::vector<Matcher>& matchers, int64_t from_ms,
                                     int64_t to_ms, const SeriesStepMaker& prepare = nullptr) {
    std::vector<SeriesColumns> seen;
    const auto floats = store_->VisitFloats(
        matchers, from_ms, to_ms, kLimits,
        [&](SeriesColumns& series) -> Status {
          EXPECT_EQ(std::this_thread::get_id(), caller_);
          seen.push_back(std::move(series));
          return {};
        },
        prepare);
    EXPECT_TRUE(floats.has_value() && *floats);
    return seen;
  }

  const std::thread::id caller_ = std::this_thread::get_id();
  FaultFiles files_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  Helpers helpers_{3};
  std::unique_ptr<Tsdb> store_;
  SampleModel model_;
};

TEST_F(SeriesReadingTest, AllIsReadOnceAndInOrderWhoeverReadsIt) {
  Random random(FirstSeed());
  Fill(random);
  const std::vector<Matcher> some = {{"__name__", MatchType::kRegex, "m[02]"}};
  const std::vector<SeriesColumns> seen = Visited({}, 0, kLast);
  EXPECT_TRUE(std::ranges::is_sorted(seen, std::less<>(), &SeriesColumns::labels));
  EXPECT_EQ(ModelOf(seen), model_);
  const auto selected = store_->Select({}, 0, kLast, kLimits);
  EXPECT_EQ(DigestOf(*selected), DigestOf(seen));
  EXPECT_EQ(ModelOf(Visited(some, 450, 1150)), Part(model_, some, {450, 1150}));
}

TEST_F(SeriesReadingTest, EachThreadThatReadsPreparesWithAStepOfItsOwn) {
  Random random(FirstSeed() + 1);
  Fill(random);
  std::atomic<int> steps{0};
  const auto prepare = [&]() -> SeriesStep {
    ++steps;
    return [owner = std::this_thread::get_id()](SeriesColumns& series) {
      EXPECT_EQ(owner, std::this_thread::get_id());
      const bool drop = series.labels.Get("i").ends_with("7");
      const double count = static_cast<double>(series.values.size());
      series.at_ms.assign(drop ? 0 : 1, 1);
      series.values.assign(drop ? 0 : 1, count);
    };
  };
  const std::vector<SeriesColumns> seen = Visited({}, 0, kLast, prepare);
  size_t expected = 0;
  for (const auto& [labels, samples] : model_) expected += labels.Get("i").ends_with("7") ? 0 : 1;
  EXPECT_EQ(seen.size(), expected) << "what has no samples left is not visited";
  for (const SeriesColumns& series : seen)
    EXPECT_EQ(series.values[0], static_cast<double>(model_[series.labels].size()));
  EXPECT_GE(steps, 1);
  EXPECT_LE(steps, 4);
}

TEST_F(SeriesReadingTest, HelpersJoinWhereThereIsMuchToRead) {
  Random random(FirstSeed() + 2);
  Fill(random);
  // Who visits waits until somebody else has read something.
  std::atomic<bool> helped{false};
  size_t visited = 0, samples = 0;
  const auto floats = store_->VisitFloats(
      {}, 0, kLast, {},
      [&](SeriesColumns&) -> Status {
        if (samples > 250'000) helped.wait(false);
        return ++visited, Status();
      },
      [&]() -> SeriesStep {
        const bool own = std::this_thread::get_id() == caller_;
        return [&, own](SeriesColumns& series) {
          if (own) {
            samples += series.values.size();
          } else {
            helped = true;
            helped.notify_all();
          }
        };
      });
  EXPECT_TRUE(floats.has_value());
  EXPECT_TRUE(helped);
  EXPECT_EQ(visited, model_.size());
}

TEST_F(SeriesReadingTest, AnErrorOfTheVisitorEndsItWhileOthersRead) {
  Random random(FirstSeed() + 3);
  Fill(random);
  for (const size_t last : {size_t{1}, size_t{200}, size_t{330}}) {
    size_t visited = 0;
    const auto floats = store_->VisitFloats(
        {}, 0, kLast, {},
        [&](SeriesColumns&) -> Status {
          return ++visited < last ? Status() : Status(Cancelled("enough"));
        },
        nullptr);
    ASSERT_FALSE(floats.has_value());
    EXPECT_EQ(floats.error().message, "enough");
    EXPECT_EQ(visited, last);
  }
}

TEST_F(SeriesReadingTest, ALimitIsNamedWhoeverMeetsIt) {
  Random random(FirstSeed() + 4);
  Fill(random);
  const auto visit = [](SeriesColumns&) { return Status(); };
  const auto series = store_->VisitFloats({}, 0, kLast, {300, 10'000'000, nullptr}, visit, nullptr);
  ASSERT_FALSE(series.has_value());
  EXPECT_THAT(series.error().message, testing::HasSubstr("300 series"));
  const auto samples = store_->VisitFloats({}, 0, kLast, {10'000, 900, nullptr}, visit, nullptr);
  ASSERT_FALSE(samples.has_value());
  EXPECT_THAT(samples.error().message, testing::HasSubstr("900 samples"));
}

TEST_F(SeriesReadingTest, ManyReadAtOnceWhileOthersWrite) {
  Random random(FirstSeed() + 5);
  Fill(random);
  const uint64_t before = DigestOf(Visited({}, 0, 1199));
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      for (int round = 0; round < 2; ++round) {
        const auto selected = store_->Select({}, 0, 1199, kLimits);
        EXPECT_TRUE(selected && DigestOf(*selected) == before);
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    Write(random, 50, 2000 + i, 1);
    if (i % 5 == 0) {
      EXPECT_TRUE(store_->CutAll());
    }
  }
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace hinomi::metrics
