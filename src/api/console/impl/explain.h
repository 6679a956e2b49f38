#ifndef HINOMI_API_CONSOLE_IMPL_EXPLAIN_H_
#define HINOMI_API_CONSOLE_IMPL_EXPLAIN_H_

#include <functional>
#include <string_view>

#include "api/console/impl/summary.h"
#include "api/console/picture.h"
#include "base/json.h"
#include "base/result.h"
#include "store/store.h"
#include "text/catalogue.h"

namespace hinomi::api::impl {

/// What an explanation is read from: the folded state and the journal.
struct ExplainSource {
  const Picture& picture;
  store::Store& store;
  text::Language language;
  const Unseal& unseal;
  /// What was learnt of the series of an alarm with a band, as it is now. May be null.
  std::function<Result<alarms::ModelSummary>(const policy::AlarmDocument& alarm)> model = nullptr;
};

/// Why something is as it is: one sentence, and the evidence. `name` is an alarm's
/// or a service's name, or the id of an incident, a page or a scaling (INC-7, PG-12,
/// SC-3); "alarm:", "service:", "incident:", "page:" and "scaling:" before it say
/// which of them is meant. The answer has kind, id, sentence, at, rule (or null),
/// datapoints (newest first) and entries (of the journal, oldest first). kNotFound
/// with the nearest name.
Result<Json> Explain(const ExplainSource& source, std::string_view name);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_EXPLAIN_H_
