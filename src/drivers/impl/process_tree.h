#ifndef HINOMI_DRIVERS_IMPL_PROCESS_TREE_H_
#define HINOMI_DRIVERS_IMPL_PROCESS_TREE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace hinomi::drivers::impl {

/// Of /proc/PID/stat (proc(5)), as far as we need it.
struct ProcessStat {
  int64_t parent = 0;
  Duration own_time;     ///< utime + stime
  Duration reaped_time;  ///< cutime + cstime: of children that were waited for.
  uint64_t resident_bytes = 0;
  char state = '?';
};

/// `ticks_per_second` is sysconf(_SC_CLK_TCK). Nothing for a line that is no stat.
std::optional<ProcessStat> ParseProcessStat(std::string_view line, int64_t ticks_per_second,
                                            uint64_t page_bytes);
/// Nothing when there is no such process.
std::optional<ProcessStat> StatOf(int64_t pid);

/// All that descend from a process, itself left out. A snapshot: what starts
/// meanwhile may be missing.
std::vector<int64_t> DescendantsOf(int64_t pid);

/// Processes whose environment says that they belong to this run.
std::vector<int64_t> ProcessesOfRun(const std::string& run_directory);

}  // namespace hinomi::drivers::impl

#endif  // HINOMI_DRIVERS_IMPL_PROCESS_TREE_H_
