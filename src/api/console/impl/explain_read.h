#ifndef HINOMI_API_CONSOLE_IMPL_EXPLAIN_READ_H_
#define HINOMI_API_CONSOLE_IMPL_EXPLAIN_READ_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/console/impl/explain.h"
#include "ops_model/event.h"

namespace hinomi::api::impl {

/// An entry of the journal with its event.
struct Fact {
  store::JournalEntry entry;
  ops_model::EventBody body;

  template <typename Body>
  const Body* As() const {
    return std::get_if<Body>(&body);
  }
};

/// The journal as an explanation reads it.
class FactReader {
 public:
  explicit FactReader(const ExplainSource& source) : source_(source) {}

  /// About one subject, newest first, back to `kMostFacts`.
  Result<std::vector<Fact>> About(const std::string& subject) const;
  /// The entry with this sequence; nothing if it cannot be read.
  Result<std::optional<Fact>> At(uint64_t sequence) const;
  /// The newest one of a type that `wanted` takes; reads the journal backwards.
  Result<std::optional<Fact>> Newest(std::string_view type,
                                     const std::function<bool(const Fact&)>& wanted) const;

 private:
  const ExplainSource& source_;
};

/// The first of `facts` that is a `Body` and suits; null if none is.
template <typename Body>
const Fact* FindFact(const std::vector<Fact>& facts,
                     const std::function<bool(const Fact&, const Body&)>& suits = nullptr) {
  for (const Fact& fact : facts)
    if (const Body* body = fact.As<Body>())
      if (!suits || suits(fact, *body)) return &fact;
  return nullptr;
}

/// The answer while it is put together.
class Explanation {
 public:
  Explanation(const ExplainSource& source, std::string kind, std::string id)
      : source_(source), kind_(std::move(kind)), id_(std::move(id)) {}

  void Say(std::string sentence) { sentence_ = std::move(sentence); }
  void Since(Instant at) { at_ = at; }
  void Rule(Json rule) { rule_ = std::move(rule); }
  void Points(const std::vector<ops_model::Datapoint>& newest_first);
  /// Evidence; given twice it stands there once.
  void Rests(const Fact& fact) { entries_.emplace(fact.entry.sequence, fact.entry); }
  Json Take() const;

 private:
  const ExplainSource& source_;
  std::string kind_, id_, sentence_;
  Instant at_;
  Json rule_;
  Json points_ = Json::MakeArray();
  std::map<uint64_t, store::JournalEntry> entries_;
};

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_EXPLAIN_READ_H_
