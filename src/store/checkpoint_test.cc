#include "store/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/contract_testing.h"
#include "store/personal.h"

namespace hinomi::store {
namespace {

Checkpoint Example() {
  return MakeCheckpoint(CheckpointKey::FromSeed(std::string(32, 'k')), Head{1000, Sha256("head")},
                        Instant::FromSeconds(1'700'000'000));
}

TEST(CheckpointTest, ItsLineIsReadBackAndVerifies) {
  const Checkpoint checkpoint = Example();
  const std::string line = FormatCheckpoint(checkpoint);
  EXPECT_TRUE(line.starts_with("hinomi-checkpoint-1 1000 " + ToHex(Sha256("head")) +
                               " 1700000000000000000 "))
      << line;
  const auto read = ParseCheckpoint(line + "\n");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_TRUE(VerifyCheckpoint(*read, checkpoint.public_key).has_value());
  EXPECT_EQ(FormatCheckpoint(*read), line);
}

TEST(CheckpointTest, AnyChangeBreaksTheSignature) {
  const auto broken = [](auto change) {
    Checkpoint checkpoint = Example();
    change(checkpoint);
    HN_EXPECT_ERROR(VerifyCheckpoint(checkpoint), kCorrupt, "it was changed");
  };
  broken([](Checkpoint& c) { c.sequence += 1; });
  broken([](Checkpoint& c) { c.hash[31] ^= 1; });
  broken([](Checkpoint& c) { c.at = c.at + Duration::Nanos(1); });
  broken([](Checkpoint& c) { c.public_key[0] ^= 1; });
  broken([](Checkpoint& c) { c.signature[63] ^= 1; });
  broken([](Checkpoint& c) { c.signature.clear(); });
}

TEST(CheckpointTest, OtherLinesAreRefused) {
  const std::string line = FormatCheckpoint(Example());
  for (const std::string& bad :
       {std::string(), std::string("hinomi-checkpoint-1"), line.substr(0, line.size() - 1),
        line + "00", "x" + line, std::string("hinomi-checkpoint-1 -1 0 0 0 0"),
        "hinomi-checkpoint-1 18446744073709551615" + line.substr(line.find(' ', 20))}) {
    HN_EXPECT_ERROR(ParseCheckpoint(bad), kInvalidArgument, "this is no checkpoint line");
  }
}

TEST(CheckpointTest, TheKeyFileIsPrivateAndIsReadAgain) {
  PosixFiles files;
  TempDirectory directory;
  const std::string path = directory.path() + "/checkpoint.key";
  const auto made = CheckpointKey::LoadOrMake(files, path);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  struct stat status{};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  EXPECT_EQ(CheckpointKey::LoadOrMake(files, path)->public_key(), made->public_key());
}

TEST(CheckpointTest, ABrokenKeyFileIsNotReplaced) {
  PosixFiles files;
  TempDirectory directory;
  const std::string path = directory.path() + "/checkpoint.key";
  ASSERT_TRUE(files.WriteAtomically(path, "abc\n").has_value());
  HN_EXPECT_ERROR(CheckpointKey::LoadOrMake(files, path), kCorrupt, path);
  EXPECT_EQ(files.ReadAll(path).value(), "abc\n");
}

TEST(CheckpointTest, IsDueAfterAThousandEventsOrAnHour) {
  const Instant then = Instant::FromSeconds(1'700'000'000);
  Checkpoint last;
  last.sequence = 500;
  last.at = then;
  struct Case {
    uint64_t head;
    Duration later;
    bool due;
  };
  for (const Case& c :
       {Case{500, Duration::Hours(9), false}, Case{501, Duration::Minutes(59), false},
        Case{501, Duration::Hours(1), true}, Case{1499, Duration::Nanos(0), false},
        Case{1500, Duration::Nanos(0), true}, Case{400, Duration::Hours(9), false},
        Case{501, -Duration::Seconds(1), true}}) {
    EXPECT_EQ(CheckpointDue(Head{c.head, {}}, last, then + c.later), c.due) << c.head;
  }
  EXPECT_TRUE(CheckpointDue(Head{1, {}}, Checkpoint{}, then));
}

TEST(PersonalTest, SealedBytesOpenUnderTheirOwnKeyAndCommitmentOnly) {
  const PersonalDatum datum = MakePersonalDatum("ann", "田中 090-1234");
  const std::string key = MakePersonKey();
  const std::string sealed = SealPersonal(datum, key);
  EXPECT_EQ(OpenPersonal(sealed, datum.commitment, key).value(), "田中 090-1234");
  EXPECT_EQ(sealed.find(datum.salt), std::string::npos);
  EXPECT_EQ(sealed.find("090"), std::string::npos);
  HN_EXPECT_ERROR(OpenPersonal(sealed, datum.commitment, MakePersonKey()), kCorrupt, "changed");
  HN_EXPECT_ERROR(OpenPersonal(sealed, std::string(64, '0'), key), kCorrupt, "changed");
  HN_EXPECT_ERROR(OpenPersonal(sealed.substr(0, 20), datum.commitment, key), kCorrupt, "changed");
}

TEST(PersonalTest, TheCommitmentIsTheHashOfSaltAndText) {
  EXPECT_EQ(PersonalCommitment("abc", ""),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_NE(MakePersonalDatum("a", "x").commitment, MakePersonalDatum("a", "x").commitment);
}

}  // namespace
}  // namespace hinomi::store
