#ifndef HINOMI_BASE_SEED_TESTING_H_
#define HINOMI_BASE_SEED_TESTING_H_

#include <cstdint>
#include <cstdlib>

namespace hinomi {

/// Where the sample that a run takes of a long loop begins: HN_SEED, which `make test` takes from
/// the commit, so that all seeds are walked over time; 1 by hand.
inline uint64_t FirstSeed() {
  const char* seed = std::getenv("HN_SEED");
  return seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10);
}

/// True in `make soak`, which runs long loops whole.
inline bool Soak() {
  return std::getenv("HN_SOAK") != nullptr;
}

}  // namespace hinomi

#endif  // HINOMI_BASE_SEED_TESTING_H_
