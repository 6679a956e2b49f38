#ifndef HINOMI_SIM_SIM_H_
#define HINOMI_SIM_SIM_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

/// The whole control plane on a manual clock, with seeded faults at any step,
/// and what must hold whatever happens. The same seed gives the same run.
namespace hinomi::sim {

struct Options {
  uint64_t seed = 1;
  /// A bug of `Mutants()` that is put into the run; "" for none.
  std::string mutant;
  /// Simulated time under faults; a calm phase in which all must come to rest follows.
  Duration length = Duration::Hours(8);
  /// Keeps the journal in the outcome.
  bool keep_journal = false;
  /// Prints every step to standard error as it happens.
  bool trace = false;
};

struct Outcome {
  /// What did not hold, in words; "" if all did.
  std::string violation;
  /// The last steps before the end, for whoever looks for the cause.
  std::vector<std::string> last_steps;
  std::string journal_hash;  ///< Of the head, hex: equal runs have equal ones.
  /// The entries as JSON, one a line: sequence, at, type, version, subject, actor, body.
  std::vector<std::string> journal;
  uint64_t events = 0;
  uint64_t pages_received = 0;
  uint64_t crashes = 0;
  uint64_t takeovers = 0;

  bool held() const { return violation.empty(); }
};

/// Runs one seed. Pure apart from memory: no file, no clock, no thread.
Outcome Run(const Options& options);

/// Names of the seeded bugs by which the simulator proves itself.
std::vector<std::string> Mutants();

/// The outcome for people: the violation, how to see it again, the last steps.
std::string Report(const Options& options, const Outcome& outcome);

}  // namespace hinomi::sim

#endif  // HINOMI_SIM_SIM_H_
