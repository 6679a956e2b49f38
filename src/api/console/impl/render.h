#ifndef HINOMI_API_CONSOLE_IMPL_RENDER_H_
#define HINOMI_API_CONSOLE_IMPL_RENDER_H_

#include <optional>
#include <string>
#include <vector>

#include "api/console/impl/summary.h"
#include "api/console/picture.h"
#include "base/json.h"
#include "store/store.h"
#include "text/catalogue.h"

namespace hinomi::api::impl {

/// "2026-11-24T03:12:04Z", or null for the zero instant.
Json TimeOrNull(Instant t);

/// One alarm with its definition, published state and newest point; only the point's value and band
/// are looked at.
Json RenderAlarm(const Picture& picture, const policy::AlarmDocument& alarm,
                 const ops_model::Datapoint& newest, text::Language language);
/// Says of an alarm, or a rule, how long it may take until it is in ALARM.
void SetWorstDelay(Json& shown, const policy::OpsFolder& folder,
                   const policy::AlarmDocument& alarm);

/// One incident with ladder, pages and timeline. `entries` are the journal's
/// about it, newest first.
Json RenderIncident(const Picture& picture, const incidents::Incident& incident,
                    const std::vector<store::JournalEntry>& entries, text::Language language,
                    const Unseal& unseal);

/// Pages with their attempts, from the events about them (newest first), the
/// oldest page first.
Json RenderPages(const Picture& picture, const std::vector<store::JournalEntry>& entries,
                 const Unseal& unseal);

/// What keeps a channel from being used, for people.
std::string WhyUnconfigured(const policy::ChannelDocument& channel, text::Language language);
Json RenderChannels(const policy::OpsFolder& policy, text::Language language);
/// Pages that were given up, newest first: nobody got them by that way.
Json RenderUndelivered(const Picture& picture);
/// Declared databases, zones and log groups whose drivers are not built yet.
Json RenderResources(const policy::OpsFolder& policy);
/// Lines in which a secret may stand are left out.
Json RenderFindings(const std::vector<policy::Finding>& findings, text::Language language);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_RENDER_H_
