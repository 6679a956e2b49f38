#ifndef HINOMI_POLICY_IMPL_EXAMPLE_FOLDER_H_
#define HINOMI_POLICY_IMPL_EXAMPLE_FOLDER_H_

#include <span>

#include "base/embedded_file.h"

namespace hinomi::policy::impl {

/// The files of ops/ as they were at build time.
std::span<const EmbeddedFile> ExampleFiles();

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_EXAMPLE_FOLDER_H_
