#ifndef HINOMI_SIM_IMPL_MUTANTS_H_
#define HINOMI_SIM_IMPL_MUTANTS_H_

#include <memory>
#include <string>
#include <vector>

#include "control/machine.h"
#include "store/store.h"

/// Seeded bugs: decorators over the real machines and the real store, so that
/// product code knows nothing of them.
namespace hinomi::sim {

/// What a mutant is told of the simulated world.
struct MutantContext {
  std::string name;
  /// Epoch of the newest lease, whoever has it.
  const uint64_t* newest_epoch = nullptr;
};

std::vector<std::string> MutantNames();
/// The machines, with the one that the mutant breaks wrapped.
std::vector<std::unique_ptr<control::Machine>> Mutate(
    std::vector<std::unique_ptr<control::Machine>> machines, const MutantContext& context);
/// The store, wrapped if the mutant breaks it.
std::unique_ptr<store::Store> Mutate(std::unique_ptr<store::Store> store,
                                     const MutantContext& context);

}  // namespace hinomi::sim

#endif  // HINOMI_SIM_IMPL_MUTANTS_H_
