#ifndef HINOMI_BASE_UNICODE_H_
#define HINOMI_BASE_UNICODE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hinomi {

/// One character of UTF-8 text.
struct CodePoint {
  uint32_t value = 0;
  size_t length = 0;  ///< Bytes; 0 where the bytes are no UTF-8.
};

/// The first character of a text that is not empty: no surrogates, no overlong forms.
CodePoint DecodeUtf8(std::string_view text);
/// `code_point` is a Unicode scalar value.
void AppendUtf8(std::string& out, uint32_t code_point);

/// Columns that a terminal gives to a character: 2 for CJK and full-width ones
/// (Unicode TR 11), 0 for marks that join the one before.
/// `DisplayWidth` (base/strings.h) is that of a whole text.
size_t ColumnsOf(uint32_t code_point);

/// Bytes of the longest beginning that takes at most so many columns. Marks
/// stay with what they join, and half of a wide character is none.
size_t PrefixWithin(std::string_view utf8, size_t columns);

/// Bytes of the first character with the marks that join it; 0 of an empty text.
size_t FirstCharacter(std::string_view utf8);

/// True for characters that a terminal obeys or that turn the order of others:
/// C0 and C1 controls, DEL, bidirectional controls, line and paragraph separators.
bool IsControl(uint32_t code_point);

}  // namespace hinomi

#endif  // HINOMI_BASE_UNICODE_H_
