#include "cli/top/keys.h"

#include <algorithm>

#include "base/unicode.h"
#include "cli/printable.h"

namespace hinomi::cli::top {
namespace {

using Kind = Key::Kind;

constexpr std::string_view kPasteBegins = "\x1b[200~";
constexpr std::string_view kPasteEnds = "\x1b[201~";
constexpr size_t kLongestSequence = 64;
constexpr size_t kLongestPaste = 64u << 10;

struct Sequence {
  std::string_view bytes;  ///< Behind ESC and [ or O.
  Kind kind;
};
constexpr Sequence kSequences[] = {
    {"A", Kind::kUp},        {"B", Kind::kDown},  {"C", Kind::kRight},   {"D", Kind::kLeft},
    {"H", Kind::kHome},      {"F", Kind::kEnd},   {"1~", Kind::kHome},   {"7~", Kind::kHome},
    {"4~", Kind::kEnd},      {"8~", Kind::kEnd},  {"3~", Kind::kDelete}, {"5~", Kind::kPageUp},
    {"6~", Kind::kPageDown}, {"M", Kind::kEnter},
};

bool IsFinal(char c) {
  return c >= 0x40 && c <= 0x7E;
}

Key ControlKey(uint32_t c) {
  if (c == '\r' || c == '\n') return {Kind::kEnter};
  if (c == '\t') return {Kind::kTab};
  if (c == 0x7F || c == 0x08) return {Kind::kBackspace};
  return {Kind::kControl, std::string(1, static_cast<char>('a' + c - 1))};
}

/// How many bytes the character that begins so should have.
size_t ExpectedLength(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  return byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
}

}  // namespace

std::vector<Key> KeyDecoder::Feed(std::string_view bytes) {
  bytes_ += bytes;
  std::vector<Key> keys;
  size_t at = 0;
  while (!bytes_.empty() && (at = TakeOne(keys)) > 0) bytes_.erase(0, at);
  return keys;
}

std::vector<Key> KeyDecoder::Expire() {
  std::vector<Key> keys;
  if (!waiting()) return keys;
  if (bytes_ == "\x1b") keys.push_back({Kind::kEscape});
  bytes_.clear();
  return keys;
}

// Bytes used; 0 if the rest must come first.
size_t KeyDecoder::TakeOne(std::vector<Key>& keys) {
  if (pasting_) return TakePaste(keys);
  if (bytes_[0] == '\x1b') return TakeEscape(keys);
  const CodePoint c = DecodeUtf8(bytes_);
  if (c.length == 0) return bytes_.size() < ExpectedLength(bytes_[0]) ? 0 : 1;
  if (c.value < 0x20 || c.value == 0x7F) {
    if (c.value != 0 && (c.value <= 26 || c.value == 0x7F)) keys.push_back(ControlKey(c.value));
  } else if (!hinomi::IsControl(c.value)) {
    keys.push_back({Kind::kText, bytes_.substr(0, c.length)});
  }
  return c.length;
}

size_t KeyDecoder::TakeEscape(std::vector<Key>& keys) {
  if (bytes_.size() == 1) return 0;
  if (bytes_[1] == '\x1b') {
    keys.push_back({Kind::kEscape});
    return 1;
  }
  if (bytes_[1] != '[' && bytes_[1] != 'O') {
    // Alt with a letter means nothing here; not the letter alone either.
    const CodePoint c = DecodeUtf8(std::string_view(bytes_).substr(1));
    if (c.length == 0 && bytes_.size() - 1 < ExpectedLength(bytes_[1])) return 0;
    return 1 + std::max<size_t>(1, c.length);
  }
  size_t end = 2;
  while (end < bytes_.size() && !IsFinal(bytes_[end])) {
    if (bytes_[end] == '\x1b' || end >= kLongestSequence) return end;
    ++end;
  }
  if (end == bytes_.size()) return 0;
  const std::string_view sequence = std::string_view(bytes_).substr(0, end + 1);
  if (sequence == kPasteBegins) {
    pasting_ = true;
  } else {
    for (const Sequence& known : kSequences)
      if (sequence.substr(2) == known.bytes) keys.push_back({known.kind});
  }
  return end + 1;
}

size_t KeyDecoder::TakePaste(std::vector<Key>& keys) {
  const size_t end = bytes_.find(kPasteEnds);
  if (end == std::string::npos && bytes_.size() < kLongestPaste) return 0;
  pasting_ = end == std::string::npos;
  const size_t size = pasting_ ? bytes_.size() : end;
  std::string text = bytes_.substr(0, size);
  std::ranges::replace(text, '\r', '\n');  // So terminals send the ends of lines.
  keys.push_back({Kind::kPaste, Printable(text)});
  return pasting_ ? size : size + kPasteEnds.size();
}

}  // namespace hinomi::cli::top
