#include <algorithm>
#include <cmath>

#include "promql/impl/binary_cells.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/lexer.h"

namespace hinomi::promql {

double Arithmetic(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::kAdd:
      return a + b;
    case BinaryOp::kSub:
      return a - b;
    case BinaryOp::kMul:
      return a * b;
    case BinaryOp::kDiv:
      return a / b;
    case BinaryOp::kMod:
      return std::fmod(a, b);
    case BinaryOp::kPow:
      return std::pow(a, b);
    case BinaryOp::kAtan2:
      return std::atan2(a, b);
    default:
      return kNan;
  }
}

bool Compare(BinaryOp op, double a, double b) {
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
    case BinaryOp::kLessEqual:
      return a <= b;
    default:
      return false;
  }
}

Table JoinSameLabels(Table table) {
  LabelsMap<size_t> seen;
  Table out;
  for (Series& series : table) {
    const auto [it, inserted] = seen.try_emplace(series.labels, out.size());
    Series* into = inserted ? nullptr : &out[it->second];
    bool apart = into != nullptr && into->drop_name == series.drop_name;
    for (size_t i = 0; apart && i < series.present.size(); ++i)
      apart = !(series.present[i] && into->present[i]);
    if (!apart) {
      out.push_back(std::move(series));
      continue;
    }
    for (size_t i = 0; i < series.present.size(); ++i) {
      if (series.present[i]) into->CopyStep(i, series, i);
    }
  }
  return out;
}

namespace {

constexpr size_t kNone = std::numeric_limits<size_t>::max();

/// What an operator makes of two values; nothing where a comparison filters.
std::optional<double> Apply(const Binary& binary, double a, double b, double kept) {
  if (!IsComparison(binary.op)) return Arithmetic(binary.op, a, b);
  const bool holds = Compare(binary.op, a, b);
  if (binary.return_bool) return holds ? 1.0 : 0.0;
  if (!holds) return std::nullopt;
  return kept;
}

/// Whether the result is still the metric that it was computed from.
bool KeepsMetric(const Binary& binary) {
  return (IsComparison(binary.op) || IsTrim(binary.op)) && !binary.return_bool;
}

/// One series that holds histograms, or any with an operator that needs some.
void SeriesWithScalar(CellOperator& op, bool vector_left, const Column& scalar, Series& series) {
  for (size_t i = 0; i < scalar.size(); ++i) {
    if (!series.present[i]) continue;
    const Cell cell = series.At(i), other(scalar[i]);
    CellResult out = vector_left ? op.Apply(cell, other, cell) : op.Apply(other, cell, cell);
    if (out.cell) {
      series.Put(i, *std::move(out.cell));
    } else {
      series.Remove(i);
    }
  }
}

Result<Table> VectorWithScalar(Evaluator& evaluator, const Binary& binary) {
  const bool vector_left = binary.left->type == ValueType::kVector;
  HN_TRY(Table table, evaluator.EvalVector(vector_left ? *binary.left : *binary.right));
  HN_TRY(const Column scalar, evaluator.EvalScalar(vector_left ? *binary.right : *binary.left));
  CellOperator cells(evaluator.context(), binary);
  for (Series& series : table) {
    if (!KeepsMetric(binary)) series.drop_name = true;
    if (!series.histograms.empty() || IsTrim(binary.op)) {
      SeriesWithScalar(cells, vector_left, scalar, series);
      HN_TRY_VOID(evaluator.context().ChargeHistograms(series));
      continue;
    }
    for (size_t i = 0; i < scalar.size(); ++i) {
      if (!series.present[i]) continue;
      const double v = series.values[i];
      const auto out =
          vector_left ? Apply(binary, v, scalar[i], v) : Apply(binary, scalar[i], v, v);
      series.present[i] = out.has_value();
      series.values[i] = out.value_or(0);
    }
  }
  std::erase_if(table, [](const Series& series) { return series.Empty(); });
  return table;
}

/// The labels by which series of both sides are matched.
metrics::Labels MatchGroup(const metrics::Labels& labels, const VectorMatching& matching) {
  std::vector<metrics::Labels::Pair> kept;
  for (const auto& pair : labels.pairs()) {
    const bool listed = std::find(matching.labels.begin(), matching.labels.end(), pair.first) !=
                        matching.labels.end();
    if (matching.on ? listed : !listed && pair.first != "__name__") kept.push_back(pair);
  }
  return metrics::Labels(std::move(kept));
}

/// Numbers the match groups of both sides.
struct Groups {
  LabelsMap<size_t> ids;
  std::vector<metrics::Labels> labels;

