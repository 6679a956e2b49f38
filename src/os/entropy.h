#ifndef HINOMI_OS_ENTROPY_H_
#define HINOMI_OS_ENTROPY_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace hinomi {

/// `size` unpredictable bytes from the kernel, for keys and tokens. Threads: any.
std::string SecureRandomBytes(size_t size);
/// Seed for `Random`.
uint64_t RandomSeed();

}  // namespace hinomi

#endif  // HINOMI_OS_ENTROPY_H_
