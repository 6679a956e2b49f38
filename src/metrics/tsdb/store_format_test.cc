#include "metrics/tsdb/store_format.h"

#include <gmock/gmock.h>

#include "base/digest.h"
#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::HasSubstr;

class StoreFormatTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Tsdb>> Open(Files& files) {
    TsdbOptions options;
    options.directory = "/metrics";
    return Tsdb::Open(files, clock_, log_, telemetry_, std::move(options));
  }
  /// A store with every kind of file: blocks, a flush file, both logs.
  void Fill(Files& files) {
    const auto store = *Open(files);
    const Labels labels = MakeLabels("m", {{"i", "1"}});
    store->SetMetadata("m", {MetricType::kGauge, "Help.", ""});
    ASSERT_TRUE(store->Append({{labels, {{1, 1}}}}));
    ASSERT_TRUE(store->CutAll());
    ASSERT_TRUE(store->Append({{labels, {{2, 2}}}}));
    ASSERT_TRUE(store->Delete({{"i", MatchType::kEqual, "2"}}, 0, 1));
    ASSERT_TRUE(store->Append({{labels, {{3, 3}}}}));
  }
  static std::vector<std::string> AllFiles(Files& files) {
    std::vector<std::string> paths = {"/metrics/FORMAT"};
    for (const std::string directory : {"/metrics/head-00000001", "/metrics/blocks"})
      for (const std::string& name : *files.List(directory))
        paths.push_back(directory + "/" + name);
    return paths;
  }

  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
};

TEST_F(StoreFormatTest, ANewerFormatIsRefusedByItsNumber) {
  FaultFiles files;
  Fill(files);
  const std::string newer = "hinomi metrics 99 ";
  char crc[16];
  std::snprintf(crc, sizeof crc, "%08x\n", Crc32c(newer));
  ASSERT_TRUE(files.WriteAtomically("/metrics/FORMAT", newer + crc));
  const auto opened = Open(files);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
  EXPECT_THAT(opened.error().message, HasSubstr("/metrics have format 99"));
  EXPECT_THAT(opened.error().message, HasSubstr("reads format " + std::to_string(kStoreFormat)));
}

TEST_F(StoreFormatTest, AnOlderFormatIsReadAndRaised) {
  FaultFiles files;
  Fill(files);
  const std::string raised = *files.ReadAll("/metrics/FORMAT");
  const std::string older = "hinomi metrics 2 ";
  char crc[16];
  std::snprintf(crc, sizeof crc, "%08x\n", Crc32c(older));
  ASSERT_TRUE(files.WriteAtomically("/metrics/FORMAT", older + crc));
  const auto opened = Open(files);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(*files.ReadAll("/metrics/FORMAT"), raised);  // An older program refuses it from now on.
  EXPECT_EQ((*opened)->Select({}, 0, 10, {})->size(), 1u);
}

TEST_F(StoreFormatTest, AChangedByteOfNoFileKeepsAServerFromStarting) {
  FaultFiles files;
  Fill(files);
  const std::vector<std::string> paths = AllFiles(files);
  ASSERT_GE(paths.size(), 5u);
  for (const std::string& path : paths) {
    const std::string content = *files.ReadAll(path);
    for (size_t at = 0; at < content.size(); ++at) {
      // Each time on a fresh copy: opening tidies up.
      FaultFiles copy;
      ASSERT_TRUE(copy.MakeDirectories("/metrics/head-00000001"));
      ASSERT_TRUE(copy.MakeDirectories("/metrics/blocks"));
      for (const std::string& each : paths) {
        std::string bytes = *files.ReadAll(each);
        if (each == path) bytes[at] ^= 1;
        ASSERT_TRUE(copy.WriteAtomically(each, bytes));
      }
      const auto opened = Open(copy);
      ASSERT_TRUE(opened) << path << " byte " << at << ": " << opened.error().message;
      ASSERT_TRUE((*opened)->Select({}, INT64_MIN, INT64_MAX, {})) << path << " byte " << at;
    }
  }
}

TEST_F(StoreFormatTest, ADamagedFormatIsWrittenAnewAndASnapshotHasItsOwn) {
  FaultFiles files;
  Fill(files);
  const std::string sound = *files.ReadAll("/metrics/FORMAT");
  ASSERT_TRUE(files.WriteAtomically("/metrics/FORMAT", "hinomi metrics 3 00000000\n"));
  const auto store = *Open(files);
  EXPECT_EQ(*files.ReadAll("/metrics/FORMAT"), sound);
  ASSERT_TRUE(store->Snapshot("/copy"));
  EXPECT_EQ(*files.ReadAll("/copy/FORMAT"), sound);
}

TEST_F(StoreFormatTest, AStoreFromBeforeThereWasAFormatHasTheFirst) {
  FaultFiles files;
  Fill(files);
  ASSERT_TRUE(files.Remove("/metrics/FORMAT"));
  const auto opened = Open(files);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("have format 1"));
}

}  // namespace
}  // namespace hinomi::metrics