  std::vector<size_t> Number(const Table& table, const VectorMatching& matching) {
    std::vector<size_t> out;
    out.reserve(table.size());
    for (const Series& series : table) {
      metrics::Labels group = MatchGroup(series.labels, matching);
      const auto [it, inserted] = ids.try_emplace(group, labels.size());
      if (inserted) labels.push_back(std::move(group));
      out.push_back(it->second);
    }
    return out;
  }
};

Result<Table> SetOperation(Evaluator& evaluator, const Binary& binary, Table left, Table right) {
  Groups groups;
  const std::vector<size_t> left_groups = groups.Number(left, binary.matching);
  const std::vector<size_t> right_groups = groups.Number(right, binary.matching);
  const size_t steps = evaluator.grid().count;
  const bool is_or = binary.op == BinaryOp::kOr;
  HN_TRY_VOID(evaluator.context().Charge(steps));
  // Of `or` the left side hides the right; of the others the right decides.
  const Table& deciding = is_or ? left : right;
  const std::vector<size_t>& deciding_groups = is_or ? left_groups : right_groups;
  Table& decided = is_or ? right : left;
  const std::vector<size_t>& decided_groups = is_or ? right_groups : left_groups;
  std::vector<uint8_t> seen(groups.labels.size());
  for (size_t i = 0; i < steps; ++i) {
    std::fill(seen.begin(), seen.end(), uint8_t{0});
    for (size_t k = 0; k < deciding.size(); ++k) {
      if (deciding[k].present[i]) seen[deciding_groups[k]] = 1;
    }
    const uint8_t keep_if = binary.op == BinaryOp::kAnd ? 1 : 0;
    for (size_t k = 0; k < decided.size(); ++k) {
      if (seen[decided_groups[k]] != keep_if) decided[k].Remove(i);
    }
  }
  if (is_or) {
    for (Series& series : right) left.push_back(std::move(series));
  }
  std::erase_if(left, [](const Series& series) { return series.Empty(); });
  return is_or ? JoinSameLabels(std::move(left)) : std::move(left);
}

/// Arithmetic and comparisons between two vectors, one-to-one and many-to-one.
/// "many" is the left side unless group_right stands there.
class Matcher {
 public:
  Matcher(Evaluator& evaluator, const Binary& binary, Table left, Table right)
      : evaluator_(evaluator),
        binary_(binary),
        swapped_(binary.matching.cardinality == Cardinality::kOneToMany),
        many_(std::move(swapped_ ? right : left)),
        one_(std::move(swapped_ ? left : right)),  // The other one.
        fill_many_(binary.matching.fill_left),
        fill_one_(binary.matching.fill_right),
        cells_(evaluator.context(), binary),
        only_numbers_(!IsTrim(binary.op) && OnlyNumbers(many_) && OnlyNumbers(one_)) {}

  Result<Table> Run() {
    many_groups_ = groups_.Number(many_, binary_.matching);
    one_groups_ = groups_.Number(one_, binary_.matching);
    one_of_group_.assign(groups_.labels.size(), kNone);
    group_matched_.assign(groups_.labels.size(), 0);
    last_.assign(many_.size(), {});
    for (size_t i = 0; i < evaluator_.grid().count; ++i) {
      if ((i & 63) == 0) HN_TRY_VOID(evaluator_.context().CheckAlive());
      HN_TRY_VOID(Step(i));
    }
    std::erase_if(out_, [](const Series& series) { return series.Empty(); });
    for (Series& series : out_) HN_TRY_VOID(evaluator_.context().ChargeHistograms(series));
    evaluator_.context().Release(CellsOf(many_) + CellsOf(one_));
    return std::move(out_);
  }

