#ifndef HINOMI_POLICY_IMPL_EXAMPLE_FOLDER_H_
#define HINOMI_POLICY_IMPL_EXAMPLE_FOLDER_H_

#include <span>
#include <string_view>

namespace hinomi::policy::impl {

struct ExampleFile {
  std::string_view name;  ///< Relative to the folder.
  std::string_view content;
};

/// The files of ops/ as they were at build time (embed_folder.cmake).
std::span<const ExampleFile> ExampleFiles();

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_EXAMPLE_FOLDER_H_
