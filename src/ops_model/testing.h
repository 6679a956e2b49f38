#ifndef HINOMI_OPS_MODEL_TESTING_H_
#define HINOMI_OPS_MODEL_TESTING_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/json.h"
#include "base/random.h"
#include "ops_model/event.h"

/// Help for the tests of the operations modules.
namespace hinomi::ops_model {

/// One body of every type, every member filled with a value that is not its
/// default, always the same.
std::vector<EventBody> ExampleBodies();

/// A body of any type. Names are drawn from few, so that random events speak
/// of the same alarms, incidents and pages.
EventBody RandomBody(Random& random);

/// Such events one after another, dense, at times that never go back.
std::vector<Event> RandomEvents(Random& random, size_t count, Instant start);

/// Over 200 random journals of `count` events: whether a state that was saved
/// somewhere and goes on from there is the one that all events give. The first
/// seed for which it is not; nothing if it always is.
template <typename State>
std::optional<uint64_t> FirstSeedThatForgets(size_t count, Instant start,
                                             void (*apply)(State&, const Event&),
                                             Json (*save)(const State&),
                                             State (*load)(const Json&)) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const std::vector<Event> events = RandomEvents(random, count, start);
    const size_t cut = random.Below(events.size());
    State whole, early;
    for (const Event& event : events) apply(whole, event);
    for (size_t i = 0; i < cut; ++i) apply(early, events[i]);
    State resumed = load(*Json::Parse(save(early).Dump()));
    for (size_t i = cut; i < events.size(); ++i) apply(resumed, events[i]);
    if (save(resumed).Dump() != save(whole).Dump()) return seed;
  }
  return std::nullopt;
}

}  // namespace hinomi::ops_model

#endif  // HINOMI_OPS_MODEL_TESTING_H_
