// modules: hn_metrics hn_os_testing
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/digest.h"
#include "base/log.h"
#include "metrics/tsdb/block_footer.h"
#include "metrics/tsdb/block_set.h"
#include "os/testing.h"

namespace {

using namespace hinomi;
using namespace hinomi::metrics;

/// No fuzzer guesses checksums: puts right those of footer and sections.
std::string Mend(std::string file) {
  const auto put = [&](size_t at, uint32_t crc) {
    for (int i = 0; i < 4; ++i) file[at++] = static_cast<char>(crc >> (8 * i));
  };
  if (file.size() < kBlockMagic.size() + kBlockTrailerBytes) return file;
  const size_t trailer = file.size() - kBlockTrailerBytes;
  uint32_t length = 0;
  for (int i = 0; i < 4; ++i)
    length |= uint32_t{static_cast<uint8_t>(file[trailer + static_cast<size_t>(i)])} << (8 * i);
  if (length > trailer) return file;
  put(trailer + 4, Crc32c(std::string_view(file).substr(trailer - length, length)));
  auto footer = DecodeBlockFooter(file);
  if (!footer) return file;
  for (BlockSection& section : footer->sections)
    if (section.kind != kChunksSection && section.kind != kTimesSection)
      section.crc = Crc32c(std::string_view(file).substr(section.offset, section.length));
  return file.substr(0, trailer - length) + EncodeBlockFooter(*footer);
}

/// Reads, hides, deletes and merges all there is.
void ReadAsSet(const std::string& file, const char* name) {
  FaultFiles files;
  NullLog log;
  HN_CHECK(files.MakeDirectories("/b").has_value());
  HN_CHECK(files.WriteAtomically(std::string("/b/") + name, file).has_value());
  auto set = BlockSet::Open(files, log, "/b");
  if (!set) return;
  SelectLimits limits;
  limits.max_samples = 100'000;
  (void)(*set)->Select({}, INT64_MIN, INT64_MAX, limits);
  (void)(*set)->SelectLabels({{"a", MatchType::kNotEqual, "b"}}, 10, 1'000'000);
  (void)(*set)->LabelNames(INT64_MIN, INT64_MAX);
  (void)(*set)->LabelValues("__name__", 10, 1'000'000);
  (void)(*set)->Delete({{"__name__", MatchType::kRegex, ".*1"}}, 0, 1'000'000);
  BlockSet::Upkeep upkeep;
  upkeep.rewrite_share = 0;
  for (int i = 0; i < 4; ++i)
    if (const auto more = (*set)->MaintainOne(upkeep); !more || !*more) break;
}

void ReadAsDirectory(std::string_view bytes, size_t series) {
  const ChunkBounds bounds{{0, kDayMs - 1}, 8, 1'000'000, 4};
  const auto directory = ChunkDirectory::Open(bytes, series, bounds);
  if (!directory) return;
  ChunkDirectory::Cursor cursor(*directory);
  for (uint32_t id = 0; id < series; ++id) {
    const auto chunks = cursor.At(id);
    if (!chunks) continue;
    for (const ChunkRef& chunk : *chunks)
      HN_CHECK(chunk.offset >= bounds.begin && chunk.end() <= bounds.end &&
               bounds.window.Contains(chunk.window()) &&
               (!chunk.times_apart() || chunk.times < bounds.times));
  }
}

}  // namespace

// The first byte says what the others are: a block; one whose checksums are put
// right; a directory of chunks (the second byte: of so many series); deletes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      ReadAsSet(bytes, "block-00000001");
      break;
    case 1:
      ReadAsSet(Mend(bytes), "block-00000001");
      break;
    case 2:
      ReadAsDirectory(std::string_view(bytes).substr(1), data[1]);
      break;
    default:
      ReadAsSet(bytes, "tombstones");
  }
  return 0;
}
