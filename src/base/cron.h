#ifndef HINOMI_BASE_CRON_H_
#define HINOMI_BASE_CRON_H_

#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace hinomi {

/// When something begins again and again, by the clocks of a zone: the five fields of crontab(5),
/// "minute hour day-of-month month day-of-week" with lists, ranges, steps and the names of months
/// and days; "?" is "*". Where both kinds of days are restricted, either makes a day one of them.
class CronTable {
 public:
  /// Errors: kInvalidArgument, which field it is and what was expected.
  static Result<CronTable> Parse(std::string_view fields);

  /// The first beginning after `after`. One that clocks leap over is when they do; one that they
  /// show twice is the first. Nothing if there is none within eight years (a 30th of February).
  std::optional<Instant> Next(const std::string& zone, Instant after) const;

 private:
  bool IsDay(Instant civil_midnight) const;
  std::optional<Instant> NextOfDay(const std::string& zone, Instant civil_midnight,
                                   Instant after) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;     ///< 1 to 31.
  std::bitset<13> months_;   ///< 1 to 12.
  std::bitset<7> weekdays_;  ///< 0 is Sunday.
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace hinomi

#endif  // HINOMI_BASE_CRON_H_
