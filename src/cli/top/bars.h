#ifndef HINOMI_CLI_TOP_BARS_H_
#define HINOMI_CLI_TOP_BARS_H_

#include <optional>

#include "cli/top/body.h"

namespace hinomi::cli::top {

/// The first row: the state, the health of the stream, the server's clock.
Line TopBar(const Canvas& canvas);
/// What makes the rest doubtful, said before it.
Lines Banners(const Canvas& canvas);

/// The last rows: what was done, what is asked, which keys there are.
struct Bottom {
  Lines lines;
  std::optional<Cursor> cursor;  ///< Row within `lines`.
};
Bottom BottomBar(const Canvas& canvas);

/// Every key and what it does.
Lines HelpLines(const Canvas& canvas);

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_BARS_H_
