#ifndef HINOMI_CLI_TOP_VIEW_H_
#define HINOMI_CLI_TOP_VIEW_H_

#include "cli/top/frame.h"
#include "cli/top/state.h"
#include "os/terminal.h"

namespace hinomi::cli::top {

/// The screen of this state: bar, what makes the rest doubtful, the body, the
/// prompt and the keys. Exactly `size.rows` lines of at most `size.columns`.
Frame Render(const State& state, TerminalSize size, Duration now);

/// Now as a whole, as many lines as it takes, without keys: for scripts.
Frame RenderOnce(const State& state, int columns, Duration now);

/// Nothing is open, no alarm that acts fires, and every service is well.
bool AllIsWell(const State& state);

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_VIEW_H_
