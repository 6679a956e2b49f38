#ifndef HINOMI_BASE_STRINGS_H_
#define HINOMI_BASE_STRINGS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hinomi {

/// Parts between separators; "a,,b" has three, "" has one empty part.
std::vector<std::string_view> Split(std::string_view text, char separator);
std::string Join(std::span<const std::string> parts, std::string_view separator);

/// "1:5" for a byte offset into a text: line and column, in bytes, from 1.
std::string LineAndColumn(std::string_view text, size_t offset);
/// Without spaces, tabs, CR and LF at both ends.
std::string_view Trim(std::string_view text);
std::string ToLowerAscii(std::string_view text);
std::string ToUpperAscii(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

/// The whole text as a number, or nothing. No leading blanks, no '+' for
/// integers. Doubles accept Inf/NaN in any case and hexadecimal is refused.
std::optional<int64_t> ParseInt(std::string_view text);
std::optional<uint64_t> ParseUint(std::string_view text);
std::optional<double> ParseDouble(std::string_view text);
/// The shortest text that reads back as the same double; "+Inf", "-Inf", "NaN"
/// as Prometheus writes them.
std::string FormatDouble(double value);

std::string HexEncode(std::span<const uint8_t> bytes);
std::optional<std::vector<uint8_t>> HexDecode(std::string_view text);
std::string Base64Encode(std::string_view bytes);
std::optional<std::string> Base64Decode(std::string_view text);

/// True for well-formed UTF-8 (no surrogates, no overlong forms).
bool IsValidUtf8(std::string_view text);
/// Columns that a terminal needs: CJK and full-width characters take two,
/// combining marks none.
size_t DisplayWidth(std::string_view utf8);

/// The candidate with the least edit distance, if it is near enough to be a
/// slip of the pen (at most a third of the length, at least one edit).
std::optional<std::string> NearestName(std::string_view name,
                                       std::span<const std::string> candidates);

/// Escapes for HTML text and double-quoted attributes.
std::string HtmlEscape(std::string_view text);

}  // namespace hinomi

#endif  // HINOMI_BASE_STRINGS_H_
