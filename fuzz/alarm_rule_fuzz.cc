// modules: hn_policy
// The rules of composite alarms: what is read gives the same rule again from its canonical form.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "policy/alarm_rule.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::policy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rule = ParseAlarmRule(text);
  if (!rule) {
    HN_CHECK(!rule.error().message.empty());
    return 0;
  }
  const std::string canonical = FormatAlarmRule(*rule);
  // Parentheses and quotation marks make it longer.
  if (canonical.size() > kLongestAlarmRule) return 0;
  const auto again = ParseAlarmRule(canonical);
  HN_CHECK(again.has_value());
  HN_CHECK(FormatAlarmRule(*again) == canonical);
  HN_CHECK(AlarmsOf(*again) == AlarmsOf(*rule));
  return 0;
}
