#ifndef HINOMI_CLI_TOP_PAINT_H_
#define HINOMI_CLI_TOP_PAINT_H_

#include <string>

#include "cli/top/frame.h"

namespace hinomi::cli::top {

enum class Colours { kOn, kOff };

/// The bytes that make a terminal that shows `before` show `after`: rows that
/// did not change are left alone, so nothing flickers. An empty `before` clears
/// the screen first. No text can do more than be seen.
std::string Paint(const Frame& before, const Frame& after, Colours colours);

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_PAINT_H_
