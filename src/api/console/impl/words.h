#ifndef HINOMI_API_CONSOLE_IMPL_WORDS_H_
#define HINOMI_API_CONSOLE_IMPL_WORDS_H_

#include <optional>
#include <string>

#include "ops_model/event.h"
#include "policy/documents.h"
#include "text/catalogue.h"

namespace hinomi::api::impl {

/// The alarm's unit, else the one in which CloudWatch publishes its metric:
/// "Percent", "Seconds", "Count"; "" where neither is known.
std::string UnitOf(const policy::AlarmDocument& alarm);

/// The metric's name in the reader's language, or as it is written.
std::string MetricName(const std::string& metric, text::Language language);

/// How values of an alarm are shown: a limit that the document writes in
/// milliseconds is read in milliseconds, though the metric is in seconds.
struct Measure {
  std::string unit;  ///< Written after the number: "%", "ms", "" for counts.
  double factor = 1;
};
Measure MeasureOf(const policy::AlarmDocument& alarm);

/// At most three digits that a reader can use, then the unit: "82.6 %", "1240 ms".
std::string Quantity(double value, const std::string& unit);

/// A value of the alarm's metric with its unit, as the reader says it: "82.6 %", "3 台".
std::string Spoken(const policy::AlarmDocument& alarm, double value, text::Language language);

/// What the alarm says, as one sentence with its figures; `band` is what its newest point is held
/// against where the alarm has a band.
std::string AlarmSentence(const policy::AlarmDocument& alarm, std::optional<double> value,
                          text::Language language,
                          const std::optional<ops_model::Band>& band = std::nullopt);

/// What keeps the alarm's action back, "muted by nights"; "" where nothing does. `alarm` names its
/// suppressor.
std::string WhatHolds(const ops_model::AlarmTransitioned& moved, const policy::AlarmDocument& alarm,
                      text::Language language);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_WORDS_H_
