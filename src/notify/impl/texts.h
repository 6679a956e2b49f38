#ifndef HINOMI_NOTIFY_IMPL_TEXTS_H_
#define HINOMI_NOTIFY_IMPL_TEXTS_H_

#include <string_view>

namespace hinomi::notify::impl {

/// Every sentence that a message may hold.
enum class Text {
  kSubjectPage,          ///< {severity} {title} {incident} {level}
  kSubjectAcknowledged,  ///< {title} {incident} {by}
  kSubjectResolved,      ///< {title} {incident}
  kSubjectTest,
  kCritical,
  kError,
  kWarning,
  kInfo,
  kIncident,
  kSeverity,
  kService,
  kAlarm,
  kReason,
  kOpenedAt,
  kLevel,
  kAcknowledgedStillOpen,  ///< {by} {at}
  kAcknowledgedBy,         ///< {by} {at}
  kResolvedBy,             ///< {by} {at}
  kResolvedByItself,       ///< {at}
  kResolvedByMerging,      ///< {by} {incident}
  kLasted,                 ///< {duration}
  kNote,                   ///< {text}
  kNotResolvedInTime,
  kNotAcknowledgedInTime,
  kBecauseCritical,
  kBecauseAsked,
  kBecauseNobodyReachable,
  kBecauseFailover,
  kBecauseRepeated,
  kBecauseSeverityRaised,
  kBecauseAcknowledgementTimeout,
  kBecauseSnoozeOver,
  kBecauseExhausted,
  kBecauseNoOneOnCall,
  kRecurrence,  ///< {incident}
  kAcknowledgeHere,
  kShow,
  kTestBody,
  kTestFired,  ///< {by}
  kCount,
};

/// The text in a language ("ja", else English), with {names} to be filled in.
std::string_view Lookup(Text text, std::string_view language);

}  // namespace hinomi::notify::impl

#endif  // HINOMI_NOTIFY_IMPL_TEXTS_H_
