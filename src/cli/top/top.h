#ifndef HINOMI_CLI_TOP_TOP_H_
#define HINOMI_CLI_TOP_TOP_H_

#include <optional>

#include "cli/remote.h"
#include "text/catalogue.h"

namespace hinomi::cli::top {

/// The whole of `hinomi top` on this process' terminal, until the reader ends
/// it or the terminal goes. The exit code.
int Run(const Remote& remote, std::optional<text::Language> language);

/// One frame of Now as plain text on standard output. 0 all is well, 1
/// something is wrong, 3 could not.
int PrintOnce(const Remote& remote, std::optional<text::Language> language, bool json);

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_TOP_H_
