// Writes recorded remote-write bodies into a head and says what it cost. Usage:
//   head_bench FILE DIRECTORY    FILE: records of u32 bytes, samples, shard, phase and the body
#include <sys/resource.h>

#include <cstdio>
#include <cstring>

#include "base/log.h"
#include "metrics/remote_write.h"
#include "metrics/tsdb/head.h"
#include "os/files.h"

namespace {

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace hinomi;
  using namespace hinomi::metrics;
  if (argc != 3) return 2;
  PosixFiles files;
  NullLog log;
  const std::string bytes = files.ReadAll(argv[1]).value();
  double begun = CpuSeconds();
  auto head = Head::Open(files, log, argv[2], {}, 42).value();
  std::printf("open: %.3f s, %zu series\n", CpuSeconds() - begun, head->series_count());
  double cost[2] = {0, 0};
  double samples[2] = {0, 0};
  for (size_t at = 0; at + 16 <= bytes.size();) {
    uint32_t record[4];
    std::memcpy(record, bytes.data() + at, sizeof(record));
    at += sizeof(record);
    const std::string_view body(bytes.data() + at, record[0]);
    at += record[0];
    const size_t phase = record[3] == 0 ? 0 : 1;
    begun = CpuSeconds();
    const auto batch = DecodeRemoteWrite(body, {}).value();
    if (const Status status = head->Append(batch.raw); !status) {
      std::printf("%s\n", status.error().message.c_str());
      return 1;
    }
    if (head->FlushDue()) (void)head->Flush().has_value();
    cost[phase] += CpuSeconds() - begun;
    samples[phase] += record[1];
  }
  std::printf("first round: %.2f us a series; after it %.3f CPU s a million samples\n",
              1e6 * cost[0] / samples[0], 1e6 * cost[1] / samples[1]);
  std::printf("memory %.1f bytes a series, %zu series\n",
              static_cast<double>(head->memory_bytes()) / static_cast<double>(head->series_count()),
              head->series_count());
  return 0;
}
