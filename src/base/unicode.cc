#include "base/unicode.h"

#include <algorithm>
#include <iterator>

namespace hinomi {
namespace {

struct Range {
  uint32_t first, last;
};
#include "base/width_table.inc"

template <size_t N>
bool IsIn(const Range (&table)[N], uint32_t c) {
  const auto* range = std::ranges::lower_bound(table, c, {}, &Range::last);
  return range != std::end(table) && range->first <= c;
}

/// The first character, or a single byte that takes one column.
CodePoint FirstOrByte(std::string_view text) {
  const CodePoint c = DecodeUtf8(text);
  return c.length == 0 ? CodePoint{'?', 1} : c;
}

}  // namespace

CodePoint DecodeUtf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {0, 0};
  uint32_t value = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {0, 0};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {0, 0};
  return {value, length};
}

size_t ColumnsOf(uint32_t code_point) {
  if (code_point < 0x300) return 1;
  if (IsIn(kMarks, code_point)) return 0;
  return IsIn(kWide, code_point) ? 2 : 1;
}

size_t PrefixWithin(std::string_view utf8, size_t columns) {
  size_t bytes = 0;
  while (bytes < utf8.size()) {
    const CodePoint c = FirstOrByte(utf8.substr(bytes));
    const size_t width = ColumnsOf(c.value);
    if (width > columns) break;
    columns -= width;
    bytes += c.length;
  }
  return bytes;
}

size_t FirstCharacter(std::string_view utf8) {
  if (utf8.empty()) return 0;
  size_t bytes = FirstOrByte(utf8).length;
  while (bytes < utf8.size()) {
    const CodePoint mark = FirstOrByte(utf8.substr(bytes));
    if (ColumnsOf(mark.value) > 0) break;
    bytes += mark.length;
  }
  return bytes;
}

bool IsControl(uint32_t c) {
  const bool c0_or_c1 = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool bidirectional = c == 0x061C || c == 0x200E || c == 0x200F ||
                             (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return c0_or_c1 || bidirectional || c == 0x2028 || c == 0x2029;
}

void AppendUtf8(std::string& out, uint32_t code_point) {
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0 | (code_point >> 6));
    out += static_cast<char>(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0 | (code_point >> 12));
    out += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code_point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code_point >> 18));
    out += static_cast<char>(0x80 | ((code_point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code_point & 0x3F));
  }
}

}  // namespace hinomi
