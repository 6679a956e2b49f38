#ifndef HINOMI_GUIDE_IMPL_FILES_H_
#define HINOMI_GUIDE_IMPL_FILES_H_

#include <span>

#include "base/embedded_file.h"

/// What is compiled into the guide.
namespace hinomi::guide::impl {

std::span<const EmbeddedFile> ChapterFiles();  ///< docs/guide: "en/alarms.md", …
std::span<const EmbeddedFile> GuideFiles();    ///< guide.css, reference_ja.json
std::span<const EmbeddedFile> StyleFiles();    ///< tokens.css of the console.

/// The content of a file that is there.
std::string_view FileNamed(std::span<const EmbeddedFile> files, std::string_view name);

}  // namespace hinomi::guide::impl

#endif  // HINOMI_GUIDE_IMPL_FILES_H_
