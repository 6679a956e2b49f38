#include "cli/printable.h"

#include "base/strings.h"
#include "base/unicode.h"

namespace hinomi::cli {

std::string Printable(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const CodePoint c = DecodeUtf8(text);
    if (c.value == '\n' || c.value == '\t') {
      clean += ' ';
    } else if (c.length == 0 || IsControl(c.value)) {
      clean += '?';
    } else {
      clean += text.substr(0, c.length);
    }
    text.remove_prefix(c.length == 0 ? 1 : c.length);
  }
  return clean;
}

std::string PrintableLines(std::string_view text) {
  std::string clean;
  for (const std::string_view line : Split(text, '\n'))
    clean += (clean.empty() && line.data() == text.data() ? "" : "\n") + Printable(line);
  return clean;
}

std::string Counted(size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace hinomi::cli
