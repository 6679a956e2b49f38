#include "metrics/matcher.h"

#include <re2/re2.h>

#include <algorithm>
#include <functional>

namespace hinomi::metrics {

std::optional<std::vector<std::string_view>> PlainAlternatives(std::string_view pattern) {
  const auto is_plain = [](char c) {
    // Of bytes above, RE2 asks whether they are UTF-8.
    return c >= ' ' && c < '\x7F' &&
           std::string_view("\\.+*?()[]{}^$").find(c) == std::string_view::npos;
  };
  if (!std::ranges::all_of(pattern, is_plain)) return std::nullopt;
  std::vector<std::string_view> texts;
  for (size_t begin = 0; begin <= pattern.size();) {
    const size_t end = std::min(pattern.find('|', begin), pattern.size());
    texts.push_back(pattern.substr(begin, end - begin));
    begin = end + 1;
  }
  std::ranges::sort(texts);
  return texts;
}

CompiledMatcher::CompiledMatcher(Matcher matcher) : matcher_(std::move(matcher)) {}
CompiledMatcher::CompiledMatcher(CompiledMatcher&&) noexcept = default;
CompiledMatcher& CompiledMatcher::operator=(CompiledMatcher&&) noexcept = default;
CompiledMatcher::~CompiledMatcher() = default;

Result<CompiledMatcher> CompiledMatcher::Compile(const Matcher& matcher) {
  CompiledMatcher compiled(matcher);
  if (matcher.type == MatchType::kEqual || matcher.type == MatchType::kNotEqual) return compiled;
  if (const auto plain = PlainAlternatives(matcher.value)) {
    compiled.alternatives_.assign(plain->begin(), plain->end());
    return compiled;
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  compiled.regex_ = std::make_unique<re2::RE2>(matcher.value, options);
  if (!compiled.regex_->ok())
    return InvalidArgument("cannot use the regular expression \"" + matcher.value +
                           "\" for label " + matcher.label + ": " + compiled.regex_->error());
  return compiled;
}

bool CompiledMatcher::MatchesRegex(std::string_view value) const {
  if (regex_ == nullptr) return std::ranges::binary_search(alternatives_, value, std::less<>());
  return re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *regex_);
}

bool CompiledMatcher::Matches(std::string_view value) const {
  switch (matcher_.type) {
    case MatchType::kEqual:
      return value == matcher_.value;
    case MatchType::kNotEqual:
      return value != matcher_.value;
    case MatchType::kRegex:
      return MatchesRegex(value);
    case MatchType::kNotRegex:
      return !MatchesRegex(value);
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
