#include "metrics/tsdb/match_steps.h"

#include <algorithm>

namespace hinomi::metrics {
namespace {

bool IsPunctuation(char c) {
  return c > ' ' && c < '\x7F' && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') &&
         !(c >= 'a' && c <= 'z');
}

/// Takes the characters that stand for themselves from the front of `pattern`.
std::string TakeLiteral(std::string_view& pattern) {
  constexpr std::string_view kSpecial = "\\.+*?()|[]{}^$";
  std::string literal;
  while (!pattern.empty()) {
    const bool escaped = pattern[0] == '\\' && pattern.size() > 1 && IsPunctuation(pattern[1]);
    if (!escaped && kSpecial.find(pattern[0]) != std::string_view::npos) break;
    literal += pattern[escaped ? 1 : 0];
    pattern.remove_prefix(escaped ? 2 : 1);
  }
  return literal;
}

/// `a|b|c`, if that is all of `pattern`.
std::optional<std::vector<std::string>> Alternatives(std::string_view pattern) {
  std::vector<std::string> literals;
  for (;;) {
    literals.push_back(TakeLiteral(pattern));
    if (pattern.empty()) return literals;
    if (pattern[0] != '|') return std::nullopt;
    pattern.remove_prefix(1);
  }
}

/// `a|b|c`, `(a|b)`, `head(a|b)`, `head(?:a|b)`.
std::optional<std::vector<std::string>> Literals(std::string_view pattern) {
  if (auto plain = Alternatives(pattern)) return plain;
  const std::string head = TakeLiteral(pattern);
  if (pattern.size() < 2 || pattern.front() != '(' || pattern.back() != ')') return std::nullopt;
  std::string_view group = pattern.substr(1, pattern.size() - 2);
  if (group.starts_with("?:")) group.remove_prefix(2);
  auto literals = Alternatives(group);
  if (literals)
    for (std::string& literal : *literals) literal.insert(0, head);
  return literals;
}

/// False only if no `|` stands outside of all groups.
bool MayHaveTopLevelAlternatives(std::string_view pattern) {
  int depth = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view rest = pattern.substr(i);
    // Within those a parenthesis is none; they are rare enough not to be read.
    if (rest[0] == '[' || rest.starts_with("\\Q")) return rest.find('|') != std::string_view::npos;
    if (rest[0] == '\\') ++i;
    if (rest[0] == '(') ++depth;
    if (rest[0] == ')') --depth;
    if (rest[0] == '|' && depth <= 0) return true;
  }
  return false;
}

std::string Prefix(std::string_view pattern) {
  if (MayHaveTopLevelAlternatives(pattern)) return {};
  if (pattern.starts_with('^')) pattern.remove_prefix(1);
  std::string prefix = TakeLiteral(pattern);
  const bool last_is_repeated =
      !pattern.empty() && (pattern[0] == '*' || pattern[0] == '?' || pattern[0] == '{');
  if (last_is_repeated && !prefix.empty()) {
    while (prefix.size() > 1 && (static_cast<uint8_t>(prefix.back()) & 0xC0) == 0x80)
      prefix.pop_back();  // All bytes of a character of UTF-8.
    prefix.pop_back();
  }
  return prefix;
}

bool IsNegative(MatchType type) {
  return type == MatchType::kNotEqual || type == MatchType::kNotRegex;
}

}  // namespace

RegexShape ShapeOfRegex(std::string_view pattern) {
  RegexShape shape;
  shape.literals = Literals(pattern);
  if (!shape.literals) shape.prefix = Prefix(pattern);
  return shape;
}

TermSelection SelectTerms(const CompiledMatcher& matcher, const TermDictionary& dictionary) {
  const std::string& label = matcher.label();
  const std::string& pattern = matcher.value();
  const bool negative = IsNegative(matcher.type());
  const bool is_regex =
      matcher.type() == MatchType::kRegex || matcher.type() == MatchType::kNotRegex;
  const auto pattern_matches = [&](std::string_view value) {
    return matcher.Matches(value) != negative;
  };
  TermSelection selection;
  selection.exclude = matcher.Matches("");
  if (pattern.empty() || (is_regex && pattern == ".+")) {
    selection.every = true;
  } else if (!is_regex) {
    dictionary.Find(label, pattern, selection.terms);
  } else if (pattern == ".*") {
    // Of every value: nothing to exclude, or (negative) nothing to keep.
  } else if (pattern_matches("")) {
    dictionary.Scan(
        label, "", [&](std::string_view value) { return !pattern_matches(value); },
        selection.terms);
  } else if (const RegexShape shape = ShapeOfRegex(pattern); shape.literals) {
    for (const std::string& literal : *shape.literals)
      dictionary.Find(label, literal, selection.terms);
    std::sort(selection.terms.begin(), selection.terms.end());  // Of `a|a` once.
    selection.terms.erase(std::unique(selection.terms.begin(), selection.terms.end()),
                          selection.terms.end());
  } else {
    dictionary.Scan(label, shape.prefix, pattern_matches, selection.terms);
  }
  return selection;
}

}  // namespace hinomi::metrics
