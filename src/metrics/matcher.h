#ifndef HINOMI_METRICS_MATCHER_H_
#define HINOMI_METRICS_MATCHER_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/model.h"

namespace re2 {
class RE2;
}

namespace hinomi::metrics {

/// The texts that a regular expression of the kind `a|b|c` names, sorted, where all its characters
/// stand for themselves, as when a dashboard names hosts; nothing for other expressions. It needs
/// not be compiled.
std::optional<std::vector<std::string_view>> PlainAlternatives(std::string_view pattern);

/// A `Matcher` ready to be applied: the regular expression is compiled (RE2:
/// linear time, bounded memory) and anchored at both ends; a dot matches line
/// ends too. Threads: any, once made.
class CompiledMatcher {
 public:
  /// kInvalidArgument if the expression cannot be compiled.
  static Result<CompiledMatcher> Compile(const Matcher& matcher);
  CompiledMatcher(CompiledMatcher&&) noexcept;
  CompiledMatcher& operator=(CompiledMatcher&&) noexcept;
  ~CompiledMatcher();

  /// An absent label is the empty value.
  bool Matches(std::string_view value) const;
  const std::string& label() const { return matcher_.label; }
  MatchType type() const { return matcher_.type; }
  const std::string& value() const { return matcher_.value; }
  /// True of a regular expression that is no list of plain texts.
  bool has_automaton() const { return regex_ != nullptr; }

 private:
  explicit CompiledMatcher(Matcher matcher);
  bool MatchesRegex(std::string_view value) const;

  Matcher matcher_;
  std::unique_ptr<re2::RE2> regex_;        ///< Null where `alternatives_` say all.
  std::vector<std::string> alternatives_;  ///< Sorted.
};

Result<std::vector<CompiledMatcher>> CompileAll(const std::vector<Matcher>& matchers);
/// True if all of them match.
bool MatchesAll(const std::vector<CompiledMatcher>& matchers, const Labels& labels);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_MATCHER_H_
