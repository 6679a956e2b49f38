#ifndef HINOMI_BASE_CHECK_H_
#define HINOMI_BASE_CHECK_H_

namespace hinomi {

/// Prints the broken invariant and where it broke, then aborts.
[[noreturn]] void CheckFailed(const char* expression, const char* file, int line);

}  // namespace hinomi

/// Stops the process when an invariant of our own is broken, in release too.
/// Never for input or for the state of the world: those are errors (result.h).
#define HN_CHECK(expression)                                  \
  do {                                                        \
    if (!(expression)) [[unlikely]] {                         \
      ::hinomi::CheckFailed(#expression, __FILE__, __LINE__); \
    }                                                         \
  } while (false)

#endif  // HINOMI_BASE_CHECK_H_
