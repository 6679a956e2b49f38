#include "api/console/impl/journal_search.h"

#include <algorithm>
#include <set>

#include "api/console/impl/answering.h"
#include "base/strings.h"
#include "ops_model/event.h"

namespace hinomi::api::impl {
namespace {

// Of one request: some tens of milliseconds, so that a rare word among millions
// of events is found in steps and no request hangs.
constexpr int kLooks = 20;
constexpr size_t kSentences = 3000;
constexpr Duration kTime = Duration::Millis(500);
constexpr size_t kBatch = 500;

std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  const std::string folded = ToLowerAscii(text);  // The pieces point into it.
  for (const std::string_view word : Split(folded, ' '))
    if (!word.empty()) words.emplace_back(word);
  return words;
}

bool HasWords(const Json& entry, const std::vector<std::string>& words) {
  if (words.empty()) return true;
  std::string text;
  for (const char* member : {"summary", "type", "subject", "actor"})
    text += entry[member].as_string() + "\n";
  text = ToLowerAscii(text);
  return std::ranges::all_of(
      words, [&text](const std::string& word) { return text.find(word) != std::string::npos; });
}

Result<Json> TimeOf(store::Store& store, uint64_t sequence) {
  if (sequence == 0) return Json();
  HN_TRY(const auto entry, store.ReadJournal(sequence - 1, 1));
  return entry.empty() ? Json() : TimeOrNull(entry.front().at);
}

}  // namespace

Result<std::vector<std::string>> ReadTypes(std::string_view list) {
  std::set<std::string> known;
  for (const std::string_view type : ops_model::EventTypes()) {
    known.emplace(type);
    known.emplace(type.substr(0, type.find('.')));
  }
  std::vector<std::string> types;
  for (const std::string_view part : Split(list, ',')) {
    std::string name(Trim(part));
    if (name.empty()) continue;
    if (!known.contains(name)) {
      const auto nearest = NearestName(name, std::vector(known.begin(), known.end()));
      return InvalidArgument("type: there is no kind of event \"" + name + "\"" +
                             (nearest ? "; did you mean " + *nearest + "?" : ""));
    }
    if (name.find('.') == std::string::npos) name += '.';
    types.push_back(std::move(name));
  }
  return types;
}

Result<Json> SearchJournal(const ConsoleContext& context, const JournalQuestion& question) {
  const std::vector<std::string> words = WordsOf(question.match);
  const Unseal unseal = MakeUnseal(context);
  const auto render = question.with_data ? RenderWithData : RenderEntry;
  const Duration deadline = context.clock.Monotonic() + kTime;
  Json::Array found;
  uint64_t next = question.before;
  size_t read = 0;
  for (int look = 0; look < kLooks && found.size() < question.limit; ++look) {
    const size_t wanted = words.empty() ? question.limit - found.size() : kBatch;
    HN_TRY(const auto page,
           context.store.SearchJournal(question.filter, next, std::min(wanted, kSentences - read)));
    next = page.next;
    for (const store::JournalEntry& entry : page.entries) {
      ++read;
      Json rendered = render(entry, question.language, unseal);
      if (!HasWords(rendered, words)) continue;
      found.push_back(std::move(rendered));
      if (found.size() < question.limit) continue;
      if (&entry != &page.entries.back()) next = entry.sequence;
      break;
    }
    if (next == 0 || read >= kSentences || context.clock.Monotonic() >= deadline) break;
  }
  HN_TRY(Json searched_to, TimeOf(context.store, next));
  return Json::MakeObject()
      .Set("entries", std::move(found))
      .Set("next", next)
      .Set("searched_to", std::move(searched_to));
}

}  // namespace hinomi::api::impl
