#include "drivers/services/log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/strings.h"
#include "drivers/host_testing.h"

namespace hinomi::drivers {
namespace {

class LogReaderTest : public ::testing::Test {
 protected:
  void Write(const std::string& file, const std::string& text) {
    ASSERT_TRUE(host_.WriteFile("run/" + file, text, 0600));
  }
  /// As the shim appends: the same file, longer.
  void Append(const std::string& text) { host_.AppendTo("run/output", text); }
  /// As the shim does when half of its limit is full.
  void Turn() { host_.Rename("run/output", "run/output.1"); }

  LogChunk Read(const LogRequest& request) {
    auto chunk = ReadRunOutput(host_, "run", request);
    EXPECT_TRUE(chunk) << (chunk ? "" : chunk.error().message);
    return chunk ? *chunk : LogChunk();
  }

  ManualClock clock_;
  FakeHost host_{"one", clock_};
};

TEST_F(LogReaderTest, BothFilesAreReadAsOne) {
  Write("output.1", "one\ntwo\n");
  Write("output", "three\n");
  EXPECT_EQ(Read({}).text, "one\ntwo\nthree\n");
  EXPECT_FALSE(Read({}).lost);
}

TEST_F(LogReaderTest, TheLastLinesAreFoundAcrossTheFiles) {
  Write("output.1", "one\ntwo\nthr");
  Write("output", "ee\nfour\nfive");
  struct Case {
    uint64_t lines;
    const char* text;
  };
  for (const Case& c : {Case{1, "five"}, Case{2, "four\nfive"}, Case{3, "three\nfour\nfive"},
                        Case{4, "two\nthree\nfour\nfive"}, Case{5, "one\ntwo\nthree\nfour\nfive"},
                        Case{99, "one\ntwo\nthree\nfour\nfive"}})
    EXPECT_EQ(Read({.tail_lines = c.lines}).text, c.text) << c.lines;
  Append("\n");
  EXPECT_EQ(Read({.tail_lines = 1}).text, "five\n");
  EXPECT_EQ(Read({.tail_lines = 2}).text, "four\nfive\n");
}

TEST_F(LogReaderTest, TailOfLongOutputIsTheSameAsOfShort) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line " + std::to_string(i) + "\n";
  Write("output", text);
  EXPECT_EQ(Read({.tail_lines = 2}).text, "line 49998\nline 49999\n");
  const LogChunk many = Read({.tail_lines = 20'000, .limit_bytes = 1u << 20});
  EXPECT_TRUE(many.text.starts_with("line 30000\n"));
  EXPECT_TRUE(many.text.ends_with("line 49999\n"));
  // A bound on bytes wins over lines, and takes the newest.
  const LogChunk few = Read({.tail_lines = 20'000, .limit_bytes = 100});
  EXPECT_EQ(few.text, text.substr(text.size() - 100));
}

TEST_F(LogReaderTest, NoPieceEndsWithinACharacter) {
  const std::string text = "火の見 🔥\n";
  for (uint64_t limit = 4; limit < text.size(); ++limit) {
    Write("output", text);
    std::string all;
    std::string cursor;
    for (int i = 0; i < 20; ++i) {
      const LogChunk chunk = Read({.cursor = cursor, .limit_bytes = limit});
      EXPECT_TRUE(IsValidUtf8(chunk.text)) << limit << ": " << all << "|" << chunk.text;
      all += chunk.text;
      cursor = chunk.cursor;
    }
    EXPECT_EQ(all, text) << limit;
  }
  // Bytes that never become a character are not waited for.
  Write("output", "a\xE7\x81");
  LogChunk chunk = Read({});
  EXPECT_EQ(chunk.text, "a");
  chunk = Read({.cursor = chunk.cursor});
  EXPECT_EQ(chunk.text, "\xE7\x81");
  EXPECT_EQ(Read({.cursor = chunk.cursor}).text, "");
}

TEST_F(LogReaderTest, FollowingGoesOnWhereItWas) {
  Write("output", "one\n");
  LogChunk chunk = Read({});
  EXPECT_EQ(chunk.text, "one\n");
  EXPECT_EQ(Read({.cursor = chunk.cursor}).text, "");
  Append("two\n");
  chunk = Read({.cursor = chunk.cursor});
  EXPECT_EQ(chunk.text, "two\n");
  Append("three\n");
  Turn();
  Write("output", "four\n");
  chunk = Read({.cursor = chunk.cursor});
  EXPECT_EQ(chunk.text, "three\nfour\n");
  EXPECT_FALSE(chunk.lost);
}

TEST_F(LogReaderTest, WhatIsNotKeptAnyMoreIsSaidToBeLost) {
  Write("output", "one\n");
  const LogChunk chunk = Read({});
  Turn();
  Write("output", "two\n");
  Turn();
  Write("output", "three\n");
  const LogChunk next = Read({.cursor = chunk.cursor});
  EXPECT_TRUE(next.lost);
  EXPECT_EQ(next.text, "two\nthree\n");
  EXPECT_FALSE(Read({.cursor = next.cursor}).lost);
}

TEST_F(LogReaderTest, PiecesAddUpToTheWhole) {
  Write("output.1", "0123456789");
  Write("output", "abcdef");
  std::string all;
  LogRequest request{.limit_bytes = 3};
  for (int i = 0; i < 10; ++i) {
    const LogChunk chunk = Read(request);
    EXPECT_LE(chunk.text.size(), 3u);
    all += chunk.text;
    request.cursor = chunk.cursor;
  }
  EXPECT_EQ(all, "0123456789abcdef");
}

TEST_F(LogReaderTest, BeforeTheFirstOutputThereIsNothingAndItCanBeFollowed) {
  const LogChunk chunk = Read({.tail_lines = 5});
  EXPECT_EQ(chunk.text, "");
  Write("output", "one\n");
  EXPECT_EQ(Read({.cursor = chunk.cursor}).text, "one\n");
}

TEST_F(LogReaderTest, WhatIsNoCursorIsRefused) {
  Write("output", "one\n");
  for (const char* cursor : {"x", ":", ":1", "1:", "1:x", "1:-1"})
    EXPECT_EQ(ReadRunOutput(host_, "run", {.cursor = cursor}).error().code,
              ErrorCode::kInvalidArgument)
        << cursor;
}

TEST_F(LogReaderTest, AHostThatDoesNotAnswerIsAnError) {
  host_.SetReachable(false);
  EXPECT_EQ(ReadRunOutput(host_, "run", {}).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace hinomi::drivers
