#ifndef HINOMI_CLI_PRINTABLE_H_
#define HINOMI_CLI_PRINTABLE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace hinomi::cli {

/// One line of foreign text, fit for a terminal: what it would obey (escape
/// sequences, controls of one byte, bidirectional controls) and what is no
/// UTF-8 becomes "?", line breaks and tabs become blanks.
std::string Printable(std::string_view text);

/// The same of a text of several lines, which stay lines.
std::string PrintableLines(std::string_view text);

/// "1 mistake", "2 mistakes".
std::string Counted(size_t count, std::string_view noun);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_PRINTABLE_H_
