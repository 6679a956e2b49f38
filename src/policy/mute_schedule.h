#ifndef HINOMI_POLICY_MUTE_SCHEDULE_H_
#define HINOMI_POLICY_MUTE_SCHEDULE_H_

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/cron.h"
#include "base/result.h"

namespace hinomi::policy {

/// When a mute rule's times begin: "cron(0 2 * * SUN)" again and again, "at(2026-12-24T18:00)"
/// once, as CloudWatch writes them.
class MuteSchedule {
 public:
  /// Errors: kInvalidArgument, what was expected.
  static Result<MuteSchedule> Parse(std::string_view text);

  /// The first beginning after `after` by the clocks of the zone; nothing if there is none.
  std::optional<Instant> Next(const std::string& zone, Instant after) const;

 private:
  std::optional<CronTable> cron_;
  Instant civil_;  ///< Of "at".
};

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_MUTE_SCHEDULE_H_
