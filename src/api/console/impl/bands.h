#ifndef HINOMI_API_CONSOLE_IMPL_BANDS_H_
#define HINOMI_API_CONSOLE_IMPL_BANDS_H_

#include <optional>
#include <string>

#include "alarms/anomaly.h"
#include "base/json.h"
#include "ops_model/event.h"
#include "policy/documents.h"
#include "text/catalogue.h"

/// What alarms with a band have instead of a threshold, for readers.
namespace hinomi::api::impl {

/// "ANOMALY_DETECTION_BAND(m1, 2)", as it stands in the document; a threshold's own text where
/// the alarm has one.
std::string LimitText(const policy::AlarmDocument& alarm);

/// "12 to 18 %"; in one unit with the alarm's values.
std::string SpokenBand(const policy::AlarmDocument& alarm, const ops_model::Band& band,
                       text::Language language);

/// What the alarm says, as AlarmSentence.
std::string BandSentence(const policy::AlarmDocument& alarm, std::optional<double> value,
                         const std::optional<ops_model::Band>& band, text::Language language);

/// What a model was learnt from and how well it knows its series, or why there is no band.
std::string LearntSentence(const alarms::ModelSummary& model, text::Language language);

/// The member `band` of an alarm: bounds of its newest point (null where there are none), spreads,
/// zone.
Json RenderBand(const policy::AlarmDocument& alarm, const std::optional<ops_model::Band>& band,
                text::Language language);
/// The member `model` of one alarm.
Json RenderModel(const alarms::ModelSummary& model, text::Language language);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_BANDS_H_
