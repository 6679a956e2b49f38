#include "os/threads.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hinomi {
namespace {

constexpr int kNice = 10;
// ioprio_set(2): the C library has no names for these.
constexpr int kOfProcess = 1;
constexpr int kBestEffort = 2;
constexpr int kClassShift = 13;
constexpr int kLowestLevel = 7;

}  // namespace

void GiveWayToOthers() {
  // With Linux a thread's id, which makes it that thread's nice value alone.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
  (void)::syscall(SYS_ioprio_set, kOfProcess, 0, kBestEffort << kClassShift | kLowestLevel);
}

}  // namespace hinomi
