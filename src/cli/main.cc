#include <cstring>

#include "cli/command_line.h"
#include "cli/verb.h"
#include "os/shim.h"

int main(int argc, char** argv) {
  // Before anything else: the shim must stay small.
  if (argc > 1 && std::strcmp(argv[1], "shim") == 0) return hinomi::ShimMain(argc - 2, argv + 2);
  return hinomi::cli::RunCommandLine(hinomi::cli::AllVerbs(), HN_RELEASE, argc, argv);
}
