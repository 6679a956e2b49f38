#ifndef HINOMI_CLI_TOP_ON_KEY_H_
#define HINOMI_CLI_TOP_ON_KEY_H_

#include "cli/top/keys.h"
#include "cli/top/state.h"

namespace hinomi::cli::top {

/// What a key does in the present mode. Letters mean what they mean in the
/// console; a key that means nothing does nothing.
Effects OnKey(State& state, const Key& key, Duration now);

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_ON_KEY_H_
