#ifndef HINOMI_API_CONSOLE_IMPL_JOURNAL_SEARCH_H_
#define HINOMI_API_CONSOLE_IMPL_JOURNAL_SEARCH_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/console/console_api.h"
#include "base/json.h"
#include "base/result.h"
#include "store/store.h"
#include "text/catalogue.h"

namespace hinomi::api::impl {

/// What somebody looks for in the journal.
struct JournalQuestion {
  store::JournalFilter filter;
  std::string match;  ///< All its words stand in sentence, type, subject or actor.
  text::Language language = text::Language::kEnglish;
  bool with_data = false;
  uint64_t before = 0;  ///< 0: from the newest on.
  size_t limit = 50;
};

/// "incident,alarm.transitioned" → what a filter takes: families end in a dot.
/// kInvalidArgument with the nearest name.
Result<std::vector<std::string>> ReadTypes(std::string_view list);

/// {"entries", "next", "searched_to"}: looks back until `limit` are found or so
/// much was read that others have to wait. `next` is the `before` to go on
/// with, 0 where the whole journal was looked at; all since `searched_to` was.
Result<Json> SearchJournal(const ConsoleContext& context, const JournalQuestion& question);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_JOURNAL_SEARCH_H_
