#ifndef HINOMI_ROTA_IMPL_TURNS_H_
#define HINOMI_ROTA_IMPL_TURNS_H_

#include <vector>

#include "rota/rota.h"

namespace hinomi::rota::impl {

/// A civil time, as if it were UTC's.
Instant CivilOf(Day day, int minute);
/// The day of a civil time.
Day DayOf(Instant civil);

/// The hand-offs of a layer, numbered from 0. Borrows the layer and the zone's name.
class Turns {
 public:
  Turns(const Layer& layer, const std::string& zone);

  /// When turn `number` (not negative) begins. Never falls; where clocks leap over several
  /// hand-offs they fall on the same instant, and all but the last of those turns are empty.
  Instant Start(int64_t number) const;
  /// The last turn that has begun at `at`; -1 before the first one.
  int64_t At(Instant at) const;

 private:
  Instant Civil(int64_t number) const;
  int64_t Near(Instant civil) const;

  const Layer& layer_;
  const std::string& zone_;
  Instant first_;            ///< Civil.
  int64_t first_month_ = 0;  ///< Months since year 0.
};

/// The times in which the restrictions allow the layer, without overlaps, in order, each of which
/// touches the range. With no restriction the range itself.
std::vector<Range> AllowedTimes(const Layer& layer, const std::string& zone,
                                const Calendars& calendars, Range range);

}  // namespace hinomi::rota::impl

#endif  // HINOMI_ROTA_IMPL_TURNS_H_
