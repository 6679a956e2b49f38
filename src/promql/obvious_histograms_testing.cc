#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "promql/obvious_parts_testing.h"

// Functions of classic histograms: series that count what is at most `le`.
namespace hinomi::promql::obvious {
namespace {

/// How many are at most a bound, by bound.
using Counts = std::map<double, double>;

std::optional<double> BoundOf(const metrics::Labels& labels) {
  const std::string text(labels.Get("le"));
  char* end = nullptr;
  const double bound = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return std::nullopt;
  return bound;
}

std::map<metrics::Labels, Counts> Histograms(const Elements& elements) {
  std::map<metrics::Labels, Counts> out;
  for (const Element& element : elements) {
    const std::optional<double> bound = BoundOf(element.labels);
    if (!bound) continue;
    metrics::Labels labels = element.labels;
    labels.Set("le", "");
    out[labels][*bound] += element.value;
  }
  return out;
}

/// More can never be at most a lower bound: counts that fall are taken to stay.
void NeverFall(Evaluation& evaluation, Counts& counts) {
  double before = counts.begin()->second;
  for (auto& [bound, count] : counts) {
    const double difference = std::abs(count - before), sum = std::abs(count) + std::abs(before);
    const bool rounding = sum > 0 && count != 0 && before != 0 && difference / sum < 1e-12;
    if (sum > 0 && difference / sum < 1e-9 && difference > 0) evaluation.LeaveOpen();
    if (count < before || rounding) count = before;
    before = count;
  }
}

double Quantile(Evaluation& evaluation, double q, Counts counts) {
  if (std::isnan(q)) return kNoNumber;
  if (q < 0) return -kEndless;
  if (q > 1) return kEndless;
  if (counts.rbegin()->first != kEndless) return kNoNumber;
  NeverFall(evaluation, counts);
  if (counts.size() < 2 || counts.rbegin()->second == 0) return kNoNumber;
  const double rank = q * counts.rbegin()->second;
  for (auto it = counts.begin(); std::next(it) != counts.end(); ++it)
    if (std::isnan(it->second)) evaluation.LeaveOpen();  // Where one begins to search shows.
  auto bucket = counts.begin();
  for (; std::next(bucket) != counts.end(); ++bucket) {
    evaluation.Decide(bucket->second, rank);
    if (bucket->second >= rank) break;
  }
  if (std::next(bucket) == counts.end()) return std::prev(bucket)->first;
  if (bucket != counts.begin()) {
    const auto [start, below] = *std::prev(bucket);
    return start + (bucket->first - start) * ((rank - below) / (bucket->second - below));
  }
  if (bucket->first <= 0) return bucket->first;
  return 0 + bucket->first * (rank / bucket->second);
}

/// How many are below a value, where those of a bucket lie evenly in it.
double CountBelow(const Counts& counts, double value) {
  double start = counts.begin()->first > 0 ? 0 : -kEndless, before = 0;
  for (const auto& [bound, count] : counts) {
    if (start >= value) return before;
    if (bound > value && std::isinf(start)) return count;
    if (bound > value) return before + (count - before) * (value - start) / (bound - start);
    start = bound;
    before = count;
  }
  return before;
}

double Fraction(Evaluation& evaluation, double lower, double upper, const Counts& counts) {
  if (counts.rbegin()->first != kEndless) return kNoNumber;
  const double all = counts.rbegin()->second;
  if (all == 0 || std::isnan(lower) || std::isnan(upper)) return kNoNumber;
  for (const auto& [bound, count] : counts)
    if (!std::isfinite(count)) evaluation.LeaveOpen();
  if (lower >= upper) return 0;
  const double below_upper = CountBelow(counts, upper), below_lower = CountBelow(counts, lower);
  evaluation.Decide(below_upper, below_lower);
  return (std::min(below_upper, all) - std::min(below_lower, all)) / all;
}

}  // namespace

Result<Elements> HistogramFunction(Evaluation& evaluation, const Call& call, int64_t at_ms) {
  const bool fraction = call.function == "histogram_fraction";
  const bool quantiles = call.function == "histogram_quantiles";
  HN_TRY(const Elements elements, evaluation.Vector(*call.arguments[quantiles  ? 0
                                                                    : fraction ? 2
                                                                               : 1],
                                                    at_ms));
  std::vector<double> scalars;
  for (const ExprPtr& argument : call.arguments) {
    if (argument->type != ValueType::kScalar) continue;
    HN_TRY(const double scalar, evaluation.Scalar(*argument, at_ms));
    scalars.push_back(scalar);
  }
  Elements out;
  for (const auto& [labels, counts] : Histograms(elements)) {
    if (fraction) {
      out.push_back({labels, true, Fraction(evaluation, scalars[0], scalars[1], counts)});
    } else if (!quantiles) {
      out.push_back({labels, true, Quantile(evaluation, scalars[0], counts)});
    }
    for (const double q : quantiles ? scalars : std::vector<double>()) {
      metrics::Labels labelled = labels;
      labelled.Set(Unparenthesised(*call.arguments[1]).As<StringLiteral>()->value,
                   q == 0.5 ? "0.5" : "1.0");  // The only ones that are asked for.
      out.push_back({labelled, true, Quantile(evaluation, q, counts)});
    }
  }
  return out;
}

}  // namespace hinomi::promql::obvious