 private:
  Status Step(size_t i) {
    const auto present = [i](const Series& series) { return series.present[i] != 0; };
    const bool any_many = std::any_of(many_.begin(), many_.end(), present);
    const bool any_one = std::any_of(one_.begin(), one_.end(), present);
    if ((!any_many && !fill_many_) || (!any_one && !fill_one_)) return {};
    std::fill(one_of_group_.begin(), one_of_group_.end(), kNone);
    std::fill(group_matched_.begin(), group_matched_.end(), uint8_t{0});
    for (size_t k = 0; k < one_.size(); ++k) {
      if (!one_[k].present[i]) continue;
      size_t& slot = one_of_group_[one_groups_[k]];
      if (slot != kNone) return DuplicateOnOneSide(k, slot);
      slot = k;
    }
    for (size_t k = 0; k < many_.size(); ++k) {
      if (!many_[k].present[i]) continue;
      const size_t one = one_of_group_[many_groups_[k]];
      if (one == kNone && !fill_one_) continue;
      HN_TRY_VOID(Emit(i, k, one, many_groups_[k]));
    }
    if (!fill_many_) return {};
    for (size_t k = 0; k < one_.size(); ++k) {
      if (one_[k].present[i] && !group_matched_[one_groups_[k]])
        HN_TRY_VOID(Emit(i, kNone, k, one_groups_[k]));
    }
    return {};
  }

  Error DuplicateOnOneSide(size_t a, size_t b) const {
    return InvalidArgument(
        "found duplicate series for the match group " + ShowLabels(groups_.labels[one_groups_[a]]) +
        " on the " + (swapped_ ? "left" : "right") + " hand-side of the operation: [" +
        ShowLabels(one_[a].labels) + ", " + ShowLabels(one_[b].labels) +
        "];many-to-many matching not allowed: matching labels must be unique on one side");
  }

  static bool OnlyNumbers(const Table& table) {
    return std::all_of(table.begin(), table.end(),
                       [](const Series& series) { return series.histograms.empty(); });
  }

  /// One result: `many` and `one` are indices, or kNone where filled in.
  Status Emit(size_t i, size_t many, size_t one, size_t group) {
    if (!only_numbers_) return EmitCell(i, many, one, group);
    HN_TRY(const size_t index, Claim(i, many, one, group));
    const double m = many == kNone ? *fill_many_ : many_[many].values[i];
    const double o = one == kNone ? *fill_one_ : one_[one].values[i];
    const double a = swapped_ ? o : m, b = swapped_ ? m : o;
    if (const auto value = Apply(binary_, a, b, a)) out_[index].Put(i, *value);
    return {};
  }

  Status EmitCell(size_t i, size_t many, size_t one, size_t group) {
    const Cell m = many == kNone ? Cell(*fill_many_) : many_[many].At(i);
    const Cell o = one == kNone ? Cell(*fill_one_) : one_[one].At(i);
    const Cell &a = swapped_ ? o : m, &b = swapped_ ? m : o;
    CellResult result = cells_.Apply(a, b, a);
    if (result.refused) return {};
    HN_TRY(const size_t index, Claim(i, many, one, group));
    if (result.cell) out_[index].Put(i, *std::move(result.cell));
    return {};
  }

  /// The series of a result, which is told apart from others of this step.
  Result<size_t> Claim(size_t i, size_t many, size_t one, size_t group) {
    const bool one_to_one = binary_.matching.cardinality == Cardinality::kOneToOne;
    if (one_to_one && group_matched_[group]) {
      return InvalidArgument(
          "multiple matches for labels: many-to-one matching must be explicit "
          "(group_left/group_right)");
    }
    group_matched_[group] = 1;
    HN_TRY(const size_t index, CachedOutputOf(many, one, group));
    if (claimed_at_[index] == i + 1) {
      if (one_to_one) return SameLabelset();
      return InvalidArgument(
          "multiple matches for labels: grouping labels must ensure unique matches");
    }
    claimed_at_[index] = i + 1;
    return index;
  }

  /// Series mostly meet the same partner as at the step before.
  Result<size_t> CachedOutputOf(size_t many, size_t one, size_t group) {
    if (many == kNone) return OutputOf(many, one, group);
    LastOutput& last = last_[many];
    if (last.one_plus_2 != one + 2) {
      HN_TRY(last.output, OutputOf(many, one, group));
      last.one_plus_2 = one + 2;
    }
    return last.output;
  }

