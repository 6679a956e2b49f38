// sim_run [--seed N] [--seeds COUNT] [--mutant NAME] [--hours H] [--trace]
// Runs seeds of the simulator; exit code 1 where one does not hold.

#include <cstdio>
#include <cstring>

#include "base/strings.h"
#include "sim/sim.h"

int main(int argc, char** argv) {
  using hinomi::sim::Options;
  Options options;
  uint64_t count = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    const auto number = hinomi::ParseUint(value);
    if (flag == "--trace") {
      options.trace = true;
      continue;
    }
    if (flag == "--mutant") {
      options.mutant = value;
    } else if (flag == "--seed" && number) {
      options.seed = *number;
    } else if (flag == "--seeds" && number) {
      count = *number;
    } else if (flag == "--hours" && number) {
      options.length = hinomi::Duration::Hours(static_cast<int64_t>(*number));
    } else {
      std::fprintf(stderr,
                   "usage: sim_run [--seed N] [--seeds COUNT] [--mutant NAME] [--hours H] "
                   "[--trace]\nexample: sim_run --seed 17 --trace\nmutants:\n");
      for (const std::string& name : hinomi::sim::Mutants())
        std::fprintf(stderr, "  %s\n", name.c_str());
      return 2;
    }
    ++i;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  uint64_t failed = 0, events = 0, pages = 0, crashes = 0, takeovers = 0;
  const uint64_t first = options.seed;
  for (uint64_t i = 0; i < count; ++i) {
    options.seed = first + i;
    const hinomi::sim::Outcome outcome = hinomi::sim::Run(options);
    events += outcome.events;
    pages += outcome.pages_received;
    crashes += outcome.crashes;
    takeovers += outcome.takeovers;
    if (count == 1) std::printf("journal %s\n", outcome.journal_hash.c_str());
    if (outcome.held()) continue;
    ++failed;
    std::printf("%s\n", hinomi::sim::Report(options, outcome).c_str());
    if (failed >= 5) break;
  }
  std::printf("%llu seeds, %llu failed; %llu events, %llu pages, %llu crashes, %llu takeovers\n",
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(failed),
              static_cast<unsigned long long>(events), static_cast<unsigned long long>(pages),
              static_cast<unsigned long long>(crashes), static_cast<unsigned long long>(takeovers));
  return failed == 0 ? 0 : 1;
}
