#include "metrics/tsdb/flush_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SamplePool PoolOf(Random& random, size_t series, size_t samples) {
  SamplePool pool;
  for (size_t i = 0; i < samples; ++i)
    pool.Append(static_cast<SeriesId>(random.Below(series)),
                {static_cast<int64_t>(random.Below(3 * kCutMs)) - kCutMs,
                 static_cast<double>(random.Below(100)) / 10});
  return pool;
}

TEST(SamplePoolTest, GivesSamplesBackInOrderOfArrivalWhateverTheirTimes) {
  SamplePool pool;
  const int64_t times[] = {5, 6, 4, INT64_MAX, INT64_MIN, 7, 7, 1'000'000'000'000};
  double value = 0;
  for (const int64_t at : times) pool.Append(3, {at, value++});
  SampleColumns columns;
  pool.Read(2, columns);
  EXPECT_EQ(columns.size(), 0u);
  pool.Read(3, columns);
  EXPECT_THAT(columns.at_ms, testing::ElementsAreArray(times));
  EXPECT_THAT(columns.values, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  SortKeepingLast(columns);
  EXPECT_THAT(columns.at_ms, ElementsAre(INT64_MIN, 4, 5, 6, 7, 1'000'000'000'000, INT64_MAX));
  EXPECT_THAT(columns.values, ElementsAre(4, 2, 0, 1, 6, 7, 3));
  EXPECT_EQ(pool.first_ms(), INT64_MIN);
  EXPECT_EQ(pool.last_ms(), INT64_MAX);
}

TEST(FlushFileTest, HoldsWhatThePoolHeld) {
  Random random(1);
  FaultFiles files;
  ASSERT_TRUE(files.MakeDirectories("/d"));
  SamplePool pool = PoolOf(random, 50, 5000);
  // One series is longer than a chunk may be.
  for (int i = 0; i < 10'000; ++i) pool.Append(60, {i, 1.0 * i});
  ASSERT_TRUE(FlushFile::Write(files, "/d/flush", pool));
  const auto file = FlushFile::Open(files, "/d/flush").value();
  uint64_t samples = 0;
  std::map<int64_t, uint64_t> windows;
  for (SeriesId id = 0; id < 70; ++id) {
    SampleColumns expected;
    pool.Read(id, expected);
    SortKeepingLast(expected);
    SampleColumns found;
    ASSERT_TRUE(file->Read(id, found));
    ASSERT_EQ(found.at_ms, expected.at_ms) << id;
    ASSERT_EQ(found.values, expected.values) << id;
    samples += found.size();
    for (const int64_t at : found.at_ms) ++windows[WindowOf(at, kCutMs).from_ms];
  }
  EXPECT_EQ(file->samples(), samples);
  EXPECT_EQ(file->windows(), windows);
  EXPECT_EQ(file->first_ms(), pool.first_ms());
  EXPECT_EQ(file->last_ms(), pool.last_ms());
}

TEST(FlushFileTest, AnyChangedByteIsNoticedAndCostsAtMostAChunkOrTheFile) {
  Random random(2);
  FaultFiles files;
  ASSERT_TRUE(files.MakeDirectories("/d"));
  ASSERT_TRUE(FlushFile::Write(files, "/d/flush", PoolOf(random, 5, 60)));
  const std::string whole = files.ReadAll("/d/flush").value();
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    ASSERT_TRUE(files.WriteAtomically("/d/damaged", bytes));
    const auto file = FlushFile::Open(files, "/d/damaged");
    if (!file) continue;
    int damaged = 0;
    for (SeriesId id = 0; id < 5; ++id) {
      SampleColumns columns;
      const Status read = (*file)->Read(id, columns);
      if (read) continue;
      ++damaged;
      EXPECT_THAT(read.error().message, HasSubstr("/d/damaged: the chunk at byte "));
    }
    EXPECT_EQ(damaged, 1) << at;
  }
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_TRUE(files.WriteAtomically("/d/damaged", whole.substr(0, size)));
    EXPECT_FALSE(FlushFile::Open(files, "/d/damaged")) << size;
  }
}

TEST(FlushFileTest, SeriesThatAreSampledTogetherHaveTheirTimesOnce) {
  FaultFiles files;
  ASSERT_TRUE(files.MakeDirectories("/d"));
  Random random(3);
  const auto write = [&](bool together) {
    SamplePool pool;
    for (int64_t round = 0; round < 8; ++round) {
      const auto jitter = static_cast<int64_t>(random.Below(5));
      for (SeriesId id = 0; id < 500; ++id)
        pool.Append(id, {round * 1000 + (together ? jitter : static_cast<int64_t>(random.Below(9))),
                         static_cast<double>(id)});
    }
    EXPECT_TRUE(FlushFile::Write(files, "/d/flush", pool));
    const auto file = FlushFile::Open(files, "/d/flush").value();
    for (SeriesId id = 0; id < 500; ++id) {
      SampleColumns expected;
      SampleColumns found;
      pool.Read(id, expected);
      EXPECT_TRUE(file->Read(id, found));
      EXPECT_EQ(found.at_ms, expected.at_ms);
      EXPECT_EQ(found.values, expected.values);
    }
    return file->bytes();
  };
  EXPECT_LT(write(true) + 500 * 8, write(false));

  // Damaged times are told by each chunk that has them.
  const size_t whole = write(true);
  std::string bytes = files.ReadAll("/d/flush").value();
  const size_t tail_bytes =
      static_cast<uint8_t>(bytes[whole - 16]) + 256u * static_cast<uint8_t>(bytes[whole - 15]);
  char& of_times = bytes[whole - 16 - tail_bytes - 3];
  of_times = static_cast<char>(of_times ^ 1);
  ASSERT_TRUE(files.WriteAtomically("/d/flush", bytes));
  const auto file = FlushFile::Open(files, "/d/flush").value();
  int damaged = 0;
  for (SeriesId id = 0; id < 500; ++id) {
    SampleColumns found;
    if (const Status read = file->Read(id, found); !read) {
      ++damaged;
      EXPECT_THAT(read.error().message, HasSubstr("has its times in a damaged place"));
      EXPECT_EQ(found.size(), 0u);
    }
  }
  EXPECT_EQ(damaged, 499);
}

TEST(FlushFileTest, AFormatOfTheFutureIsNamed) {
  FaultFiles files;
  ASSERT_TRUE(files.MakeDirectories("/d"));
  ASSERT_TRUE(files.WriteAtomically("/d/flush", "HNFLSH99" + std::string(100, 'x')));
  EXPECT_THAT(FlushFile::Open(files, "/d/flush").error().message, HasSubstr("format"));
}

}  // namespace
}  // namespace hinomi::metrics
