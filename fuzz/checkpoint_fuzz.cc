// modules: hn_store
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "store/checkpoint.h"

// A line that is read must be written again to one that reads the same, and
// its verification must not crash.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::store;
  const auto checkpoint =
      ParseCheckpoint(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!checkpoint) return 0;
  const std::string line = FormatCheckpoint(*checkpoint);
  const auto again = ParseCheckpoint(line);
  HN_CHECK(again.has_value());
  HN_CHECK(FormatCheckpoint(*again) == line);
  (void)VerifyCheckpoint(*checkpoint).has_value();
  return 0;
}
