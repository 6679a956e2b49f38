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

}  // namespace

Result<Elements> HistogramFunction(Evaluation& evaluation, const Call& call, int64_t at_ms) {
  if (call.function != "histogram_quantile") return Internal("not known: " + call.function);
  HN_TRY(const double q, evaluation.Scalar(*call.arguments[0], at_ms));
  HN_TRY(const Elements elements, evaluation.Vector(*call.arguments[1], at_ms));
  Elements out;
  for (const auto& [labels, counts] : Histograms(elements))
    out.push_back({labels, true, Quantile(evaluation, q, counts)});
  return out;
}

}  // namespace hinomi::promql::obvious
