#include "app/tsdb_settings.h"

#include "base/check.h"
#include "promql/parser.h"

namespace hinomi::app {

metrics::TsdbSettings TsdbSettingsOf(const policy::MetricsDocument& document, uint64_t disk_bytes) {
  const policy::MetricsRetentionDocument& retention = document.retention;
  metrics::TsdbSettings settings;
  settings.durability = document.durability == "interval" ? metrics::Durability::kInterval
                                                          : metrics::Durability::kSync;
  settings.head_memory_bytes = document.head_memory_bytes;
  settings.query_memory_bytes = document.query_memory_bytes;
  settings.retention.max_bytes =
      retention.size.bytes > 0 ? retention.size.bytes
                               : disk_bytes / 100 * static_cast<uint64_t>(retention.size.percent);
  settings.retention.max_age_ms = retention.time.millis();
  for (const policy::RetentionRuleDocument& rule : retention.rules) {
    auto matchers = promql::ParseSelector(rule.match);
    HN_CHECK(matchers.has_value());  // The folder was checked with the same parser.
    settings.retention.rules.push_back({*std::move(matchers), rule.time.millis()});
  }
  const auto downsample = [&](int64_t window_ms, const policy::KeptWindowsDocument& kept) {
    if (kept.made) settings.downsampling.push_back({window_ms, kept.time.millis()});
  };
  downsample(Duration::Minutes(5).millis(), document.downsampling.five_minutes);
  downsample(Duration::Hours(1).millis(), document.downsampling.hour);
  return settings;
}

}  // namespace hinomi::app
