#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "promql/obvious_parts_testing.h"

// Aggregation operators.
namespace hinomi::promql::obvious {
namespace {

metrics::Labels GroupOf(const metrics::Labels& labels, const std::vector<std::string>& grouping,
                        bool without) {
  metrics::Labels group = without ? Nameless(labels) : metrics::Labels();
  for (const std::string& name : grouping) group.Set(name, without ? "" : labels.Get(name));
  return group;
}

std::map<metrics::Labels, Elements> Grouped(Evaluation& evaluation, const Elements& elements,
                                            const std::vector<std::string>& grouping,
                                            bool without) {
  std::map<metrics::Labels, Elements> groups;
  for (const Element& element : elements) {
    Elements& group = groups[GroupOf(element.labels, grouping, without)];
    // Of one name, and a function took it from some: whether it goes from all is nowhere said.
    if (!group.empty() && group.front().drop_name != element.drop_name) evaluation.LeaveOpen();
    group.push_back(element);
  }
  return groups;
}

std::vector<double> ValuesOf(const Elements& elements) {
  std::vector<double> values;
  for (const Element& element : elements) values.push_back(element.value);
  return values;
}

double Folded(Evaluation& evaluation, AggregateOp op, double parameter,
              const std::vector<double>& values) {
  switch (op) {
    case AggregateOp::kSum:
      return SumOf(evaluation, values);
    case AggregateOp::kAvg:
      return MeanOf(evaluation, values);
    case AggregateOp::kMin:
      return LeastOf(values);
    case AggregateOp::kMax:
      return GreatestOf(values);
    case AggregateOp::kCount:
      return static_cast<double>(values.size());
    case AggregateOp::kStdvar:
      return VarianceOf(evaluation, values);
    case AggregateOp::kStddev:
      return std::sqrt(VarianceOf(evaluation, values));
    case AggregateOp::kQuantile:
      return QuantileOf(parameter, values);
    default:
      return 1;
  }
}

/// topk and bottomk: NaN comes last in both.
void Rank(Evaluation& evaluation, bool top, size_t keep, Elements& group) {
  std::sort(group.begin(), group.end(), [top](const Element& a, const Element& b) {
    if (std::isnan(b.value)) return !std::isnan(a.value);
    return top ? a.value > b.value : a.value < b.value;
  });
  if (keep == 0 || keep >= group.size()) return;
  const double last = group[keep - 1].value, next = group[keep].value;
  evaluation.Decide(last, next);
  if (last == next || (std::isnan(last) && std::isnan(next))) evaluation.LeaveOpen();
}

Result<Elements> Chosen(Evaluation& evaluation, const Aggregate& aggregate, double k,
                        const Elements& elements) {
  // Too little for an integer at one step fails at the others, too.
  if (k <= -0x1p63 && evaluation.times().step_ms > 0) evaluation.LeaveOpen();
  if (k < 1) return Elements();
  if (std::isnan(k)) return InvalidArgument("Parameter value is NaN");
  if (k >= 0x1p63) return InvalidArgument("overflows int64");
  evaluation.Decide(k, std::round(k));
  Elements out;
  for (auto& [labels, group] :
       Grouped(evaluation, elements, aggregate.grouping, aggregate.without)) {
    Elements ranked = group;
    const auto keep = static_cast<size_t>(std::min(k, static_cast<double>(group.size())));
    if (aggregate.op == AggregateOp::kLimitk) {
      if (keep < group.size()) evaluation.LeaveOpen();  // Any of them.
    } else {
      Rank(evaluation, aggregate.op == AggregateOp::kTopk, keep, ranked);
    }
    out.insert(out.end(), ranked.begin(), ranked.begin() + static_cast<ptrdiff_t>(keep));
  }
  return out;
}

/// As Go prints it: all digits that are needed, no exponent.
std::string Digits(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char text[400];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
  return {text, end};
}

/// The values become labels, and then whoever has the same labels is counted.
Result<Elements> CountedValues(Evaluation& evaluation, const Aggregate& aggregate,
                               const Elements& elements) {
  const std::string& label = Unparenthesised(*aggregate.parameter).As<StringLiteral>()->value;
  if (label.empty()) return InvalidArgument("no label");
  Elements labelled = elements;
  for (Element& element : labelled) {
    if (!evaluation.IsSure(element.value)) evaluation.LeaveOpen();
    element.labels.Set(label, Digits(element.value));
  }
  Elements out;
  std::vector<std::string> grouping = aggregate.grouping;
  if (!aggregate.without) grouping.push_back(label);
  for (const auto& [labels, group] : Grouped(evaluation, labelled, grouping, aggregate.without))
    out.push_back({labels, group.front().drop_name, static_cast<double>(group.size())});
  return out;
}

}  // namespace

Result<Elements> Aggregated(Evaluation& evaluation, const Aggregate& aggregate, int64_t at_ms) {
  HN_TRY(const Elements elements, evaluation.Vector(*aggregate.inner, at_ms));
  if (aggregate.op == AggregateOp::kCountValues)
    return CountedValues(evaluation, aggregate, elements);
  double parameter = 0;
  if (aggregate.parameter) {
    HN_TRY(parameter, evaluation.Scalar(*aggregate.parameter, at_ms));
  }
  switch (aggregate.op) {
    case AggregateOp::kTopk:
    case AggregateOp::kBottomk:
    case AggregateOp::kLimitk:
      return Chosen(evaluation, aggregate, parameter, elements);
    case AggregateOp::kLimitRatio:
      // Which part it is that is chosen is nowhere said, but all of them are 1.
      if (parameter > -1 && parameter < 1 && parameter != 0) evaluation.LeaveOpen();
      return parameter == 0 ? Elements() : elements;
    default:
      break;
  }
  Elements out;
  for (const auto& [labels, group] :
       Grouped(evaluation, elements, aggregate.grouping, aggregate.without)) {
    out.push_back({labels, group.front().drop_name,
                   Folded(evaluation, aggregate.op, parameter, ValuesOf(group))});
  }
  return out;
}

}  // namespace hinomi::promql::obvious
