// modules: hn_metrics hn_os_testing
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/digest.h"
#include "metrics/tsdb/flush_file.h"
#include "os/testing.h"

namespace {

constexpr size_t kFooterBytes = 16;  // Length, entries, CRC, "FEND".

/// No fuzzer guesses checksums: puts right the one of the footer.
std::string Mend(std::string file) {
  if (file.size() < kFooterBytes) return file;
  const size_t footer = file.size() - kFooterBytes;
  uint32_t length = 0;
  for (size_t i = 4; i-- > 0;) length = length << 8 | static_cast<uint8_t>(file[footer + i]);
  if (length > footer) return file;
  const uint32_t crc =
      hinomi::Crc32c(std::string_view(file).substr(footer - length, length + size_t{8}));
  for (size_t i = 0; i < 4; ++i) file[footer + 8 + i] = static_cast<char>(crc >> (8 * i));
  return file;
}

}  // namespace

// Even first byte: the rest is a flush file; odd: one whose footer's checksum is
// put right.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi;
  using namespace hinomi::metrics;
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 1) bytes = Mend(std::move(bytes));
  FaultFiles files;
  HN_CHECK(files.WriteAtomically("/flush-00000001", bytes).has_value());
  const auto file = FlushFile::Open(files, "/flush-00000001");
  if (!file) return 0;
  SampleColumns columns;
  for (size_t i = 0; i < (*file)->series(); ++i) {
    columns.Clear();
    (void)(*file)->ReadAt(i, columns);
    HN_CHECK(columns.at_ms.size() == columns.values.size());
    (void)(*file)->Has((*file)->IdAt(i));
    columns.Clear();
    (void)(*file)->Read((*file)->IdAt(i), columns);
  }
  (void)(*file)->windows();
  return 0;
}
