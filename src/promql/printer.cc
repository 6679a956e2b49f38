// The canonical text of an expression, and its layout on several lines.
#include <cmath>
#include <cstdio>

#include "base/clock.h"
#include "base/strings.h"
#include "promql/impl/lexer.h"
#include "promql/parser.h"

namespace hinomi::promql {
namespace {

constexpr size_t kLineWidth = 100;

bool IsPlainName(std::string_view name, bool colons) {
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !(digit && i > 0) && !(colons && c == ':')) return false;
  }
  return !name.empty();
}

/// Whether a metric's name can stand bare where an operand is expected.
bool IsBareMetric(const std::string& name) {
  const std::string lower = ToLowerAscii(name);
  for (const char* word : {"bool", "on", "ignoring", "group_left", "group_right", "inf", "nan"}) {
    if (lower == word) return false;
  }
  return IsPlainName(name, true);
}

std::string LabelName(const std::string& name) {
  return IsPlainName(name, false) ? name : Quote(name);
}

std::string LabelList(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + LabelName(name);
  return out;
}

std::string DurationText(double seconds) {
  const Duration d = Duration::Millis(std::llround(std::abs(seconds) * 1000));
  return (seconds < 0 ? "-" : "") + FormatDuration(d);
}

std::string DurationText(const DurationExpr& d) {
  using Kind = DurationExpr::Kind;
  const auto infix = [&](const char* op) {
    return DurationText(*d.left) + " " + op + " " + DurationText(*d.right);
  };
  switch (d.kind) {
    case Kind::kConstant:
      return DurationText(d.seconds);
    case Kind::kStep:
      return "step()";
    case Kind::kRange:
      return "range()";
    case Kind::kNegate:
      return "-" + DurationText(*d.left);
    case Kind::kPlus:
      return "+" + DurationText(*d.left);
    case Kind::kParen:
      return "(" + DurationText(*d.left) + ")";
    case Kind::kAdd:
      return infix("+");
    case Kind::kSub:
      return infix("-");
    case Kind::kMul:
      return infix("*");
    case Kind::kDiv:
      return infix("/");
    case Kind::kMod:
      return infix("%");
    case Kind::kPow:
      return infix("^");
    case Kind::kMin:
      return "min_of(" + DurationText(*d.left) + ", " + DurationText(*d.right) + ")";
    case Kind::kMax:
      return "max_of(" + DurationText(*d.left) + ", " + DurationText(*d.right) + ")";
  }
  return "";
}

std::string ModifiersText(const TimeModifiers& time) {
  std::string out;
  switch (time.at) {
    case TimeModifiers::At::kNone:
      break;
    case TimeModifiers::At::kTime: {
      char buffer[40];
      std::snprintf(buffer, sizeof buffer, " @ %.3f", static_cast<double>(time.at_ms) / 1000);
      out += buffer;
      break;
    }
    case TimeModifiers::At::kStart:
      out += " @ start()";
      break;
    case TimeModifiers::At::kEnd:
      out += " @ end()";
      break;
  }
  if (time.offset) out += " offset " + DurationText(*time.offset);
  return out;
}

std::string ModeText(RangeMode mode) {
  return mode == RangeMode::kPlain ? "" : mode == RangeMode::kAnchored ? " anchored" : " smoothed";
}

std::string_view MatchText(metrics::MatchType type) {
  switch (type) {
    case metrics::MatchType::kEqual:
      return "=";
    case metrics::MatchType::kNotEqual:
      return "!=";
    case metrics::MatchType::kRegex:
      return "=~";
    case metrics::MatchType::kNotRegex:
      break;
  }
  return "!~";
}

std::string SelectorText(const VectorSelector& selector) {
  const bool plain = IsBareMetric(selector.name);
  std::string inside = selector.name.empty() || plain ? "" : Quote(selector.name);
  bool name_seen = selector.name.empty();
  for (const metrics::Matcher& matcher : selector.matchers) {
    const bool is_name = matcher.label == "__name__" &&
                         matcher.type == metrics::MatchType::kEqual &&
                         matcher.value == selector.name;
    if (is_name && !name_seen) {
      name_seen = true;
      continue;
    }
    if (!inside.empty()) inside += ",";
    inside +=
        LabelName(matcher.label) + std::string(MatchText(matcher.type)) + Quote(matcher.value);
  }
  std::string out = plain ? selector.name : "";
  if (!inside.empty() || out.empty()) out += "{" + inside + "}";
  return out;
}

std::string OpeningText(const Aggregate& aggregate) {
  std::string out(AggregateOpText(aggregate.op));
  if (aggregate.without) return out + " without (" + LabelList(aggregate.grouping) + ") ";
  if (!aggregate.grouping.empty()) return out + " by (" + LabelList(aggregate.grouping) + ") ";
  return out;
}

