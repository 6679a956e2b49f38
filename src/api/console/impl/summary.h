#ifndef HINOMI_API_CONSOLE_IMPL_SUMMARY_H_
#define HINOMI_API_CONSOLE_IMPL_SUMMARY_H_

#include <functional>
#include <string>

#include "base/json.h"
#include "ops_model/event.h"
#include "store/store.h"
#include "text/catalogue.h"

namespace hinomi::api::impl {

/// Opens what was sealed; gives "" for what was erased.
using Unseal = std::function<std::string(const std::string& text)>;

/// One sentence about an event, for a timeline.
std::string Summarize(const ops_model::EventBody& body, text::Language language,
                      const Unseal& unseal);

/// A time in a sentence: RFC 3339, whole seconds.
std::string Moment(Instant t);

/// Why a level was called. A code that a later release adds is shown as it is.
std::string WhyCalled(text::Language language, const std::string& code);

/// Why a service was given another number of replicas, as a part of a sentence.
std::string WhyScaled(text::Language language, const ops_model::ServiceScaled& scaled);
/// Why it was not.
std::string WhyNotScaled(text::Language language,
                         const ops_model::ServiceScalingDeclined& declined);

/// An entry of the journal as the API gives it: sequence, at, type, actor,
/// subject, summary. An event that this release cannot read says so.
Json RenderEntry(const store::JournalEntry& entry, text::Language language, const Unseal& unseal);
/// The same with the event's own fields, as they are stored: personal texts stay sealed.
Json RenderWithData(const store::JournalEntry& entry, text::Language language,
                    const Unseal& unseal);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_SUMMARY_H_
