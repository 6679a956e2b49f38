#ifndef HINOMI_GUIDE_IMPL_ADDRESSES_H_
#define HINOMI_GUIDE_IMPL_ADDRESSES_H_

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "guide/site.h"

namespace hinomi::guide::impl {

/// The files of the same folder that a page links to ("alarms.md"), each once.
std::vector<std::string> ListedFiles(std::string_view markdown);

/// An address of the source as the page has it. Links in docs/ lead to files, so
/// that they work on a Git forge as well:
///   alarms.md#x, ../ja/alarms.md       → alarms#x, ../ja/alarms
///   reference.md#yaml                  → reference-yaml, if there is such a page; the
///                                        anchor may be that of another language, with
///                                        `reference_anchors` from it to the English
///   ../../schemas/X.schema.json        → reference-yaml#xyml
/// Others stay as they are.
std::string ServedAddress(std::string_view address, std::span<const Source> book,
                          std::string_view page,
                          const std::map<std::string, std::string>& reference_anchors = {});

}  // namespace hinomi::guide::impl

#endif  // HINOMI_GUIDE_IMPL_ADDRESSES_H_
