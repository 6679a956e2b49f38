#include "sim/sim.h"

#include <gtest/gtest.h>

#include <string>

#include "base/seed_testing.h"

namespace hinomi::sim {
namespace {

TEST(SimulationTest, WhateverFailsEveryPageArrivesAndNothingIsLostOrDoneTwice) {
  Options options;
  // The sample runs instrumented: shorter nights, enough of them.
  if (!Soak()) options.length = Duration::Hours(2);
  const int seeds = Soak() ? 10'000 : 80;
  for (int i = 0; i < seeds; ++i) {
    options.seed = FirstSeed() + static_cast<uint64_t>(i);
    const Outcome outcome = sim::Run(options);
    ASSERT_TRUE(outcome.held()) << Report(options, outcome);
  }
}

TEST(SimulationTest, TheSameSeedGivesTheSameJournal) {
  Options options;
  options.length = Duration::Hours(4);
  options.seed = FirstSeed();
  const Outcome first = sim::Run(options);
  const Outcome second = sim::Run(options);
  EXPECT_EQ(first.journal_hash, second.journal_hash);
  EXPECT_EQ(first.last_steps, second.last_steps);
  EXPECT_GT(first.events, 50u);
  options.seed += 1;
  EXPECT_NE(sim::Run(options).journal_hash, first.journal_hash);
}

// The simulator proves itself: what it could not catch it does not hold.
TEST(SimulationTest, EverySeededBugIsCaught) {
  constexpr int kMostSeeds = 400;  // Some bugs show in one night of a hundred.
  ASSERT_GE(Mutants().size(), 12u);
  for (const std::string& mutant : Mutants()) {
    Options options;
    options.mutant = mutant;
    options.length = Duration::Hours(3);
    bool caught = false;
    for (int i = 0; i < kMostSeeds && !caught; ++i) {
      options.seed = FirstSeed() + static_cast<uint64_t>(i);
      caught = !sim::Run(options).held();
    }
    EXPECT_TRUE(caught) << mutant << " survived " << kMostSeeds << " seeds";
  }
}

}  // namespace
}  // namespace hinomi::sim
