#include <cstring>

#include "cli/command_line.h"
#include "cli/completion.h"
#include "cli/verb.h"
#include "os/shim.h"

int main(int argc, char** argv) {
  // Before anything else: the shim must stay small.
  if (argc > 1 && std::strcmp(argv[1], "shim") == 0) return hinomi::ShimMain(argc - 2, argv + 2);
  // What stands there is no command line yet.
  if (argc > 1 && std::strcmp(argv[1], "__complete") == 0)
    return hinomi::cli::PrintCompletion(hinomi::cli::AllVerbs(), argc - 2, argv + 2);
  return hinomi::cli::RunCommandLine(hinomi::cli::AllVerbs(), HN_RELEASE, argc, argv);
}
