#ifndef HINOMI_GUIDE_IMPL_PIPE_TABLE_H_
#define HINOMI_GUIDE_IMPL_PIPE_TABLE_H_

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace hinomi::guide::impl {

/// True for the lines of a paragraph that is a table: cells between "|", the
/// second line of dashes.
bool IsTable(std::span<const std::string_view> lines);

/// The table as HTML in a box that scrolls. `inline_html` renders a cell;
/// `label` is for those who cannot see the box.
std::string TableHtml(std::span<const std::string_view> lines,
                      const std::function<std::string(const std::string&)>& inline_html,
                      std::string_view label);

}  // namespace hinomi::guide::impl

#endif  // HINOMI_GUIDE_IMPL_PIPE_TABLE_H_
