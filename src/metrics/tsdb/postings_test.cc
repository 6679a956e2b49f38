#include "metrics/tsdb/postings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace hinomi::metrics {
namespace {

std::string Encoded(const Postings& ids, uint32_t series) {
  std::string bytes;
  EncodePostings(ids, series, bytes);
  return bytes;
}

Postings EveryNth(uint32_t series, uint32_t step) {
  Postings ids;
  for (uint32_t id = 0; id < series; id += step) ids.push_back(id);
  return ids;
}

TEST(PostingsTest, TakeTheShortestFormOfEachWindow) {
  EXPECT_EQ(Encoded(EveryNth(200'000, 1), 200'000).size(), 3u + 4 * 6);  // Four runs.
  EXPECT_LE(Encoded(EveryNth(65'536, 2), 65'536).size(), 3u + 1 + 8192);
  EXPECT_LE(Encoded(EveryNth(65'536, 100), 65'536).size(), 2u + 3 + 2 * 656);
  EXPECT_LE(Encoded(EveryNth(800, 2), 800).size(), 2u + 1 + 100);  // Bits end with the ids.
}

TEST(PostingsTest, ComeBackWhateverTheirForm) {
  Random random(5);
  for (int i = 0; i < 300; ++i) {
    const auto series = static_cast<uint32_t>(1 + random.Below(200'000));
    const uint64_t most = 1 + random.Below(random.Percent(50) ? 1000 : 4);
    const uint64_t run = 1 + random.Below(random.Percent(50) ? 500 : 2);
    Postings ids;
    for (uint64_t id = random.Below(most); id < series; id += 1 + random.Below(most))
      for (uint64_t n = 1 + random.Below(run); n-- > 0 && id < series; ++id)
        ids.push_back(static_cast<uint32_t>(id));
    if (ids.empty()) continue;
    const std::string bytes = Encoded(ids, series);
    ASSERT_EQ(PostingsCount(bytes), ids.size());
    ASSERT_EQ(DecodePostings(bytes, series), ids);
  }
}

TEST(PostingsTest, OtherBytesAreNotTaken) {
  using std::string_literals::operator""s;
  const auto failed = [](const std::string& bytes) {
    return PostingsCursor(bytes, 70'000).failed();
  };
  EXPECT_FALSE(failed("\x01\x00\x01\x05\x00"s));
  EXPECT_TRUE(failed(""s));
  EXPECT_TRUE(failed("\x00"s));
  EXPECT_TRUE(failed("\x01\x00\x02\x05\x00"s));          // Two ids, one there.
  EXPECT_TRUE(failed("\x01\x00\x00"s));                  // A window without ids.
  EXPECT_TRUE(failed("\x01\x03\x01\x05\x00"s));          // No such kind.
  EXPECT_TRUE(failed("\x01\x08\x01\x05\x00"s));          // A window too far.
  EXPECT_TRUE(failed("\xF1\xA2\x04\x00\x01\x05\x00"s));  // More ids than series.
  EXPECT_TRUE(failed("\x01\xFC\xFF\xFF\xFF\xFF\xFF\x01\x01\x05"s));
}

}  // namespace
}  // namespace hinomi::metrics
