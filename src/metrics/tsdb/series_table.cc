#include "metrics/tsdb/series_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace hinomi::metrics {
namespace {

constexpr uint32_t kMostPairs = (1u << 30) - 1;

/// Of a series, out of those of its labels in order.
class SeriesHash {
 public:
  void Add(uint64_t label_hash) { hash_ = (std::rotl(hash_, 29) ^ label_hash) * kOdd; }
  uint32_t value() const { return static_cast<uint32_t>(hash_ >> 32); }

 private:
  static constexpr uint64_t kOdd = 0x9E3779B97F4A7C15;
  uint64_t hash_ = 0;
};

/// What a matcher says of series, by the numbers of their labels. Of many series each label
/// that is met is taken apart once; for a few it would take longer to prepare that.
class LabelJudge {
 public:
  LabelJudge(const LabelPool& labels, const CompiledMatcher& matcher, size_t series)
      : labels_(labels), matcher_(matcher), passes_without_(matcher.Matches("")) {
    if (series * kBytesAJudgement > labels.size())
      verdicts_.assign(labels.size(), Verdict::kNotAsked);
  }

  bool Passes(std::span<const LabelPool::Pair> pairs) {
    for (const LabelPool::Pair pair : pairs) {
      const Verdict verdict = verdicts_.empty() ? Judge(pair) : Remembered(pair);
      if (verdict != Verdict::kOtherName) return verdict == Verdict::kPasses;
    }
    return passes_without_;
  }

 private:
  // So many verdicts are cleared in the time that taking the labels of a series apart needs.
  static constexpr size_t kBytesAJudgement = 256;
  enum class Verdict : uint8_t { kNotAsked, kOtherName, kPasses, kFails };

  Verdict Remembered(LabelPool::Pair pair) {
    Verdict& verdict = verdicts_[pair];
    if (verdict == Verdict::kNotAsked) verdict = Judge(pair);
    return verdict;
  }
  Verdict Judge(LabelPool::Pair pair) const {
    const auto label = labels_.LabelOf(pair);
    if (label.name != matcher_.label()) return Verdict::kOtherName;
    return matcher_.Matches(label.value) ? Verdict::kPasses : Verdict::kFails;
  }

  const LabelPool& labels_;
  const CompiledMatcher& matcher_;
  bool passes_without_;
  std::vector<Verdict> verdicts_;  ///< By label; empty: not remembered.
};

/// True if it names one label with its value, which a series has or has not.
bool NamesOneLabel(const CompiledMatcher& matcher) {
  return matcher.type() == MatchType::kEqual && !matcher.value().empty();
}

/// Those of `ids` that are not before the first nor behind the last of `others`. Both are sorted.
std::span<const SeriesId> Between(std::span<const SeriesId> ids, std::span<const SeriesId> others) {
  if (others.empty()) return {};
  const auto first = std::ranges::lower_bound(ids, others.front());
  const auto last = std::upper_bound(first, ids.end(), others.back());
  return {first, last};
}

}  // namespace

bool SeriesTable::Same(SeriesId id, std::string_view label_bytes) const {
  const Series& series = series_[id];
  if (series.pair_count == 0) return false;
  const char* at = label_bytes.data();
  size_t left = label_bytes.size();
  for (uint32_t i = 0; i < series.pair_count; ++i) {
    const std::string_view pair = labels_.Bytes(pairs_[series.first_pair + i]);
    if (pair.size() > left || std::memcmp(at, pair.data(), pair.size()) != 0) return false;
    at += pair.size();
    left -= pair.size();
  }
  return left == 0;
}

std::optional<SeriesId> SeriesTable::Find(std::string_view label_bytes, SeriesId after) {
  if (after == kNoSeries) return Find(label_bytes);
  const SeriesId guess = series_[after].next;
  if (guess != kNoSeries && Same(guess, label_bytes)) return guess;
  const auto found = Find(label_bytes);
  if (found) series_[after].next = *found;
  return found;
}

std::optional<uint32_t> SeriesTable::HashOf(std::string_view label_bytes) const {
  SeriesHash hash;
  while (!label_bytes.empty()) {
    const std::string_view message = TakeLabelMessage(label_bytes);
    if (message.empty()) return std::nullopt;
    hash.Add(labels_.HashOf(message));
  }
  return hash.value();
}

std::optional<SeriesId> SeriesTable::Find(std::string_view label_bytes) const {
  const auto hash = HashOf(label_bytes);
  if (slots_.empty() || !hash) return std::nullopt;
  const size_t mask = slots_.size() - 1;
  for (size_t at = *hash & mask;; at = (at + 1) & mask) {
    const SeriesId id = slots_[at];
    if (id == kNoSeries) return std::nullopt;
    if (series_[id].hash == *hash && Same(id, label_bytes)) return id;
  }
}

SeriesId SeriesTable::Create(std::string_view label_bytes) {
  const SeriesId id = next_id();
  CreateAs(id, label_bytes);
  return id;
}

void SeriesTable::CreateAs(SeriesId id, std::string_view label_bytes) {
  interned_.clear();
  while (!label_bytes.empty()) {
    const std::string_view message = TakeLabelMessage(label_bytes);
    HN_CHECK(!message.empty());
    interned_.push_back(labels_.Intern(message));
  }
  CreateAs(id, interned_);
}

