#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "promql/obvious_parts_testing.h"

// Binary operators.
namespace hinomi::promql::obvious {
namespace {

double Calculated(Evaluation& evaluation, BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::kAdd:
      if (std::signbit(a) != std::signbit(b)) evaluation.Decide(a, -b);
      return a + b;
    case BinaryOp::kSub:
      evaluation.Decide(a, b);
      return a - b;
    case BinaryOp::kMul:
      return a * b;
    case BinaryOp::kDiv:
      return a / b;
    case BinaryOp::kMod:
      if (!evaluation.IsSure(a) || !evaluation.IsSure(b))
        evaluation.LeaveOpen();  // Digits are lost, or it jumps.
      return std::fmod(a, b);
    case BinaryOp::kPow:
      if (a < 0) evaluation.Decide(b, std::round(b));
      evaluation.Decide(a, 0);
      evaluation.Decide(a, 1);
      if (std::abs(b) > 100) evaluation.LeaveOpen();
      return std::pow(a, b);
    default:
      evaluation.Decide(a, 0);
      return std::atan2(a, b);
  }
}

bool Holds(Evaluation& evaluation, BinaryOp op, double a, double b) {
  evaluation.Decide(a, b);
  switch (op) {
    case BinaryOp::kEqual:
      return a == b;
    case BinaryOp::kNotEqual:
      return a != b;
    case BinaryOp::kGreater:
      return a > b;
    case BinaryOp::kLess:
      return a < b;
    case BinaryOp::kGreaterEqual:
      return a >= b;
    default:
      return a <= b;
  }
}

/// What becomes of two values; nothing where a comparison does not hold. `kept` is what stays
/// where it does.
std::optional<double> PairOutcome(Evaluation& evaluation, const Binary& binary, double a, double b,
                                  double kept) {
  if (!IsComparison(binary.op)) return Calculated(evaluation, binary.op, a, b);
  const bool holds = Holds(evaluation, binary.op, a, b);
  if (binary.return_bool) return holds ? 1 : 0;
  return holds ? std::optional(kept) : std::nullopt;
}

/// Whether the result is no longer the metric that it came from.
bool TakesName(const Binary& binary) {
  return !IsComparison(binary.op) || binary.return_bool;
}

Result<Elements> WithScalar(Evaluation& evaluation, const Binary& binary, int64_t at_ms) {
  const bool vector_left = binary.left->type == ValueType::kVector;
  const Expr& vector = vector_left ? *binary.left : *binary.right;
  HN_TRY(const double scalar, evaluation.Scalar(vector_left ? *binary.right : *binary.left, at_ms));
  HN_TRY(const Elements elements, evaluation.Vector(vector, at_ms));
  Elements out;
  for (const Element& element : elements) {
    const double v = element.value;
    const auto value = vector_left ? PairOutcome(evaluation, binary, v, scalar, v)
                                   : PairOutcome(evaluation, binary, scalar, v, v);
    if (value) out.push_back({element.labels, element.drop_name || TakesName(binary), *value});
  }
  return out;
}

bool IsListed(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The labels by which elements of both sides find each other.
metrics::Labels KeyOf(const metrics::Labels& labels, const VectorMatching& matching) {
  std::vector<metrics::Labels::Pair> kept;
  for (const auto& pair : labels.pairs()) {
    if (!matching.on && pair.first == "__name__") continue;
    if (IsListed(matching.labels, pair.first) == matching.on) kept.push_back(pair);
  }
  return metrics::Labels(kept);
}

Elements SetOperation(const Binary& binary, const Elements& left, const Elements& right) {
  std::set<metrics::Labels> left_keys, right_keys;
  for (const Element& element : left) left_keys.insert(KeyOf(element.labels, binary.matching));
  for (const Element& element : right) right_keys.insert(KeyOf(element.labels, binary.matching));
  Elements out;
  for (const Element& element : left) {
    const bool there = right_keys.contains(KeyOf(element.labels, binary.matching));
    if (binary.op == BinaryOp::kOr || there == (binary.op == BinaryOp::kAnd))
      out.push_back(element);
  }
  for (const Element& element : right) {
    const bool there = left_keys.contains(KeyOf(element.labels, binary.matching));
    if (binary.op == BinaryOp::kOr && !there) out.push_back(element);
  }
  return out;
}

metrics::Labels LabelsOfPair(const Binary& binary, const metrics::Labels& many,
                             const metrics::Labels& one) {
  const VectorMatching& matching = binary.matching;
  metrics::Labels labels = IsComparison(binary.op) ? many : Nameless(many);
  if (matching.cardinality == Cardinality::kOneToOne) {
    std::vector<metrics::Labels::Pair> kept;
    for (const auto& pair : labels.pairs())
      if (IsListed(matching.labels, pair.first) == matching.on) kept.push_back(pair);
    labels = metrics::Labels(kept);
  }
  for (const std::string& name : matching.include) labels.Set(name, one.Get(name));
  return labels;
}

/// Pairs the elements of two sides and gathers what becomes of them.
class Pairing {
 public:
  Pairing(Evaluation& evaluation, const Binary& binary)
      : evaluation_(evaluation),
        binary_(binary),
        one_to_one_(binary.matching.cardinality == Cardinality::kOneToOne),
        one_is_left_(binary.matching.cardinality == Cardinality::kOneToMany) {}

  Result<Elements> Of(const Elements& left, const Elements& right) {
    const VectorMatching& matching = binary_.matching;
    const Elements &many = one_is_left_ ? right : left, &one = one_is_left_ ? left : right;
    if (many.empty() && !matching.fill_left) return Elements();
    if (one.empty() && !matching.fill_right) return Elements();
    std::map<metrics::Labels, Element> partners;
    for (const Element& element : one) {
      if (!partners.try_emplace(KeyOf(element.labels, matching), element).second)
        return InvalidArgument("found duplicate series for the match group");
    }
    for (const Element& element : many) {
      const metrics::Labels key = KeyOf(element.labels, matching);
      const auto partner = partners.find(key);
      if (partner != partners.end()) {
        HN_TRY_VOID(Pair(element, partner->second, key));
      } else if (matching.fill_right) {
        HN_TRY_VOID(Pair(element, {key, false, *matching.fill_right}, key));
      }
    }
    if (!matching.fill_left) return out_;
    const auto matched = made_;
    for (const auto& [key, element] : partners)
      if (!matched.contains(key))
        HN_TRY_VOID(Pair({key, false, *matching.fill_left}, element, key));
    return out_;
  }

 private:
  Status Pair(const Element& many, const Element& one, const metrics::Labels& key) {
    const double a = one_is_left_ ? one.value : many.value;
    const double b = one_is_left_ ? many.value : one.value;
    const auto value = PairOutcome(evaluation_, binary_, a, b, a);
    const metrics::Labels labels = LabelsOfPair(binary_, many.labels, one.labels);
    auto& made = made_[key];
    if (one_to_one_ ? !made.empty() : made.contains(labels))
      return InvalidArgument("multiple matches for labels");
    made.insert(labels);
    if (value) out_.push_back({labels, binary_.return_bool || many.drop_name, *value});
    return {};
  }

  Evaluation& evaluation_;
  const Binary& binary_;
  const bool one_to_one_;
  const bool one_is_left_;
  /// The labels of what was made, by key, whether a comparison held or not.
  std::map<metrics::Labels, std::set<metrics::Labels>> made_;
  Elements out_;
};

}  // namespace

double CombinedScalars(Evaluation& evaluation, BinaryOp op, double a, double b) {
  if (IsComparison(op)) return Holds(evaluation, op, a, b) ? 1 : 0;
  return Calculated(evaluation, op, a, b);
}

Result<Elements> Combined(Evaluation& evaluation, const Binary& binary, int64_t at_ms) {
  const bool vectors =
      binary.left->type == ValueType::kVector && binary.right->type == ValueType::kVector;
  if (!vectors) return WithScalar(evaluation, binary, at_ms);
  HN_TRY(const Elements left, evaluation.Vector(*binary.left, at_ms));
  HN_TRY(const Elements right, evaluation.Vector(*binary.right, at_ms));
  if (IsSetOperator(binary.op)) return SetOperation(binary, left, right);
  return Pairing(evaluation, binary).Of(left, right);
}

}  // namespace hinomi::promql::obvious
