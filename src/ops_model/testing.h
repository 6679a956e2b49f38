#ifndef HINOMI_OPS_MODEL_TESTING_H_
#define HINOMI_OPS_MODEL_TESTING_H_

#include <vector>

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

}  // namespace hinomi::ops_model

#endif  // HINOMI_OPS_MODEL_TESTING_H_
