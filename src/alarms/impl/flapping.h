#ifndef HINOMI_ALARMS_IMPL_FLAPPING_H_
#define HINOMI_ALARMS_IMPL_FLAPPING_H_

#include <deque>
#include <optional>

#include "base/clock.h"

namespace hinomi::alarms::impl {

/// Of the last 20 evaluations, `grid` apart, how many changed the state, in percent: newer ones
/// weigh more, from 0.80 to 1.18 (Icinga 2, lib/icinga/checkable-flapping.cpp). Six changes in a
/// row are 33.9, five 28.5.
double FlappingPercent(const std::deque<Instant>& changes, Duration grid, Instant now);

/// When a state that changed like that will have come to rest, if nothing changes any more;
/// nothing where it does not flap. One that flapped before (`was`) does so until below 25 %, one
/// that did not begins above 30 %.
std::optional<Instant> FlapsUntil(const std::deque<Instant>& changes, bool was, Duration grid,
                                  Instant now);

}  // namespace hinomi::alarms::impl

#endif  // HINOMI_ALARMS_IMPL_FLAPPING_H_
