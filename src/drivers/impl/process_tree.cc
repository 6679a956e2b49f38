#include "drivers/impl/process_tree.h"

#include <unistd.h>

#include "base/strings.h"
#include "drivers/host.h"
#include "os/files.h"

namespace hinomi::drivers::impl {
namespace {

std::string ReadProc(int64_t pid, std::string_view file) {
  PosixFiles files;
  auto text = files.ReadAll("/proc/" + std::to_string(pid) + "/" + std::string(file));
  return text ? *std::move(text) : std::string();
}

/// Fields of proc(5), counted from 1; `fields` begins with the third.
std::optional<int64_t> Field(const std::vector<std::string_view>& fields, size_t number) {
  const size_t index = number - 3;
  if (index >= fields.size()) return std::nullopt;
  return ParseInt(Trim(fields[index]));
}

}  // namespace

std::optional<ProcessStat> ParseProcessStat(std::string_view line, int64_t ticks_per_second,
                                            uint64_t page_bytes) {
  // The name is in parentheses and may hold blanks and parentheses itself.
  const size_t name_end = line.rfind(") ");
  if (name_end == std::string_view::npos || ticks_per_second <= 0) return std::nullopt;
  const auto fields = Split(line.substr(name_end + 2), ' ');
  const auto parent = Field(fields, 4);
  const auto user = Field(fields, 14);
  const auto system = Field(fields, 15);
  const auto reaped_user = Field(fields, 16);
  const auto reaped_system = Field(fields, 17);
  const auto pages = Field(fields, 24);
  if (!parent || !user || !system || !reaped_user || !reaped_system || !pages ||
      fields[0].size() != 1)
    return std::nullopt;
  const auto time_of = [&](int64_t ticks) {
    return Duration::Nanos(1'000'000'000 / ticks_per_second) * ticks;
  };
  ProcessStat stat;
  stat.parent = *parent;
  stat.own_time = time_of(*user + *system);
  stat.reaped_time = time_of(*reaped_user + *reaped_system);
  stat.resident_bytes = *pages > 0 ? static_cast<uint64_t>(*pages) * page_bytes : 0;
  stat.state = fields[0][0];
  return stat;
}

std::optional<ProcessStat> StatOf(int64_t pid) {
  const std::string text = ReadProc(pid, "stat");
  if (text.empty()) return std::nullopt;
  return ParseProcessStat(text, ::sysconf(_SC_CLK_TCK),
                          static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)));
}

std::vector<int64_t> DescendantsOf(int64_t pid) {
  std::vector<int64_t> found = {pid};
  for (size_t i = 0; i < found.size(); ++i) {
    PosixFiles files;
    const std::string tasks = "/proc/" + std::to_string(found[i]) + "/task";
    const auto threads = files.List(tasks);
    if (!threads) continue;
    // Every thread has its own children.
    for (const std::string& thread : *threads) {
      const auto text = files.ReadAll(tasks + "/" + thread + "/children");
      if (!text) continue;
      for (const std::string_view word : Split(Trim(*text), ' '))
        if (const auto child = ParseInt(word)) found.push_back(*child);
    }
  }
  found.erase(found.begin());
  return found;
}

std::vector<int64_t> ProcessesOfRun(const std::string& run_directory) {
  const std::string entry = std::string(kRunVariable) + "=" + run_directory;
  PosixFiles files;
  std::vector<int64_t> found;
  const auto names = files.List("/proc");
  if (!names) return found;
  for (const std::string& name : *names) {
    const auto pid = ParseInt(name);
    if (!pid) continue;
    const std::string environment = ReadProc(*pid, "environ");
    for (const std::string_view variable : Split(environment, '\0')) {
      if (variable != entry) continue;
      found.push_back(*pid);
      break;
    }
  }
  return found;
}

}  // namespace hinomi::drivers::impl
