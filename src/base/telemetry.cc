#include "base/telemetry.h"

#include "base/strings.h"

namespace hinomi {

Instrument& Telemetry::Counter(std::string_view name, Labels labels) {
  return Find(name, MetricKind::kCounter, std::move(labels));
}

Instrument& Telemetry::Gauge(std::string_view name, Labels labels) {
  return Find(name, MetricKind::kGauge, std::move(labels));
}

Instrument& Telemetry::Find(std::string_view name, MetricKind type, Labels labels) {
  const MutexLock lock(mutex_);
  Family& family = families_[std::string(name)];
  family.type = type;
  auto& instrument = family.instruments[std::move(labels)];
  if (!instrument) instrument = std::make_unique<Instrument>();
  return *instrument;
}

namespace {
void AppendLabelValue(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}
}  // namespace

std::string Telemetry::Expose() const {
  const MutexLock lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    if (const MetricRow* row = FindMetric(OwnMetrics(), name))
      out += "# HELP " + name + " " + std::string(row->help) + "\n";
    out += "# TYPE " + name + " " + std::string(MetricKindName(family.type)) + "\n";
    for (const auto& [labels, instrument] : family.instruments) {
      out += name;
      char separator = '{';
      for (const auto& [key, value] : labels) {
        out += separator + key + "=\"";
        AppendLabelValue(out, value);
        out += '"';
        separator = ',';
      }
      if (!labels.empty()) out += '}';
      out += ' ' + FormatDouble(instrument->value()) + '\n';
    }
  }
  return out;
}

}  // namespace hinomi
