// modules: hn_cli
// What a terminal, or whoever writes to it, sends as keys.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "cli/top/keys.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi;
  using cli::top::Key;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  cli::top::KeyDecoder whole, pieces;
  std::vector<Key> keys = whole.Feed(bytes);
  std::vector<Key> one_by_one;
  for (size_t i = 0; i < size; ++i)
    for (Key& key : pieces.Feed(bytes.substr(i, 1))) one_by_one.push_back(std::move(key));
  HN_CHECK(keys.size() <= size && one_by_one.size() <= size);
  if (size < 60'000) HN_CHECK(keys == one_by_one);
  for (const Key& key : keys) {
    HN_CHECK(IsValidUtf8(key.text));
    for (std::string_view rest = key.text; !rest.empty();) {
      const CodePoint c = DecodeUtf8(rest);
      HN_CHECK(!IsControl(c.value));
      rest.remove_prefix(c.length);
    }
  }
  whole.Expire();
  return 0;
}
