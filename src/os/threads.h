#ifndef HINOMI_OS_THREADS_H_
#define HINOMI_OS_THREADS_H_

namespace hinomi {

/// From now on the calling thread gives way to others: processor (nice 10) and disk
/// (the lowest of the best-effort class; it still gets on when the disk is busy). For
/// upkeep that nobody waits for. Does nothing where the system refuses.
void GiveWayToOthers();

}  // namespace hinomi

#endif  // HINOMI_OS_THREADS_H_
