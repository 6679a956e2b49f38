#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace hinomi {

void CheckFailed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "hinomi: broken invariant: %s at %s:%d\n", expression, file, line);
  std::abort();
}

}  // namespace hinomi
