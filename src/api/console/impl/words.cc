#include "api/console/impl/words.h"

#include <cmath>
#include <cstdio>
#include <string_view>

#include "api/console/impl/bands.h"

namespace hinomi::api::impl {
namespace {

using text::Format;

// Units of AWS/ECS and AWS/ApplicationELB, as their documentation gives them.
struct MetricRow {
  std::string_view metric;
  std::string_view unit;
  std::string_view key;  ///< Of its name in the catalogue.
};
constexpr MetricRow kMetrics[] = {
    {"CPUUtilization", "Percent", "metric.CPUUtilization"},
    {"MemoryUtilization", "Percent", "metric.MemoryUtilization"},
    {"HTTPCode_Target_5XX", "Count", "metric.HTTPCode_Target_5XX"},
    {"HTTPCode_Target_5XX_Count", "Count", "metric.HTTPCode_Target_5XX"},
    {"HealthyHostCount", "Count", "metric.HealthyHostCount"},
    {"TargetResponseTime", "Seconds", "metric.TargetResponseTime"},
};

const MetricRow* FindMetric(std::string_view metric) {
  for (const MetricRow& row : kMetrics)
    if (row.metric == metric) return &row;
  return nullptr;
}

bool IsLow(policy::Comparison comparison) {
  return comparison == policy::Comparison::kLessThan ||
         comparison == policy::Comparison::kLessThanOrEqual;
}

std::string Number(double value) {
  const double size = std::abs(value);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, size >= 100 ? "%.0f" : size >= 1 ? "%.1f" : "%.3f", value);
  std::string digits = buffer;
  if (digits.find('.') != std::string::npos) {
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') digits.pop_back();
  }
  return digits;
}

}  // namespace

std::string UnitOf(const policy::AlarmDocument& alarm) {
  if (!alarm.unit.empty()) return alarm.unit;
  const MetricRow* row = FindMetric(alarm.metric);
  return row == nullptr ? std::string() : std::string(row->unit);
}

std::string MetricName(const std::string& metric, text::Language language) {
  const MetricRow* row = FindMetric(metric);
  return row == nullptr ? metric : Format(language, row->key);
}

Measure MeasureOf(const policy::AlarmDocument& alarm) {
  const std::string unit = UnitOf(alarm);
  if (unit == "Percent") return {"%", 1};
  if (unit == "Milliseconds") return {"ms", 1};
  if (unit == "Seconds")
    return alarm.threshold_text.ends_with("ms") ? Measure{"ms", 1000} : Measure{"s", 1};
  if (unit == "Bytes") return {"B", 1};
  if (unit == "Count" || unit == "None") return {};
  return {unit, 1};
}

std::string Quantity(double value, const std::string& unit) {
  return unit.empty() ? Number(value) : Number(value) + "\u00a0" + unit;
}

// A count of errors is 件 in Japanese, one of hosts 台.
std::string Spoken(const policy::AlarmDocument& alarm, double value, text::Language language) {
  const Measure measure = MeasureOf(alarm);
  std::string number = Quantity(value * measure.factor, measure.unit);
  if (alarm.metric == "HealthyHostCount") return Format(language, "unit.hosts", {{"n", number}});
  if (UnitOf(alarm) == "Count") return Format(language, "unit.count", {{"n", number}});
  return number;
}

namespace {

std::string Sentence(const policy::AlarmDocument& alarm, std::optional<double> value,
                     text::Language language) {
  if (alarm.is_composite()) return Format(language, "alarm.sentence_rule", {{"rule", alarm.rule}});
  const std::string metric = MetricName(alarm.metric, language);
  const std::string limit = Spoken(alarm, alarm.threshold, language);
  if (!value)
    return Format(language, "alarm.sentence_no_value", {{"metric", metric}, {"limit", limit}});
  const std::string said = Spoken(alarm, *value, language);
  const auto service = alarm.dimensions.find("ServiceName");
  if (service == alarm.dimensions.end())
    return Format(language, IsLow(alarm.comparison) ? "alarm.sentence_low" : "alarm.sentence",
                  {{"metric", metric}, {"value", said}, {"limit", limit}});
  // Japanese: a space between the scripts.
  const bool latin = static_cast<unsigned char>(metric.front()) < 0x80;
  const bool apart = latin && language == text::Language::kJapanese;
  return Format(language,
                IsLow(alarm.comparison) ? "alarm.sentence_low_service" : "alarm.sentence_service",
                {{"service", service->second},
                 {"metric", apart ? " " + metric : metric},
                 {"value", said},
                 {"limit", limit}});
}

}  // namespace

std::string AlarmSentence(const policy::AlarmDocument& alarm, std::optional<double> value,
                          text::Language language, const std::optional<ops_model::Band>& band) {
  if (alarm.is_promql()) return Format(language, "alarm.sentence_promql", {{"expr", alarm.expr}});
  std::string sentence = alarm.has_band() ? BandSentence(alarm, value, band, language)
                                          : Sentence(alarm, value, language);
  // No space between a counter and kana.
  for (const std::string_view counter : {"件 で", "台 で"})
    for (size_t at = 0; (at = sentence.find(counter, at)) != std::string::npos;)
      sentence.erase(at + counter.find(' '), 1);
  return sentence;
}

std::string WhatHolds(const ops_model::AlarmTransitioned& moved, const policy::AlarmDocument& alarm,
                      text::Language language) {
  constexpr std::string_view kMute = "mute:";
  const std::string& by = moved.held_by;
  if (by.empty()) return {};
  constexpr std::string_view kInhibit = "inhibit:";
  if (by.starts_with(kMute))
    return Format(language, "held.mute", {{"name", by.substr(kMute.size())}});
  if (by.starts_with(kInhibit))
    return Format(language, "held.inhibit", {{"name", by.substr(kInhibit.size())}});
  if (by == "flapping") return Format(language, "held.flapping", {});
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"suppressor", "held.suppressor"}, {"wait", "held.wait"}, {"extension", "held.extension"}};
  for (const auto& [known, key] : kWords)
    if (by == known) return Format(language, key, {{"alarm", alarm.suppressor.alarm}});
  return by;
}

}  // namespace hinomi::api::impl
