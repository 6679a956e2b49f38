#include "metrics/matcher.h"

#include <re2/re2.h>

#include <algorithm>

namespace hinomi::metrics {

CompiledMatcher::CompiledMatcher(Matcher matcher, std::unique_ptr<re2::RE2> regex)
    : matcher_(std::move(matcher)), regex_(std::move(regex)) {}
CompiledMatcher::CompiledMatcher(CompiledMatcher&&) noexcept = default;
CompiledMatcher& CompiledMatcher::operator=(CompiledMatcher&&) noexcept = default;
CompiledMatcher::~CompiledMatcher() = default;

Result<CompiledMatcher> CompiledMatcher::Compile(const Matcher& matcher) {
  std::unique_ptr<re2::RE2> regex;
  if (matcher.type == MatchType::kRegex || matcher.type == MatchType::kNotRegex) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    regex = std::make_unique<re2::RE2>(matcher.value, options);
    if (!regex->ok())
      return InvalidArgument("cannot use the regular expression \"" + matcher.value +
                             "\" for label " + matcher.label + ": " + regex->error());
  }
  return CompiledMatcher(matcher, std::move(regex));
}

bool CompiledMatcher::Matches(std::string_view value) const {
  const auto full_match = [&] {
    return re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *regex_);
  };
  switch (matcher_.type) {
    case MatchType::kEqual:
      return value == matcher_.value;
    case MatchType::kNotEqual:
      return value != matcher_.value;
    case MatchType::kRegex:
      return full_match();
    case MatchType::kNotRegex:
      return !full_match();
  }
  return false;
}

Result<std::vector<CompiledMatcher>> CompileAll(const std::vector<Matcher>& matchers) {
  std::vector<CompiledMatcher> compiled;
  compiled.reserve(matchers.size());
  for (const Matcher& matcher : matchers) {
    HN_TRY(auto one, CompiledMatcher::Compile(matcher));
    compiled.push_back(std::move(one));
  }
  return compiled;
}

bool MatchesAll(const std::vector<CompiledMatcher>& matchers, const Labels& labels) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const CompiledMatcher& matcher) {
    return matcher.Matches(labels.Get(matcher.label()));
  });
}

}  // namespace hinomi::metrics
