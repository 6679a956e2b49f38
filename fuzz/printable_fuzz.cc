// modules: hn_cli
// Foreign text on its way to a terminal.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "cli/printable.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string clean = cli::Printable(text);
  HN_CHECK(clean.size() <= size && IsValidUtf8(clean));
  for (std::string_view rest = clean; !rest.empty();) {
    const CodePoint c = DecodeUtf8(rest);
    HN_CHECK(!IsControl(c.value));
    rest.remove_prefix(c.length);
  }
  HN_CHECK(cli::Printable(clean) == clean);
  for (size_t columns = 0; columns < 8; ++columns) {
    const size_t bytes = PrefixWithin(clean, columns);
    HN_CHECK(bytes <= clean.size() && DisplayWidth(clean.substr(0, bytes)) <= columns);
  }
  return 0;
}
