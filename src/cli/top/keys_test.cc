#include "cli/top/keys.h"

#include <gtest/gtest.h>

#include "cli/top/line_editor.h"

namespace hinomi::cli::top {
namespace {

using Kind = Key::Kind;
using Keys = std::vector<Key>;

TEST(KeysTest, BytesBecomeKeysInPiecesOfAnySize) {
  const struct {
    std::string bytes;
    Keys keys;
  } cases[] = {
      {"gn", {{Kind::kText, "g"}, {Kind::kText, "n"}}},
      {"火é", {{Kind::kText, "火"}, {Kind::kText, "é"}}},
      {"\r\x7f\t", {{Kind::kEnter}, {Kind::kBackspace}, {Kind::kTab}}},
      {"\x03\x1a", {{Kind::kControl, "c"}, {Kind::kControl, "z"}}},
      {"\x1b[A\x1bOB\x1b[5~\x1b[3~",
       {{Kind::kUp}, {Kind::kDown}, {Kind::kPageUp}, {Kind::kDelete}}},
      {"\x1b[200~are we\rin?\x1b[201~q", {{Kind::kPaste, "are we in?"}, {Kind::kText, "q"}}},
      {"\x1b\x1b[A", {{Kind::kEscape}, {Kind::kUp}}},
      // What is not known is no key, and none of its letters is one.
      {"\x1b[99;3uq", {{Kind::kText, "q"}}},
      {"\x1b[<0;10;10Mq", {{Kind::kText, "q"}}},
      {"\x1b"
       "aq",
       {{Kind::kText, "q"}}},
      {std::string("\0\xff\xc2\x9bq", 5), {{Kind::kText, "q"}}},
  };
  for (const auto& c : cases)
    for (size_t size = 1; size <= c.bytes.size(); ++size) {
      KeyDecoder decoder;
      Keys keys;
      for (size_t at = 0; at < c.bytes.size(); at += size)
        for (const Key& key : decoder.Feed(c.bytes.substr(at, size))) keys.push_back(key);
      EXPECT_EQ(keys, c.keys) << c.bytes << " in pieces of " << size;
      EXPECT_FALSE(decoder.waiting());
    }
}

TEST(KeysTest, ALoneEscapeIsTheKeyOnceNothingFollows) {
  KeyDecoder decoder;
  EXPECT_TRUE(decoder.Feed("\x1b").empty());
  EXPECT_TRUE(decoder.waiting());
  EXPECT_EQ(decoder.Expire(), Keys{{Kind::kEscape}});
  EXPECT_TRUE(decoder.Feed("\x1b[").empty());
  EXPECT_TRUE(decoder.Expire().empty());
  EXPECT_EQ(decoder.Feed("q"), (Keys{{Kind::kText, "q"}}));
}

void Type(LineEditor& editor, std::string_view bytes) {
  KeyDecoder decoder;
  for (const Key& key : decoder.Feed(bytes)) editor.Take(key);
}

TEST(LineEditorTest, EditsWholeCharacters) {
  const struct {
    const char* typed;
    const char* text;
  } cases[] = {
      {"火の見\x7f", "火の"},
      {"か\u3099x\x1b[D\x7f", "x"},  // The mark goes with its letter.
      {"ab\x1b[D\x1b[DX", "Xab"},
      {"ab\x1b[H\x1b[3~", "b"},
      {"one two \x17", "one "},
      {"one\x01X\x05Y", "XoneY"},
      {"one\x15two", "two"},
      {"one\x1b[D\x0b", "on"},
      {"\x1b[200~a\tb\nc\x1b[201~", "a b c"},
      {"\x7f\x1b[D\x1b[C\x1b[3~", ""},
  };
  for (const auto& c : cases) {
    LineEditor editor;
    Type(editor, c.typed);
    EXPECT_EQ(editor.text(), c.text) << c.typed;
    EXPECT_LE(editor.cursor(), editor.text().size());
  }
}

TEST(LineEditorTest, TakesAsMuchAsTheServerDoes) {
  LineEditor editor;
  std::string long_text;
  for (int i = 0; i < 1500; ++i) long_text += "火";
  for (int i = 0; i < 2; ++i) editor.Take({Kind::kPaste, long_text});
  EXPECT_EQ(editor.text().size(), LineEditor::kMostCharacters * 3);
}

}  // namespace
}  // namespace hinomi::cli::top
