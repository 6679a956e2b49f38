#include "policy/alarm_rule.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/strings.h"

namespace hinomi::policy {
namespace {

using Kind = AlarmRule::Kind;

constexpr int kDeepest = 100;
constexpr std::string_view kStates[] = {"ALARM", "OK", "INSUFFICIENT_DATA"};
constexpr std::string_view kBlank = " \t\r\n";

bool IsState(std::string_view word) {
  return std::find(std::begin(kStates), std::end(kStates), word) != std::end(kStates);
}

/// A name of the folder out of a name or an ARN.
std::string NameOf(std::string_view text) {
  constexpr std::string_view kMark = ":alarm:";
  const size_t mark = text.find(kMark);
  if (!text.starts_with("arn:") || mark == std::string_view::npos) return std::string(text);
  return std::string(text.substr(mark + kMark.size()));
}

class RuleParser {
 public:
  explicit RuleParser(std::string_view text) : text_(text) {}

  Result<AlarmRule> Whole() {
    HN_TRY(AlarmRule rule, Either(0));
    SkipBlank();
    if (at_ < text_.size()) return Expected("AND, OR or the end of the rule");
    return rule;
  }

 private:
  Error Expected(std::string_view what) const {
    std::string got = "the end of the rule";
    if (at_ < text_.size()) {
      const std::string_view word = PeekWord();
      got = "\"" + std::string(word.empty() ? text_.substr(at_, 1) : word) + "\"";
    }
    return InvalidArgument(LineAndColumn(text_, at_) + ": expected " + std::string(what) +
                           ", got " + got);
  }

