#ifndef HINOMI_CLI_TOP_COMMANDS_H_
#define HINOMI_CLI_TOP_COMMANDS_H_

#include <string>

#include "base/result.h"
#include "cli/top/state.h"

/// What changes the world: each command says first what it will do, is sent
/// once, and is kept when it could not be.
namespace hinomi::cli::top {

/// Begins `a`, `r`, `e` or `n` on the incident that the screen is about:
/// acknowledging is sent at once, the others ask. Not what came under the
/// reader's finger only now.
Effects Begin(State& state, const std::string& verb, Duration now);
/// The reason or the note is written.
Effects OnTextEntered(State& state);
/// `y`: what was shown is done, if it is still what would happen.
Effects OnConfirmed(State& state);
/// What became of the command that was sent.
void OnCommandAnswer(State& state, const Result<Json>& answer, Duration now);

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_COMMANDS_H_
