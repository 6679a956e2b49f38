#include <re2/re2.h>

#include <cmath>

#include "base/strings.h"
#include "metrics/matcher.h"
#include "promql/impl/parser_core.h"

namespace hinomi::promql {
namespace {

/// What is wrong with a regular expression, in the words of Go's library.
std::string RegexError(const RE2& re, const std::string& pattern) {
  const std::string whole = "`^(?s:" + pattern + ")$`";
  const std::string part = "`" + re.error_arg() + "`";
  switch (re.error_code()) {
    case RE2::ErrorMissingParen:
      return "missing closing ): " + whole;
    case RE2::ErrorUnexpectedParen:
      return "unexpected ): " + whole;
    case RE2::ErrorMissingBracket:
      return "missing closing ]: " + part;
    case RE2::ErrorTrailingBackslash:
      return "trailing backslash at end of expression: ``";
    case RE2::ErrorRepeatArgument:
      return "missing argument to repetition operator: " + part;
    case RE2::ErrorRepeatSize:
      return "invalid repeat count: " + part;
    case RE2::ErrorRepeatOp:
      return "invalid nested repetition operator: " + part;
    case RE2::ErrorBadPerlOp:
      return "invalid or unsupported Perl syntax: " + part;
    case RE2::ErrorBadNamedCapture:
      return "invalid named capture: " + part;
    case RE2::ErrorBadEscape:
      return "invalid escape sequence: " + part;
    case RE2::ErrorBadCharRange:
      return "invalid character class range: " + part;
    default:
      return re.error();
  }
}

}  // namespace

Result<std::vector<metrics::Matcher>> ParserCore::ParseMatchersAlone() {
  HN_TRY(ExprPtr expr, ParseAll());
  auto* selector = expr->As<VectorSelector>();
  if (selector == nullptr || selector->time.offset ||
      selector->time.at != TimeModifiers::At::kNone) {
    return Fail(0, "a series selector is expected, such as up{job=\"x\"}");
  }
  return std::move(selector->matchers);
}

Result<ExprPtr> ParserCore::ParseSelector() {
  const size_t begin = Current().span.begin;
  VectorSelector selector;
  if (!At(TokenKind::kLeftBrace)) selector.name = std::string(Take().text);
  if (!selector.name.empty()) {
    selector.matchers.push_back({"__name__", metrics::MatchType::kEqual, selector.name});
  }
  if (At(TokenKind::kLeftBrace)) {
    std::string name = selector.name;
    HN_TRY(std::vector<metrics::Matcher> more, ParseBraces(name, begin));
    for (metrics::Matcher& matcher : more) selector.matchers.push_back(std::move(matcher));
    selector.name = name;
  }
  return Make(std::move(selector), begin);
}

Result<std::vector<metrics::Matcher>> ParserCore::ParseBraces(std::string& name, size_t begin) {
  std::vector<metrics::Matcher> matchers;
  Take();
  while (!At(TokenKind::kRightBrace)) {
    HN_TRY_VOID(ParseMatcher(matchers, name, begin));
    if (At(TokenKind::kComma)) {
      Take();
    } else if (!At(TokenKind::kRightBrace)) {
      return Unexpected("label matching", "\",\" or \"}\"");
    }
  }
  Take();
  return matchers;
}

Status ParserCore::ParseMatcher(std::vector<metrics::Matcher>& out, std::string& name,
                                size_t begin) {
  const Token label = Current();
  if (!At(TokenKind::kIdentifier) && !At(TokenKind::kString)) {
    return Unexpected("label matching", "identifier or \"}\"");
  }
  Take();
  std::string label_name(label.text);
  if (label.kind == TokenKind::kString) {
    auto unquoted = Unquote(label.text);
    if (!unquoted) {
      return Fail(label.span.begin, unquoted.error().message);
    }
    label_name = *std::move(unquoted);
    if (At(TokenKind::kComma) || At(TokenKind::kRightBrace)) {
      if (!name.empty()) {
        return Fail(begin, "metric name must not be set twice: " + Quote(name) + " or " +
                               Quote(label_name));
      }
      name = label_name;
      out.push_back({"__name__", metrics::MatchType::kEqual, label_name});
      return {};
    }
  }
  metrics::MatchType type;
  if (At(TokenKind::kAssign)) {
    type = metrics::MatchType::kEqual;
  } else if (AtOperator("!=")) {
    type = metrics::MatchType::kNotEqual;
  } else if (At(TokenKind::kEqualRegex)) {
    type = metrics::MatchType::kRegex;
  } else if (At(TokenKind::kNotEqualRegex)) {
    type = metrics::MatchType::kNotRegex;
  } else {
    return Unexpected("label matching", "label matching operator");
  }
  Take();
  const Token value = Current();
  if (!At(TokenKind::kString)) return Unexpected("label matching", "string");
  Take();
  auto unquoted = Unquote(value.text);
  if (!unquoted) {
    return Fail(value.span.begin, unquoted.error().message);
  }
  const bool is_regex = type == metrics::MatchType::kRegex || type == metrics::MatchType::kNotRegex;
  if (is_regex && !metrics::PlainAlternatives(*unquoted)) {
    const RE2 re("(?s:" + *unquoted + ")", RE2::Quiet);
    if (!re.ok())
      return Fail(label.span.begin, "error parsing regexp: " + RegexError(re, *unquoted));
  }
  if (label_name == "__name__" && type == metrics::MatchType::kEqual && !name.empty()) {
    return Fail(begin,
                "metric name must not be set twice: " + Quote(name) + " or " + Quote(*unquoted));
  }
  out.push_back({std::move(label_name), type, *std::move(unquoted)});
  return {};
}

TimeModifiers* ParserCore::ModifiersOf(Expr& expr) {
  if (auto* selector = expr.As<VectorSelector>()) return &selector->time;
  if (auto* matrix = expr.As<MatrixSelector>()) {
    return &matrix->selector->As<VectorSelector>()->time;
  }
  if (auto* subquery = expr.As<Subquery>()) return &subquery->time;
  return nullptr;
}

Result<ExprPtr> ParserCore::ParseBrackets(ExprPtr inner) {
  const size_t begin = inner->span.begin;
  const size_t bracket = Take().span.begin;
  HN_TRY(DurationPtr range,
         ParseRangeDuration("subquery or range selector", "number, duration, step(), or range()"));
  if (At(TokenKind::kColon)) {
    Take();
    Subquery subquery;
    subquery.range = std::move(range);
    if (!At(TokenKind::kRightBracket)) {
      HN_TRY(subquery.step, ParseRangeDuration("subquery selector",
                                               "number, duration, step(), range(), or \"]\""));
    }
    HN_TRY_VOID(Expect(TokenKind::kRightBracket, "subquery selector",
                       "number, duration, step(), range(), or \"]\""));
    const int depth = inner->depth + 1;
    subquery.inner = std::move(inner);
    ExprPtr out = Make(std::move(subquery), begin);
    out->depth = depth;
    return out;
  }
  HN_TRY_VOID(Expect(TokenKind::kRightBracket, "subquery or range", "\":\" or \"]\""));
  auto* selector = inner->As<VectorSelector>();
  if (selector == nullptr) return Fail(bracket, "ranges only allowed for vector selectors");
  if (selector->time.offset) return Fail(bracket, "no offset modifiers allowed before range");
  if (selector->time.at != TimeModifiers::At::kNone) {
    return Fail(bracket, "no @ modifiers allowed before range");
  }
  if (selector->mode != RangeMode::kPlain)
    return Fail(bracket, "no anchored or smoothed modifiers allowed before range");
  const int depth = inner->depth + 1;
  ExprPtr out = Make(MatrixSelector{std::move(inner), std::move(range)}, begin);
  out->depth = depth;
  return out;
}

Status ParserCore::ParseOffset(Expr& expr) {
  Take();
  HN_TRY(DurationPtr offset, ParseOffsetDuration());
  TimeModifiers* time = ModifiersOf(expr);
  if (time == nullptr) {
    return Fail(expr.span.begin,
                "offset modifier must be preceded by an instant vector selector or range vector "
                "selector or a subquery");
  }
  if (time->offset) return Fail(expr.span.begin, "offset may not be set multiple times");
  time->offset = std::move(offset);
  return {};
}

Status ParserCore::ParseAt(Expr& expr) {
  Take();
  TimeModifiers parsed;
  if (AtWord("start") || AtWord("end")) {
    parsed.at = EqualsIgnoreCase(Take().text, "start") ? TimeModifiers::At::kStart
                                                       : TimeModifiers::At::kEnd;
    HN_TRY_VOID(Expect(TokenKind::kLeftParen, "@", "timestamp"));
    HN_TRY_VOID(Expect(TokenKind::kRightParen, "@", "timestamp"));
  } else {
    if (!At(TokenKind::kNumber) && !At(TokenKind::kDuration) && !AtOperator("-") &&
        !AtOperator("+")) {
      return Unexpected("@", "timestamp");
    }
    HN_TRY(const double seconds, ParseSignedNumber("@"));
    if (!std::isfinite(seconds) || std::abs(seconds) >= 9.2e15) {
      return Fail(expr.span.begin,
                  "timestamp out of bounds for @ modifier: " + FormatDouble(seconds));
    }
    parsed.at = TimeModifiers::At::kTime;
    parsed.at_ms = std::llround(seconds * 1000);
  }
  TimeModifiers* time = ModifiersOf(expr);
  if (time == nullptr) {
    return Fail(expr.span.begin,
                "@ modifier must be preceded by an instant vector selector or range vector "
                "selector or a subquery");
  }
  if (time->at != TimeModifiers::At::kNone)
    return Fail(expr.span.begin, "@ <timestamp> may not be set multiple times");
  time->at = parsed.at;
  time->at_ms = parsed.at_ms;
  return {};
}

Status ParserCore::ParseRangeMode(Expr& expr) {
  const Token word = Take();
  if (!features_.extended_selectors) {
    return Fail(word.span.begin,
                ToLowerAscii(word.text) +
                    " modifier is experimental and must be enabled with --promql-features");
  }
  auto* selector = expr.As<VectorSelector>();
  if (auto* matrix = expr.As<MatrixSelector>()) selector = matrix->selector->As<VectorSelector>();
  if (selector == nullptr) {
    return Fail(expr.span.begin,
                ToLowerAscii(word.text) +
                    " modifier must be preceded by an instant or range vector selector");
  }
  if (selector->mode != RangeMode::kPlain)
    return Fail(word.span.begin, "anchored and smoothed modifiers cannot be combined");
  const bool anchored = EqualsIgnoreCase(word.text, "anchored");
  if (anchored && expr.As<VectorSelector>() != nullptr) {
    return Fail(word.span.begin, "anchored modifier can only be used with range vectors");
  }
  selector->mode = anchored ? RangeMode::kAnchored : RangeMode::kSmoothed;
  return {};
}

}  // namespace hinomi::promql
