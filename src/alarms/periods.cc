#include "alarms/periods.h"

#include <algorithm>

#include "base/zone.h"

namespace hinomi::alarms {

std::vector<Instant> PeriodEdges(const policy::AlarmDocument& alarm, Instant at, int count) {
  std::vector<Instant> edges = {at};
  const std::string& zone = alarm.wall_clock_zone;
  if (!zone.empty()) edges = {CivilStart(zone, alarm.period, at)};
  for (int i = 0; i < count; ++i) {
    // The period before is the one in which the last moment before this one lies.
    edges.push_back(zone.empty()
                        ? edges.back() - alarm.period
                        : CivilStart(zone, alarm.period, edges.back() - Duration::Nanos(1)));
  }
  std::reverse(edges.begin(), edges.end());
  return edges;
}

}  // namespace hinomi::alarms