  void SkipBlank() {
    while (at_ < text_.size() && kBlank.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool Take(char c) {
    SkipBlank();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Status Want(char c) {
    if (Take(c)) return {};
    return Expected(std::string("\"") + c + "\"");
  }
  std::string_view PeekWord() const {
    size_t end = at_;
    while (end < text_.size() && (IsAlnum(text_[end]) || text_[end] == '_')) ++end;
    return text_.substr(at_, end - at_);
  }
  static bool IsAlnum(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }
  /// A word of the language, whatever its case.
  bool TakeWord(std::string_view word) {
    SkipBlank();
    if (ToUpperAscii(PeekWord()) != word) return false;
    at_ += word.size();
    return true;
  }

  Result<AlarmRule> Either(int depth) { return Chain(Kind::kOr, "OR", depth); }

  /// Operands of one operator; those of OR are chains of AND.
  Result<AlarmRule> Chain(Kind kind, std::string_view word, int depth) {
    AlarmRule chain;
    chain.kind = kind;
    do {
      HN_TRY(AlarmRule operand,
             kind == Kind::kOr ? Chain(Kind::kAnd, "AND", depth) : Operand(depth));
      chain.operands.push_back(std::move(operand));
    } while (TakeWord(word));
    if (chain.operands.size() > 1) return chain;
    AlarmRule only = std::move(chain.operands.front());
    return only;
  }

  Result<AlarmRule> Operand(int depth) {
    if (depth > kDeepest)
      return InvalidArgument(LineAndColumn(text_, at_) + ": the rule is nested more than " +
                             std::to_string(kDeepest) + " deep");
    if (Take('(')) {
      HN_TRY(AlarmRule rule, Either(depth + 1));
      HN_TRY_VOID(Want(')'));
      return rule;
    }
    AlarmRule rule;
    if (TakeWord("NOT")) {
      rule.kind = Kind::kNot;
      HN_TRY(AlarmRule operand, Operand(depth + 1));
      rule.operands.push_back(std::move(operand));
      return rule;
    }
    if (TakeWord("TRUE")) return rule;
    rule.kind = Kind::kFalse;
    if (TakeWord("FALSE")) return rule;
    return TakeWord("AT_LEAST") ? AtLeast() : StateOf();
  }

  Result<AlarmRule> StateOf() {
    AlarmRule rule;
    rule.kind = Kind::kState;
    HN_TRY(rule.state, State("ALARM(name), OK(name), INSUFFICIENT_DATA(name), AT_LEAST(…), NOT, "
                             "TRUE, FALSE or \"(\""));
    HN_TRY_VOID(Want('('));
    HN_TRY(std::string name, AlarmName());
    HN_TRY_VOID(Want(')'));
    rule.alarms.push_back(std::move(name));
    return rule;
  }

  Result<std::string> State(std::string_view what) {
    SkipBlank();
    const std::string word = ToUpperAscii(PeekWord());
    if (!IsState(word)) return Expected(what);
    at_ += word.size();
    return word;
  }

  Result<AlarmRule> AtLeast() {
    AlarmRule rule;
    rule.kind = Kind::kAtLeast;
    HN_TRY_VOID(Want('('));
    HN_TRY_VOID(Least(rule));
    HN_TRY_VOID(Want(','));
    rule.negated = TakeWord("NOT");
    HN_TRY(rule.state, State("ALARM, OK, INSUFFICIENT_DATA or NOT before one of them"));
    HN_TRY_VOID(Want(','));
    HN_TRY_VOID(Want('('));
    do {
      HN_TRY(std::string name, AlarmName());
      rule.alarms.push_back(std::move(name));
    } while (Take(','));
    HN_TRY_VOID(Want(')'));
    HN_TRY_VOID(Want(')'));
    if (rule.per_cent || rule.least <= static_cast<double>(rule.alarms.size())) return rule;
    return InvalidArgument(LineAndColumn(text_, at_) + ": AT_LEAST wants more alarms than the " +
                           std::to_string(rule.alarms.size()) + " that it names");
  }

  Status Least(AlarmRule& rule) {
    SkipBlank();
    const size_t digits = std::min(text_.find_first_not_of("0123456789.", at_), text_.size());
    const auto number = ParseDouble(text_.substr(at_, digits - at_));
    const bool per_cent = digits < text_.size() && text_[digits] == '%';
    const bool fits =
        number && *number > 0 && (per_cent ? *number <= 100 : *number == std::floor(*number));
    if (!fits) return Expected("a number of alarms from 1, or a share from 1% to 100%");
    rule.least = *number;
    rule.per_cent = per_cent;
    at_ = digits + (per_cent ? 1 : 0);
    return {};
  }

  Result<std::string> AlarmName() {
    SkipBlank();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    const bool quoted = quote == '"' || quote == '\'';
    const size_t begin = at_ + (quoted ? 1 : 0);
    const size_t end = quoted ? text_.find(quote, begin)
                              : std::min(text_.find_first_of(" \t\r\n(),\"'", begin), text_.size());
    if (end == std::string_view::npos)
      return InvalidArgument(LineAndColumn(text_, at_) + ": the quotation mark is not closed");
    if (end == begin) return Expected("an alarm's name");
    at_ = end + (quoted ? 1 : 0);
    return NameOf(text_.substr(begin, end - begin));
  }

  std::string_view text_;
  size_t at_ = 0;
};

std::string Quoted(const std::string& name) {
  const char quote = name.find('"') == std::string::npos ? '"' : '\'';
  return quote + name + quote;
}

std::string AtLeastText(const AlarmRule& rule) {
  std::vector<std::string> names;
  for (const std::string& alarm : rule.alarms) names.push_back(Quoted(alarm));
  return "AT_LEAST(" + FormatDouble(rule.least) + (rule.per_cent ? "%" : "") + ", " +
         (rule.negated ? "NOT " : "") + rule.state + ", (" + Join(names, ", ") + "))";
}

void Gather(const AlarmRule& rule, std::set<std::string>& names) {
  names.insert(rule.alarms.begin(), rule.alarms.end());
  for (const AlarmRule& operand : rule.operands) Gather(operand, names);
}

}  // namespace

Result<AlarmRule> ParseAlarmRule(std::string_view text) {
  if (text.size() > kLongestAlarmRule)
    return InvalidArgument("1:1: the rule is longer than " + std::to_string(kLongestAlarmRule) +
                           " bytes; put a part of it into a composite alarm of its own");
  HN_TRY(AlarmRule rule, RuleParser(text).Whole());
  if (AlarmsOf(rule).size() > kMostAlarmsOfRule)
    return InvalidArgument("1:1: the rule names more than " + std::to_string(kMostAlarmsOfRule) +
                           " alarms; put a part of it into a composite alarm of its own");
  return rule;
}

std::string FormatAlarmRule(const AlarmRule& rule) {
  switch (rule.kind) {
    case Kind::kTrue:
      return "TRUE";
    case Kind::kFalse:
      return "FALSE";
    case Kind::kState:
      return rule.state + "(" + Quoted(rule.alarms.front()) + ")";
    case Kind::kAtLeast:
      return AtLeastText(rule);
    default:
      break;
  }
  std::vector<std::string> parts;
  for (const AlarmRule& operand : rule.operands) {
    // A chain within another operator needs its parentheses.
    const bool chain = operand.kind == Kind::kAnd || operand.kind == Kind::kOr;
    parts.push_back(chain ? "(" + FormatAlarmRule(operand) + ")" : FormatAlarmRule(operand));
  }
  if (rule.kind == Kind::kNot) return "NOT " + parts.front();
  return Join(parts, rule.kind == Kind::kAnd ? " AND " : " OR ");
}

std::set<std::string> AlarmsOf(const AlarmRule& rule) {
  std::set<std::string> names;
  Gather(rule, names);
  return names;
}

}  // namespace hinomi::policy
