#ifndef HINOMI_METRICS_TSDB_MATCH_STEPS_H_
#define HINOMI_METRICS_TSDB_MATCH_STEPS_H_

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/matcher.h"
#include "metrics/tsdb/postings.h"

namespace hinomi::metrics {

/// The label values of an index. A *term* is a label with one of its values.
class TermDictionary {
 public:
  virtual ~TermDictionary() = default;
  /// Appends the term, if there is one.
  virtual void Find(std::string_view label, std::string_view value,
                    std::vector<uint32_t>& terms) const = 0;
  /// Appends the terms of the label whose value is `wanted`; it is asked for
  /// all values that begin with `prefix`, and may be asked for others.
  virtual void Scan(std::string_view label, std::string_view prefix,
                    const std::function<bool(std::string_view)>& wanted,
                    std::vector<uint32_t>& terms) const = 0;
};

/// A matcher as one operation on sets of series: keep (or with `exclude`
/// remove) those that have one of `terms`, or with `every` the label at all.
/// An absent label is the empty value, so what matches the empty value
/// excludes the series with other values.
struct TermSelection {
  bool exclude = false;
  bool every = false;
  std::vector<uint32_t> terms;  ///< Each once.
};

TermSelection SelectTerms(const CompiledMatcher& matcher, const TermDictionary& dictionary);

/// What can be said of the values that a regular expression, anchored at both
/// ends, matches: these and no others, or only some with this prefix.
struct RegexShape {
  std::optional<std::vector<std::string>> literals;
  std::string prefix;
};

RegexShape ShapeOfRegex(std::string_view pattern);

/// One operation with the lists of ids that it is about. A cursor is as
/// PostingsCursor: window, count, AddTo, Advance.
template <typename Cursor>
struct MatchStep {
  bool exclude = false;
  std::vector<Cursor> lists;

  uint64_t Count() const {
    uint64_t count = 0;
    for (const Cursor& list : lists) count += list.count();
    return count;
  }
  /// The first window from `window` on with any ids.
  uint32_t Seek(uint32_t window) {
    uint32_t next = kNoWindow;
    for (Cursor& list : lists) {
      while (list.window() < window) list.Advance();
      next = std::min(next, list.window());
    }
    return next;
  }
  void AddTo(uint32_t window, IdWindow& ids) const {
    for (const Cursor& list : lists)
      if (list.window() == window) list.AddTo(ids);
  }
};

/// The ids that are in every step but the excluding ones and in none of those.
/// At least one step must not exclude. Afterwards the cursors have moved.
template <typename Cursor>
Postings RunSteps(std::vector<MatchStep<Cursor>>& steps) {
  const auto includes_end = std::partition(
      steps.begin(), steps.end(), [](const MatchStep<Cursor>& step) { return !step.exclude; });
  const auto fewer = [](const MatchStep<Cursor>& a, const MatchStep<Cursor>& b) {
    return a.Count() < b.Count();
  };
  std::sort(steps.begin(), includes_end, fewer);
  // The first window from `from` on where all that must be there has any ids.
  const auto common_window = [&](uint32_t from) {
    for (auto step = steps.begin(); step != includes_end;) {
      const uint32_t window = step->Seek(from);
      if (window == kNoWindow) return kNoWindow;
      step = window == from ? step + 1 : steps.begin();
      from = window;
    }
    return from;
  };
  Postings ids;
  const auto work = std::make_unique<IdWindow[]>(2);
  IdWindow& result = work[0];
  IdWindow& other = work[1];
  for (uint32_t window = common_window(0); window != kNoWindow;
       window = common_window(window + 1)) {
    result.Clear();
    steps.front().AddTo(window, result);
    for (auto step = steps.begin() + 1; step != steps.end() && !result.empty(); ++step) {
      if (step->Seek(window) != window) continue;  // Nothing to exclude here.
      other.Clear();
      step->AddTo(window, other);
      if (step->exclude)
        result.Remove(other);
      else
        result.And(other);
    }
    result.AppendTo(window << kWindowBits, ids);
  }
  return ids;
}

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_MATCH_STEPS_H_
