#ifndef HINOMI_BASE_EMBEDDED_FILE_H_
#define HINOMI_BASE_EMBEDDED_FILE_H_

#include <string_view>

namespace hinomi {

/// A file as it was at build time (cmake/embed_folder.cmake). The bytes live as
/// long as the program.
struct EmbeddedFile {
  std::string_view name;  ///< Relative to the folder.
  std::string_view content;
};

}  // namespace hinomi

#endif  // HINOMI_BASE_EMBEDDED_FILE_H_
