#include "guide/impl/files.h"

#include <algorithm>

#include "base/check.h"

namespace hinomi::guide::impl {

std::string_view FileNamed(std::span<const EmbeddedFile> files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &EmbeddedFile::name);
  HN_CHECK(found != files.end());
  return found->content;
}

}  // namespace hinomi::guide::impl
