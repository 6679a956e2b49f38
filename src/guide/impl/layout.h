#ifndef HINOMI_GUIDE_IMPL_LAYOUT_H_
#define HINOMI_GUIDE_IMPL_LAYOUT_H_

#include <span>
#include <string>

#include "guide/markdown.h"
#include "guide/site.h"

namespace hinomi::guide::impl {

/// What stands on a page, and where the page stands.
struct Sheet {
  text::Language language;
  std::span<const Source> book;
  size_t place;  ///< In the book.
  const Rendered& content;
};

/// The whole page. It needs no script and names no other host.
std::string LayOut(const Sheet& sheet);

}  // namespace hinomi::guide::impl

#endif  // HINOMI_GUIDE_IMPL_LAYOUT_H_
