// modules: hn_metrics
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "metrics/wal.h"

// An even first byte: the rest is a whole segment. Odd: it is one record's
// payload, since no fuzzer guesses checksums.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::metrics;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 1) {
    (void)DecodeWalRecord(bytes);
    return 0;
  }
  const auto source = [&](uint64_t offset, size_t length) -> hinomi::Result<std::string> {
    if (offset >= bytes.size()) return std::string();
    return std::string(bytes.substr(offset, length));
  };
  const auto scan =
      ScanWal(source, bytes.size(), 1, [](std::string_view payload) -> hinomi::Status {
        const auto record = DecodeWalRecord(payload);
        return record ? hinomi::Status() : hinomi::Status(record.error());
      });
  HN_CHECK(scan.has_value() && scan->valid_end <= bytes.size());
  for (const WalDamage& damage : scan->damages)
    HN_CHECK(damage.offset + damage.bytes <= bytes.size());
  return 0;
}
