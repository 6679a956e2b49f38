#include "guide/impl/anchors.h"

#include <cstdint>

namespace hinomi::guide::impl {
namespace {

/// Reads one character of valid UTF-8 and moves on.
uint32_t NextCharacter(std::string_view text, size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  uint32_t character = first & (0x3Fu >> more);
  for (int i = 0; i < more && at < text.size(); ++i)
    character = character << 6 | (static_cast<unsigned char>(text[at++]) & 0x3Fu);
  return character;
}

/// Punctuation beyond ASCII, as far as headings have it.
bool IsPunctuation(uint32_t c) {
  const auto in = [c](uint32_t from, uint32_t to) { return from <= c && c <= to; };
  return in(0x2000, 0x206F) || in(0x2190, 0x21FF) || in(0x3000, 0x3004) || in(0x3008, 0x3020) ||
         c == 0x30FB || in(0xFF01, 0xFF0F) || in(0xFF1A, 0xFF20) || in(0xFF3B, 0xFF40) ||
         in(0xFF5B, 0xFF65);
}

}  // namespace

std::string Anchors::Next(std::string_view heading) {
  std::string id;
  for (size_t at = 0; at < heading.size();) {
    const size_t from = at;
    const uint32_t c = NextCharacter(heading, at);
    if (c >= 'A' && c <= 'Z') {
      id += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
      id += static_cast<char>(c);
    } else if (c == ' ') {
      id += '-';
    } else if (c >= 0x80 && !IsPunctuation(c)) {
      id += heading.substr(from, at - from);
    }
  }
  const int before = used_[id]++;
  return before == 0 ? id : id + "-" + std::to_string(before);
}

}  // namespace hinomi::guide::impl
