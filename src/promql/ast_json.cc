#include "promql/ast_json.h"

#include <charconv>
#include <cmath>

#include "base/strings.h"
#include "promql/impl/function_table.h"

namespace hinomi::promql {
namespace {

// Of the wire, where messages say "instant vector".
std::string_view WireTypeName(ValueType type) {
  switch (type) {
    case ValueType::kScalar:
      return "scalar";
    case ValueType::kVector:
      return "vector";
    case ValueType::kMatrix:
      return "matrix";
    case ValueType::kString:
      return "string";
    case ValueType::kNone:
      break;
  }
  return "none";
}

std::string_view CardinalityName(Cardinality cardinality) {
  switch (cardinality) {
    case Cardinality::kOneToOne:
      return "one-to-one";
    case Cardinality::kManyToOne:
      return "many-to-one";
    case Cardinality::kOneToMany:
      return "one-to-many";
    case Cardinality::kManyToMany:
      break;
  }
  return "many-to-many";
}

std::string_view MatcherSign(metrics::MatchType type) {
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

/// All digits, without an exponent: Go's 'f' format.
std::string FixedText(double value) {
  if (!std::isfinite(value)) return FormatDouble(value);
  char buffer[400];  // The largest double has 309 digits, the smallest 324 behind the point.
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr;
  return {buffer, end};
}

Json Names(const std::vector<std::string>& names) {
  Json list = Json::MakeArray();
  for (const std::string& name : names) list.Append(name);
  return list;
}

Json Millis(const DurationPtr& duration) {
  if (!duration || duration->kind != DurationExpr::Kind::kConstant) return 0;
  return static_cast<int64_t>(std::llround(duration->seconds * 1000));
}

Json MatcherJson(const metrics::Matcher& matcher) {
  return Json::MakeObject()
      .Set("name", matcher.label)
      .Set("type", MatcherSign(matcher.type))
      .Set("value", matcher.value);
}

/// The condition on the name comes last, as in Prometheus.
Json MatchersOf(const VectorSelector& selector) {
  const metrics::Matcher name{"__name__", metrics::MatchType::kEqual, selector.name};
  Json list = Json::MakeArray();
  for (const metrics::Matcher& matcher : selector.matchers)
    if (matcher != name) list.Append(MatcherJson(matcher));
  if (!selector.name.empty()) list.Append(MatcherJson(name));
  return list;
}

Json StartOrEnd(const TimeModifiers& time) {
  if (time.at == TimeModifiers::At::kStart) return "start";
  if (time.at == TimeModifiers::At::kEnd) return "end";
  return {};
}

Json TimestampOf(const TimeModifiers& time) {
  return time.at == TimeModifiers::At::kTime ? Json(time.at_ms) : Json();
}

/// A selector; with `range` the matrix over it.
Json SelectorJson(const VectorSelector& selector, const DurationPtr* range) {
  Json out = Json::MakeObject()
                 .Set("anchored", selector.mode == RangeMode::kAnchored)
                 .Set("matchers", MatchersOf(selector))
                 .Set("name", selector.name)
                 .Set("offset", Millis(selector.time.offset));
  if (range != nullptr) out.Set("range", Millis(*range));
  return out.Set("smoothed", selector.mode == RangeMode::kSmoothed)
      .Set("startOrEnd", StartOrEnd(selector.time))
      .Set("timestamp", TimestampOf(selector.time))
      .Set("type", range != nullptr ? "matrixSelector" : "vectorSelector");
}

Json Fill(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

/// Null unless both sides are vectors: else there is nothing to match.
Json MatchingJson(const Binary& binary) {
  if (binary.left->type != ValueType::kVector || binary.right->type != ValueType::kVector)
    return {};
  const VectorMatching& matching = binary.matching;
  return Json::MakeObject()
      .Set("card", CardinalityName(matching.cardinality))
      .Set("fillValues", Json::MakeObject()
                             .Set("lhs", Fill(matching.fill_left))
                             .Set("rhs", Fill(matching.fill_right)))
      .Set("include", Names(matching.include))
      .Set("labels", Names(matching.labels))
      .Set("on", matching.on);
}

Json FunctionJson(const std::string& name) {
  Json out = Json::MakeObject();
  const FunctionSignature* signature = FindFunction(name);
  if (signature == nullptr) return out.Set("name", name);  // The parser knows all it lets pass.
  Json types = Json::MakeArray();
  for (const ValueType type : signature->arguments) types.Append(WireTypeName(type));
  return out.Set("argTypes", std::move(types))
      .Set("name", name)
      .Set("returnType", WireTypeName(signature->result))
      .Set("variadic", signature->variadic);
}

// Each builds its object in place: a chain that is returned would copy what is below it.
struct AstNode {
  Json operator()(const NumberLiteral& n) const {
    return Json::MakeObject().Set("type", "numberLiteral").Set("val", FixedText(n.value));
  }
  Json operator()(const StringLiteral& s) const {
    return Json::MakeObject().Set("type", "stringLiteral").Set("val", s.value);
  }
  Json operator()(const VectorSelector& s) const { return SelectorJson(s, nullptr); }
  Json operator()(const MatrixSelector& m) const {
    return SelectorJson(*m.selector->As<VectorSelector>(), &m.range);
  }
  Json operator()(const Subquery& s) const {
    Json out = Json::MakeObject();
    out.Set("expr", AstJson(*s.inner))
        .Set("offset", Millis(s.time.offset))
        .Set("range", Millis(s.range))
        .Set("startOrEnd", StartOrEnd(s.time))
        .Set("step", Millis(s.step))
        .Set("timestamp", TimestampOf(s.time))
        .Set("type", "subquery");
    return out;
  }
  Json operator()(const Aggregate& a) const {
    Json out = Json::MakeObject();
    out.Set("expr", AstJson(*a.inner))
        .Set("grouping", Names(a.grouping))
        .Set("op", AggregateOpText(a.op))
        .Set("param", a.parameter ? AstJson(*a.parameter) : Json())
        .Set("type", "aggregation")
        .Set("without", a.without);
    return out;
  }
  Json operator()(const Binary& b) const {
    Json out = Json::MakeObject();
    out.Set("bool", b.return_bool)
        .Set("lhs", AstJson(*b.left))
        .Set("matching", MatchingJson(b))
        .Set("op", BinaryOpText(b.op))
        .Set("rhs", AstJson(*b.right))
        .Set("type", "binaryExpr");
    return out;
  }
  Json operator()(const Unary& u) const {
    Json out = Json::MakeObject();
    out.Set("expr", AstJson(*u.inner)).Set("op", u.negative ? "-" : "+").Set("type", "unaryExpr");
    return out;
  }
  Json operator()(const Call& c) const {
    Json arguments = Json::MakeArray();
    for (const ExprPtr& argument : c.arguments) arguments.Append(AstJson(*argument));
    Json out = Json::MakeObject();
    out.Set("args", std::move(arguments)).Set("func", FunctionJson(c.function)).Set("type", "call");
    return out;
  }
  Json operator()(const Paren& p) const {
    Json out = Json::MakeObject();
    out.Set("expr", AstJson(*p.inner)).Set("type", "parenExpr");
    return out;
  }
};

}  // namespace

Json AstJson(const Expr& expr) {
  return std::visit(AstNode(), expr.node);
}

}  // namespace hinomi::promql
