#include "metrics/tsdb/tombstones.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/random.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::HasSubstr;

const std::vector<Tombstone> kThree{
    {1, {0, 10}, {{"job", MatchType::kEqual, "a"}}},
    {7,
     {INT64_MIN, INT64_MAX},
     {{"job", MatchType::kNotRegex, "b.*"}, {"x", MatchType::kRegex, ""}}},
    {300, {-5, -5}, {}}};

void ExpectSame(const Tombstone& a, const Tombstone& b) {
  EXPECT_EQ(a.number, b.number);
  EXPECT_EQ(a.window, b.window);
  EXPECT_EQ(a.matchers, b.matchers);
}

TEST(TombstonesTest, ComeBackFromTheirFile) {
  FaultFiles files;
  EXPECT_TRUE(LoadTombstones(files, "/tombstones")->tombstones.empty());
  ASSERT_TRUE(SaveTombstones(files, "/tombstones", kThree));
  const auto loaded = *LoadTombstones(files, "/tombstones");
  EXPECT_FALSE(loaded.damage);
  ASSERT_EQ(loaded.tombstones.size(), 3u);
  for (size_t i = 0; i < 3; ++i) ExpectSame(loaded.tombstones[i], kThree[i]);
}

TEST(TombstonesTest, DamageCostsOneRecordAndIsToldAndKept) {
  FaultFiles files;
  Random random(1);
  const std::string good = EncodeTombstones(kThree);
  size_t kept = 0;
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << random.Below(8)));
    ASSERT_TRUE(files.WriteAtomically("/tombstones", bad));
    const auto loaded = LoadTombstones(files, "/tombstones");
    ASSERT_TRUE(loaded) << at;
    ASSERT_TRUE(loaded->damage) << at;
    EXPECT_EQ(loaded->damage->file, "/tombstones");
    EXPECT_THAT(loaded->damage->what, HasSubstr("offset "));
    EXPECT_LT(loaded->tombstones.size(), 3u);
    EXPECT_EQ(*files.ReadAll("/tombstones.damaged"), bad);
    kept += loaded->tombstones.size();
  }
  EXPECT_GT(kept, good.size());
}

TEST(TombstonesTest, ANewerFormatIsRefusedByItsVersion) {
  std::string bytes = "HNMDEL02";
  const uint32_t crc = Crc32c(bytes);
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(crc >> (8 * i));
  const auto decoded = DecodeTombstones(bytes);
  EXPECT_EQ(decoded.error().code, ErrorCode::kConflict);
  EXPECT_THAT(decoded.error().message, HasSubstr("version 02"));
}

}  // namespace
}  // namespace hinomi::metrics
