#include "api/console/impl/explain_read.h"

#include <algorithm>

#include "api/console/impl/render.h"

namespace hinomi::api::impl {
namespace {

constexpr size_t kMostFacts = 2'000;
constexpr size_t kChunk = 1'000;
// Some seconds of reading; what is older is found by its subject.
constexpr uint64_t kSearched = 300'000;

std::optional<Fact> ToFact(store::JournalEntry entry) {
  auto body = ops_model::DecodeEvent(entry.event.type, entry.event.version, entry.event.body);
  if (!body) return std::nullopt;
  return Fact{std::move(entry), *std::move(body)};
}

}  // namespace

Result<std::vector<Fact>> FactReader::About(const std::string& subject) const {
  HN_TRY(auto entries, source_.store.ReadSubject(subject, 0, kMostFacts));
  std::vector<Fact> facts;
  for (store::JournalEntry& entry : entries)
    if (auto fact = ToFact(std::move(entry))) facts.push_back(*std::move(fact));
  return facts;
}

Result<std::optional<Fact>> FactReader::At(uint64_t sequence) const {
  if (sequence == 0) return std::optional<Fact>();
  HN_TRY(auto entries, source_.store.ReadJournal(sequence - 1, 1));
  if (entries.empty() || entries.front().sequence != sequence) return std::optional<Fact>();
  return ToFact(std::move(entries.front()));
}

Result<std::optional<Fact>> FactReader::Newest(
    std::string_view type, const std::function<bool(const Fact&)>& wanted) const {
  HN_TRY(const store::Head head, source_.store.JournalHead());
  const uint64_t end = head.sequence > kSearched ? head.sequence - kSearched : 0;
  for (uint64_t last = head.sequence; last > end;) {
    const uint64_t after = last > end + kChunk ? last - kChunk : end;
    HN_TRY(auto entries, source_.store.ReadJournal(after, last - after));
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      if (entry->event.type != type) continue;
      auto fact = ToFact(std::move(*entry));
      if (fact && wanted(*fact)) return fact;
    }
    last = after;
  }
  return std::optional<Fact>();
}

void Explanation::Points(const std::vector<ops_model::Datapoint>& newest_first) {
  points_ = Json::MakeArray();
  for (const ops_model::Datapoint& point : newest_first) {
    Json item = Json::MakeObject()
                    .Set("at", FormatRfc3339(point.at))
                    .Set("value", point.value ? Json(*point.value) : Json());
    if (point.band)
      item.Set("lower", point.band->lower)
          .Set("expected", point.band->expected)
          .Set("upper", point.band->upper);
    points_.Append(std::move(item));
  }
}

Json Explanation::Take() const {
  Json entries = Json::MakeArray();
  for (const auto& [sequence, entry] : entries_)
    entries.Append(RenderEntry(entry, source_.language, source_.unseal));
  return Json::MakeObject()
      .Set("kind", kind_)
      .Set("id", id_)
      .Set("sentence", sentence_)
      .Set("at", TimeOrNull(at_))
      .Set("rule", rule_)
      .Set("datapoints", points_)
      .Set("entries", std::move(entries));
}

}  // namespace hinomi::api::impl