std::string OperatorText(const Binary& binary) {
  const VectorMatching& matching = binary.matching;
  std::string out(BinaryOpText(binary.op));
  if (binary.return_bool) out += " bool";
  if (!matching.labels.empty() || matching.on) {
    out += (matching.on ? " on (" : " ignoring (") + LabelList(matching.labels) + ")";
  }
  if (matching.cardinality == Cardinality::kManyToOne ||
      matching.cardinality == Cardinality::kOneToMany) {
    out += matching.cardinality == Cardinality::kManyToOne ? " group_left (" : " group_right (";
    out += LabelList(matching.include) + ")";
  }
  if (matching.fill_left && matching.fill_left == matching.fill_right) {
    return out + " fill (" + FormatDouble(*matching.fill_left) + ")";
  }
  if (matching.fill_left) out += " fill_left (" + FormatDouble(*matching.fill_left) + ")";
  if (matching.fill_right) out += " fill_right (" + FormatDouble(*matching.fill_right) + ")";
  return out;
}

std::string SubquerySuffix(const Subquery& subquery) {
  return "[" + DurationText(*subquery.range) + ":" +
         (subquery.step ? DurationText(*subquery.step) : "") + "]" + ModifiersText(subquery.time);
}

struct OneLine {
  std::string operator()(const NumberLiteral& n) const {
    return n.written_as_duration ? DurationText(n.value) : FormatDouble(n.value);
  }
  std::string operator()(const StringLiteral& s) const { return Quote(s.value); }
  std::string operator()(const VectorSelector& s) const {
    return SelectorText(s) + ModeText(s.mode) + ModifiersText(s.time);
  }
  std::string operator()(const MatrixSelector& m) const {
    const VectorSelector& s = *m.selector->As<VectorSelector>();
    return SelectorText(s) + "[" + DurationText(*m.range) + "]" + ModeText(s.mode) +
           ModifiersText(s.time);
  }
  std::string operator()(const Subquery& s) const { return Format(*s.inner) + SubquerySuffix(s); }
  std::string operator()(const Aggregate& a) const {
    return OpeningText(a) + "(" + (a.parameter ? Format(*a.parameter) + ", " : "") +
           Format(*a.inner) + ")";
  }
  std::string operator()(const Binary& b) const {
    return Format(*b.left) + " " + OperatorText(b) + " " + Format(*b.right);
  }
  std::string operator()(const Unary& u) const {
    return (u.negative ? "-" : "+") + Format(*u.inner);
  }
  std::string operator()(const Call& c) const {
    std::string out = c.function + "(";
    for (size_t i = 0; i < c.arguments.size(); ++i)
      out += (i > 0 ? ", " : "") + Format(*c.arguments[i]);
    return out + ")";
  }
  std::string operator()(const Paren& p) const { return "(" + Format(*p.inner) + ")"; }
};

std::string Indent(size_t level) {
  return std::string(level * 2, ' ');
}

std::string Pretty(const Expr& expr, size_t level) {
  const std::string line = Format(expr);
  if (line.size() <= kLineWidth) return Indent(level) + line;
  if (const auto* a = expr.As<Aggregate>()) {
    std::string out = Indent(level) + OpeningText(*a) + "(\n";
    if (a->parameter) out += Pretty(*a->parameter, level + 1) + ",\n";
    return out + Pretty(*a->inner, level + 1) + "\n" + Indent(level) + ")";
  }
  if (const auto* b = expr.As<Binary>()) {
    return Pretty(*b->left, level + 1) + "\n" + Indent(level) + OperatorText(*b) + "\n" +
           Pretty(*b->right, level + 1);
  }
  if (const auto* c = expr.As<Call>()) {
    std::string out = Indent(level) + c->function + "(\n";
    for (size_t i = 0; i < c->arguments.size(); ++i) {
      out += Pretty(*c->arguments[i], level + 1) + (i + 1 < c->arguments.size() ? ",\n" : "\n");
    }
    return out + Indent(level) + ")";
  }
  if (const auto* p = expr.As<Paren>()) {
    return Indent(level) + "(\n" + Pretty(*p->inner, level + 1) + "\n" + Indent(level) + ")";
  }
  if (const auto* s = expr.As<Subquery>()) return Pretty(*s->inner, level) + SubquerySuffix(*s);
  if (const auto* u = expr.As<Unary>()) {
    return Indent(level) + (u->negative ? "-" : "+") + std::string(Trim(Pretty(*u->inner, level)));
  }
  return Indent(level) + line;
}

}  // namespace

std::string Format(const Expr& expr) {
  return std::visit(OneLine(), expr.node);
}

std::string PrettyFormat(const Expr& expr) {
  return Pretty(expr, 0);
}

}  // namespace hinomi::promql