  Result<size_t> OutputOf(size_t many, size_t one, size_t group) {
    const uint64_t pair = (static_cast<uint64_t>(many + 1) << 32) | static_cast<uint32_t>(one + 1);
    if (const auto it = output_of_pair_.find(pair); it != output_of_pair_.end()) return it->second;
    const metrics::Labels& many_labels = many == kNone ? groups_.labels[group] : many_[many].labels;
    const metrics::Labels& one_labels = one == kNone ? groups_.labels[group] : one_[one].labels;
    metrics::Labels labels = ResultLabels(many_labels, one_labels);
    const auto [it, inserted] = output_of_labels_.try_emplace(labels, out_.size());
    if (inserted) {
      HN_TRY(Series series, evaluator_.NewSeries(std::move(labels)));
      series.drop_name = binary_.return_bool || (many != kNone && many_[many].drop_name);
      out_.push_back(std::move(series));
      claimed_at_.push_back(0);
    }
    output_of_pair_[pair] = it->second;
    return it->second;
  }

  metrics::Labels ResultLabels(const metrics::Labels& many, const metrics::Labels& one) const {
    const VectorMatching& matching = binary_.matching;
    const bool changed = !IsComparison(binary_.op) && !IsTrim(binary_.op);
    metrics::Labels labels = changed ? WithoutName(many) : many;
    if (matching.cardinality == Cardinality::kOneToOne) {
      std::vector<metrics::Labels::Pair> kept;
      for (const auto& pair : labels.pairs()) {
        const bool listed = std::find(matching.labels.begin(), matching.labels.end(), pair.first) !=
                            matching.labels.end();
        if (listed == matching.on) kept.push_back(pair);
      }
      labels = metrics::Labels(std::move(kept));
    }
    for (const std::string& label : matching.include) labels.Set(label, one.Get(label));
    return labels;
  }

  Evaluator& evaluator_;
  const Binary& binary_;
  const bool swapped_;
  const Table many_, one_;
  // With group_right too fill_left stands for the many: that is how
  // Prometheus 3.14 reads it.
  const std::optional<double> fill_many_, fill_one_;
  CellOperator cells_;
  const bool only_numbers_;
  Groups groups_;
  std::vector<size_t> many_groups_, one_groups_;
  std::vector<size_t> one_of_group_;
  std::vector<uint8_t> group_matched_;
  struct LastOutput {
    size_t one_plus_2 = 0;  ///< 0: none yet; kNone (filled in) becomes 1.
    size_t output = 0;
  };
  std::vector<LastOutput> last_;
  std::unordered_map<uint64_t, size_t> output_of_pair_;
  LabelsMap<size_t> output_of_labels_;
  std::vector<size_t> claimed_at_;  ///< Step + 1 at which an output was last used.
  Table out_;
};

}  // namespace

Result<Table> EvalBinary(Evaluator& evaluator, const Binary& binary) {
  const HistogramNeed need(IsTrim(binary.op) ? &evaluator.context().wants_buckets : nullptr);
  const bool vectors =
      binary.left->type == ValueType::kVector && binary.right->type == ValueType::kVector;
  if (!vectors) return VectorWithScalar(evaluator, binary);
  HN_TRY(Table left, evaluator.EvalVector(*binary.left));
  HN_TRY(Table right, evaluator.EvalVector(*binary.right));
  if (IsSetOperator(binary.op))
    return SetOperation(evaluator, binary, std::move(left), std::move(right));
  return Matcher(evaluator, binary, std::move(left), std::move(right)).Run();
}

Result<Column> EvalBinaryScalars(Evaluator& evaluator, const Binary& binary) {
  if (IsTrim(binary.op)) {
    return InvalidArgument("operator " + Quote(BinaryOpText(binary.op)) +
                           " not allowed for Scalar operations: a histogram stands on its left");
  }
  HN_TRY(Column left, evaluator.EvalScalar(*binary.left));
  HN_TRY(const Column right, evaluator.EvalScalar(*binary.right));
  for (size_t i = 0; i < left.size(); ++i) {
    left[i] = Apply(binary, left[i], right[i], left[i]).value_or(kNan);
  }
  return left;
}

}  // namespace hinomi::promql
