#ifndef HINOMI_CLI_TOP_LIVE_H_
#define HINOMI_CLI_TOP_LIVE_H_

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/top/state.h"
#include "http/event_stream.h"

/// How the state is kept true. The stream says only that something changed;
/// what is so now is fetched, so that a missed event costs one fetch and never
/// a wrong screen.
namespace hinomi::cli::top {

/// Asks for all that the present screen shows.
Effects Refresh(State& state, Duration now);

/// To be called about every second, and when `NextTick` has passed.
Effects OnTick(State& state, Duration now);
/// How long nothing happens by itself: to the next second of the server's
/// clock, or to what waits before that.
Duration NextTick(const State& state, Duration now);

/// The answer to an effect kGet or kPost, by its tag.
Effects OnAnswer(State& state, const std::string& tag, const Result<Json>& answer, Duration now);

/// Something came over the stream: events, or only a part of one. A beat
/// carries the server's time, every other event says that something changed.
Effects OnStream(State& state, const std::vector<http::StreamEvent>& events, Duration now);
Effects OnStreamEnd(State& state, Duration now);

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_LIVE_H_
