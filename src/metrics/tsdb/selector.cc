#include "metrics/tsdb/selector.h"

#include <functional>
#include <string>
#include <utility>

namespace hinomi::metrics {
namespace {

// Together they bound what is kept, which counts towards no limit of the store.
constexpr size_t kMostYoung = 16'384;
constexpr size_t kMostMatcherBytes = 512;
constexpr size_t kMostFound = 2;
constexpr size_t kMostLabelBytes = 1024;

/// An automaton is not: it may grow to MiBs.
bool WorthKeeping(const Selector& selector) {
  size_t bytes = 0;
  for (const CompiledMatcher& matcher : selector.matchers()) {
    if (matcher.has_automaton()) return false;
    bytes += matcher.label().size() + matcher.value().size();
  }
  return bytes <= kMostMatcherBytes;
}

size_t BytesOf(const std::vector<Labels>& labels) {
  size_t bytes = 0;
  for (const Labels& one : labels)
    for (const auto& [name, value] : one.pairs()) bytes += name.size() + value.size();
  return bytes;
}

}  // namespace

Result<std::shared_ptr<const Selector>> Selector::Compile(const std::vector<Matcher>& matchers) {
  HN_TRY(auto compiled, CompileAll(matchers));
  return std::make_shared<const Selector>(std::move(compiled));
}

std::shared_ptr<const Selector::Found> Selector::Matching(const SeriesTable& table,
                                                          uint32_t store) const {
  {
    const MutexLock lock(mutex_);
    if (remembered_ && remembered_->store == store && remembered_->next_id == table.next_id())
      return remembered_;
  }
  auto found = std::make_shared<Found>();
  found->store = store;
  found->next_id = table.next_id();
  found->ids = table.Matching(matchers_);
  if (found->ids.size() > kMostFound) return found;
  for (const SeriesId id : found->ids) found->labels.push_back(table.LabelsOf(id));
  if (BytesOf(found->labels) > kMostLabelBytes) return found;
  const MutexLock lock(mutex_);
  remembered_ = found;
  return found;
}

size_t SelectorCache::Hash::operator()(const std::vector<Matcher>& matchers) const {
  size_t hash = matchers.size();
  const auto add = [&hash](size_t part) { hash = (hash ^ part) * 0x9E3779B97F4A7C15; };
  for (const Matcher& matcher : matchers) {
    add(std::hash<std::string>()(matcher.label));
    add(static_cast<size_t>(matcher.type));
    add(std::hash<std::string>()(matcher.value));
  }
  return hash;
}

Result<std::shared_ptr<const Selector>> SelectorCache::Of(const std::vector<Matcher>& matchers) {
  {
    const MutexLock lock(mutex_);
    if (auto known = Find(matchers)) return known;
  }
  HN_TRY(auto selector, Selector::Compile(matchers));
  if (!WorthKeeping(*selector)) return selector;
  const MutexLock lock(mutex_);
  Keep(matchers, selector);
  return selector;
}

std::shared_ptr<const Selector> SelectorCache::Find(const std::vector<Matcher>& matchers) {
  if (const auto young = young_.find(matchers); young != young_.end()) return young->second;
  const auto old = old_.find(matchers);
  if (old == old_.end()) return nullptr;
  auto selector = old->second;
  old_.erase(old);
  Keep(matchers, selector);
  return selector;
}

void SelectorCache::Keep(const std::vector<Matcher>& matchers,
                         std::shared_ptr<const Selector> selector) {
  if (young_.size() >= kMostYoung) {
    old_ = std::move(young_);
    young_.clear();
  }
  young_.insert_or_assign(matchers, std::move(selector));
}

}  // namespace hinomi::metrics
