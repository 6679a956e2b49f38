// What the tests of the shim run: `shim …` is the shim as in hinomi itself;
// `launch DIR PROGRAM ARGUMENT…` launches one through it and waits to be killed.
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "os/shim.h"

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "shim") return hinomi::ShimMain(argc - 2, argv + 2);
  if (mode != "launch" || argc < 4) return 2;
  hinomi::ShimSpec spec{.directory = argv[2]};
  for (int i = 3; i < argc; ++i) spec.command.argv.emplace_back(argv[i]);
  const auto status = hinomi::LaunchShim({"/proc/self/exe", "shim"}, spec);
  std::puts(status ? "launched" : status.error().message.c_str());
  std::fflush(stdout);
  for (;;) ::pause();
}