void SeriesTable::CreateAs(SeriesId id, std::span<const LabelPool::Pair> pairs) {
  HN_CHECK(id >= next_id() && id != kNoSeries);
  series_.resize(size_t{id} + 1);
  Series& series = series_.back();
  series.first_pair = static_cast<uint32_t>(pairs_.size());
  series.pair_count = static_cast<uint32_t>(pairs.size()) & kMostPairs;
  SeriesHash hash;
  SeriesRole role = SeriesRole::kPlain;
  for (const LabelPool::Pair pair : pairs) {
    pairs_.push_back(pair);
    labels_.AddSeries(pair, id);
    hash.Add(labels_.HashOf(pair));
    role = std::max(role, labels_.RoleOf(pair));
  }
  series.hash = hash.value();
  // Whoever sends both sends them in this order again.
  if (id > 0) series_[id - 1].next = id;
  series.role = static_cast<uint32_t>(role) & 3u;
  if (role == SeriesRole::kColumn) ++columns_;
  Insert(id);
}

void SeriesTable::SkipTo(SeriesId next) {
  if (next > next_id()) series_.resize(next);
}

void SeriesTable::Insert(SeriesId id) {
  if ((used_slots_ + 1) * 3 > slots_.size() * 2) {
    Grow();
  } else {
    TakeSlot(id);
  }
}

/// With all series that there are.
void SeriesTable::Grow() {
  slots_.assign(slots_.empty() ? 1024 : slots_.size() * 2, kNoSeries);
  used_slots_ = 0;
  for (SeriesId id = 0; id < next_id(); ++id)
    if (Exists(id)) TakeSlot(id);
}

void SeriesTable::TakeSlot(SeriesId id) {
  const size_t mask = slots_.size() - 1;
  size_t at = series_[id].hash & mask;
  while (slots_[at] != kNoSeries) at = (at + 1) & mask;
  slots_[at] = id;
  ++used_slots_;
}

void SeriesTable::AppendLabelBytesOf(SeriesId id, std::string& out) const {
  for (const LabelPool::Pair pair : PairsOf(id)) out += labels_.Bytes(pair);
}

Labels SeriesTable::LabelsOf(SeriesId id) const {
  std::vector<Labels::Pair> pairs;
  pairs.reserve(series_[id].pair_count);
  for (const LabelPool::Pair pair : PairsOf(id)) {
    const auto label = labels_.LabelOf(pair);
    pairs.emplace_back(label.name, label.value);
  }
  return Labels(std::move(pairs));
}

std::vector<SeriesId> SeriesTable::WithAnyValueOf(const CompiledMatcher& matcher) const {
  std::vector<SeriesId> ids;
  const auto pairs = labels_.names().find(matcher.label());
  if (pairs == labels_.names().end()) return ids;
  // A series has one value of a label: a bit each, read in order, sorts them.
  std::vector<bool> with(series_.size());
  for (const LabelPool::Pair pair : pairs->second)
    if (matcher.Matches(labels_.LabelOf(pair).value))
      for (const SeriesId id : labels_.SeriesOf(pair)) with[id] = true;
  for (SeriesId id = 0; id < with.size(); ++id)
    if (with[id]) ids.push_back(id);
  return ids;
}

std::optional<std::vector<LabelPool::Pair>> SeriesTable::NamedBy(
    const std::vector<CompiledMatcher>& matchers) const {
  std::vector<LabelPool::Pair> named;
  std::string message;
  for (const CompiledMatcher& matcher : matchers) {
    if (!NamesOneLabel(matcher)) continue;
    message.clear();
    AppendLabel(matcher.label(), matcher.value(), message);
    const auto pair = labels_.Find(message);
    if (!pair) return std::nullopt;
    named.push_back(*pair);
  }
  return named;
}

std::vector<SeriesId> SeriesTable::WithAll(std::span<const LabelPool::Pair> pairs) const {
  const auto count = [this](LabelPool::Pair pair) { return labels_.SeriesOf(pair).size(); };
  const LabelPool::Pair rarest = *std::ranges::min_element(pairs, {}, count);
  std::span<const SeriesId> lot = labels_.SeriesOf(rarest);
  // Series of one instance come together: often its ids leave few of a metric's.
  for (const LabelPool::Pair pair : pairs) lot = Between(lot, labels_.SeriesOf(pair));
  std::vector<SeriesId> ids(lot.begin(), lot.end());
  for (const LabelPool::Pair pair : pairs) {
    if (pair == rarest) continue;
    std::erase_if(ids, [&](SeriesId id) {
      const auto own = PairsOf(id);
      return std::ranges::find(own, pair) == own.end();
    });
  }
  return ids;
}

std::vector<SeriesId> SeriesTable::Matching(const std::vector<CompiledMatcher>& matchers) const {
  const auto named = NamedBy(matchers);
  if (!named) return {};
  std::vector<SeriesId> candidates;
  const CompiledMatcher* settled = nullptr;  // Besides those that name one label.
  if (!named->empty()) {
    candidates = WithAll(*named);
  } else {
    const auto narrow = std::find_if(matchers.begin(), matchers.end(),
                                     [](const auto& matcher) { return !matcher.Matches(""); });
    if (narrow != matchers.end()) {
      settled = &*narrow;
      candidates = WithAnyValueOf(*narrow);
    } else {
      for (SeriesId id = 0; id < next_id(); ++id)
        if (Exists(id)) candidates.push_back(id);
    }
  }
  for (const CompiledMatcher& matcher : matchers) {
    if (&matcher == settled || NamesOneLabel(matcher)) continue;
    const bool on_any = labels_.names().contains(matcher.label());
    if (!on_any && matcher.Matches("")) continue;
    LabelJudge judge(labels_, matcher, candidates.size());
    std::erase_if(candidates, [&](SeriesId id) { return !judge.Passes(PairsOf(id)); });
  }
  return candidates;
}

size_t SeriesTable::memory_bytes() const {
  return labels_.memory_bytes() + series_.capacity() * sizeof(Series) +
         pairs_.capacity() * sizeof(LabelPool::Pair) + slots_.capacity() * sizeof(SeriesId);
}

}  // namespace hinomi::metrics
