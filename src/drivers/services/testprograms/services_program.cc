// What the tests of hosts and services run: `shim …` is the shim as in hinomi
// itself.
#include <string_view>

#include "os/shim.h"

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "shim") return hinomi::ShimMain(argc - 2, argv + 2);
  return 2;
}
