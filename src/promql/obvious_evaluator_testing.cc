#include "promql/obvious_evaluator_testing.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "metrics/matcher.h"
#include "promql/obvious_parts_testing.h"

namespace hinomi::promql::obvious {

metrics::Labels Nameless(metrics::Labels labels) {
  labels.Set("__name__", "");
  return labels;
}

Error TwoOfOneName() {
  return InvalidArgument("vector cannot contain metrics with the same labelset");
}

Status CheckLabelsDiffer(const Elements& elements) {
  std::set<metrics::Labels> seen;
  for (const Element& element : elements)
    if (!seen.insert(element.labels).second) return TwoOfOneName();
  return {};
}

bool IsExact(double value) {
  return std::abs(value) < 0x1p40 && value * 1024 == std::floor(value * 1024);
}

void Evaluation::Decide(double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b) || (IsSure(a) && IsSure(b))) return;
  if (std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)})) LeaveOpen();
}

Result<double> Evaluation::Seconds(const DurationExpr& duration) const {
  using Kind = DurationExpr::Kind;
  double left = 0, right = 0;
  if (duration.left) {
    HN_TRY(left, Seconds(*duration.left));
  }
  if (duration.right) {
    HN_TRY(right, Seconds(*duration.right));
  }
  switch (duration.kind) {
    case Kind::kConstant:
      return duration.seconds;
    case Kind::kStep:
      return static_cast<double>(times_.step_ms) / 1000;
    case Kind::kRange:
      return static_cast<double>(times_.end_ms - times_.start_ms) / 1000;
    case Kind::kNegate:
      return -left;
    case Kind::kAdd:
      return left + right;
    case Kind::kSub:
      return left - right;
    case Kind::kMul:
      return left * right;
    case Kind::kDiv:
      if (right == 0) return InvalidArgument("division by zero");
      return left / right;
    default:
      return left;
  }
}

Result<int64_t> Evaluation::Length(const DurationExpr& duration) const {
  HN_TRY(const double seconds, Seconds(duration));
  if (seconds * 1000 < 0.5) return InvalidArgument("a duration must be greater than 0");
  return std::llround(seconds * 1000);
}

Result<int64_t> Evaluation::Moved(const TimeModifiers& time, int64_t at_ms) const {
  if (time.at == TimeModifiers::At::kTime) at_ms = time.at_ms;
  if (time.at == TimeModifiers::At::kStart) at_ms = times_.start_ms;
  if (time.at == TimeModifiers::At::kEnd) at_ms = times_.end_ms;
  if (!time.offset) return at_ms;
  HN_TRY(const double seconds, Seconds(*time.offset));
  return at_ms - std::llround(seconds * 1000);
}

namespace {

/// The line between the neighbours of a time, or what was before it.
std::optional<double> OnLine(const Series& series, int64_t when_ms) {
  const metrics::Sample *before = nullptr, *after = nullptr;
  for (const metrics::Sample& sample : series.samples) {
    if (metrics::IsStaleMarker(sample.value)) continue;
    if (sample.at_ms <= when_ms - kLookbackMs || sample.at_ms > when_ms + kLookbackMs) continue;
    if (sample.at_ms <= when_ms) before = &sample;
    if (sample.at_ms > when_ms && after == nullptr) after = &sample;
  }
  if (before == nullptr) return std::nullopt;
  if (after == nullptr || before->at_ms == when_ms) return before->value;
  return Between(*before, *after, when_ms, false);
}

}  // namespace

Result<Elements> Evaluation::Select(const VectorSelector& selector, int64_t at_ms, bool times) {
  HN_TRY(const auto matchers, metrics::CompileAll(selector.matchers));
  HN_TRY(const int64_t when_ms, Moved(selector.time, at_ms));
  Elements out;
  for (const Series& series : data_) {
    if (!metrics::MatchesAll(matchers, series.labels)) continue;
    if (selector.mode == RangeMode::kSmoothed) {
      if (times) LeaveOpen();
      if (const auto value = OnLine(series, when_ms)) out.push_back({series.labels, false, *value});
      continue;
    }
    const metrics::Sample* newest = nullptr;
    for (const metrics::Sample& sample : series.samples)
      if (sample.at_ms <= when_ms) newest = &sample;
    if (newest == nullptr || newest->at_ms <= when_ms - kLookbackMs) continue;
    if (metrics::IsStaleMarker(newest->value)) continue;
    const double value = times ? static_cast<double>(newest->at_ms) / 1000 : newest->value;
    out.push_back({series.labels, false, value});
  }
  return out;
}

Result<Windows> Evaluation::Range(const Expr& expr, int64_t at_ms) {
  const Expr& inner = Unparenthesised(expr);
  if (const auto* subquery = inner.As<Subquery>()) return RangeOfSubquery(*subquery, at_ms);
  const auto& matrix = *inner.As<MatrixSelector>();
  const auto& selector = *matrix.selector->As<VectorSelector>();
  HN_TRY(const auto matchers, metrics::CompileAll(selector.matchers));
  Windows out;
  out.mode = selector.mode;
  HN_TRY(const int64_t range_ms, Length(*matrix.range));
  HN_TRY(out.end_ms, Moved(selector.time, at_ms));
  out.start_ms = out.end_ms - range_ms;
  const int64_t before_ms = out.mode == RangeMode::kPlain ? 0 : kLookbackMs;
  const int64_t behind_ms = out.mode == RangeMode::kSmoothed ? kLookbackMs : 0;
  for (const Series& series : data_) {
    if (!metrics::MatchesAll(matchers, series.labels)) continue;
    Window window{series.labels, false, {}};
    for (const metrics::Sample& sample : series.samples) {
      const bool inside =
          sample.at_ms > out.start_ms - before_ms && sample.at_ms <= out.end_ms + behind_ms;
      if (inside && !metrics::IsStaleMarker(sample.value)) window.samples.push_back(sample);
    }
    if (!window.samples.empty()) out.elements.push_back(std::move(window));
  }
  return out;
}

Result<Windows> Evaluation::RangeOfSubquery(const Subquery& subquery, int64_t at_ms) {
  Windows out;
  HN_TRY(const int64_t range_ms, Length(*subquery.range));
  HN_TRY(out.end_ms, Moved(subquery.time, at_ms));
  out.start_ms = out.end_ms - range_ms;
  int64_t step_ms = kDefaultStepMs;
  if (subquery.step) {
    HN_TRY(step_ms, Length(*subquery.step));
  }
  std::map<metrics::Labels, Window> found;
  int64_t when_ms = out.start_ms / step_ms * step_ms - step_ms;
  for (; when_ms <= out.end_ms; when_ms += step_ms) {
    if (when_ms <= out.start_ms) continue;
    HN_TRY(const Elements elements, Vector(*subquery.inner, when_ms));
    for (const Element& element : elements) {
      const Window fresh{element.labels, element.drop_name, {}};
      Window& window = found.try_emplace(element.labels, fresh).first->second;
      // Once with a name and once without: what becomes of it is nowhere said.
      if (window.drop_name != element.drop_name) LeaveOpen();
      if (!window.samples.empty() && window.samples.back().at_ms == when_ms) return TwoOfOneName();
      window.samples.push_back({when_ms, element.value});
    }
  }
  for (auto& [labels, window] : found) out.elements.push_back(std::move(window));
  return out;
}

Result<double> Evaluation::Scalar(const Expr& expr, int64_t at_ms) {
  const Expr& inner = Unparenthesised(expr);
  if (const auto* number = inner.As<NumberLiteral>()) return number->value;
  if (const auto* call = inner.As<Call>()) return CallScalar(*this, *call, at_ms);
  if (const auto* unary = inner.As<Unary>()) {
    HN_TRY(const double value, Scalar(*unary->inner, at_ms));
    return unary->negative ? -value : value;
  }
  const auto& binary = *inner.As<Binary>();
  HN_TRY(const double left, Scalar(*binary.left, at_ms));
  HN_TRY(const double right, Scalar(*binary.right, at_ms));
  return CombinedScalars(*this, binary.op, left, right);
}

Result<Elements> Evaluation::Vector(const Expr& expr, int64_t at_ms) {
  const Expr& inner = Unparenthesised(expr);
  if (const auto* selector = inner.As<VectorSelector>()) return Select(*selector, at_ms, false);
  if (const auto* call = inner.As<Call>()) return CallFunction(*this, *call, at_ms);
  if (const auto* aggregate = inner.As<Aggregate>()) return Aggregated(*this, *aggregate, at_ms);
  if (const auto* binary = inner.As<Binary>()) return Combined(*this, *binary, at_ms);
  const auto& unary = *inner.As<Unary>();
  HN_TRY(Elements elements, Vector(*unary.inner, at_ms));
  if (!unary.negative) return elements;
  for (Element& element : elements) {
    element.value = -element.value;
    element.drop_name = true;
  }
  return elements;
}

namespace {

/// The elements as the query ends: without the names that functions took.
Result<Elements> AtLast(Elements elements) {
  for (Element& element : elements)
    if (element.drop_name) element.labels = Nameless(element.labels);
  HN_TRY_VOID(CheckLabelsDiffer(elements));
  return elements;
}

Status AnswerAt(Evaluation& evaluation, const Expr& expr, int64_t at_ms, Answer& answer) {
  if (expr.type == ValueType::kScalar) {
    HN_TRY(answer.cells[metrics::Labels()][at_ms], evaluation.Scalar(expr, at_ms));
    return {};
  }
  if (expr.type == ValueType::kMatrix) {
    if (evaluation.times().step_ms > 0) return InvalidArgument("a range vector at many times");
    HN_TRY(const Windows windows, evaluation.Range(expr, at_ms));
    for (const Window& found : windows.elements) {
      const bool plain = windows.mode == RangeMode::kPlain;
      const auto window = plain ? std::optional(found) : Extended(found, windows, false);
      if (!window) {
        evaluation.LeaveOpen();  // Prometheus makes two samples of those behind a smoothed range.
        continue;
      }
      auto& row = answer.cells[found.drop_name ? Nameless(found.labels) : found.labels];
      if (!row.empty()) return TwoOfOneName();
      for (const metrics::Sample& sample : window->samples) row[sample.at_ms] = sample.value;
    }
    return {};
  }
  HN_TRY(Elements raw, evaluation.Vector(expr, at_ms));
  HN_TRY(const Elements elements, AtLast(std::move(raw)));
  for (const Element& element : elements) {
    answer.cells[element.labels][at_ms] = element.value;
    answer.in_order.push_back(element.value);
  }
  return {};
}

}  // namespace

Answer Evaluate(const Data& data, const Expr& expr, const Times& times) {
  Evaluation evaluation(data, times);
  Answer answer;
  for (int64_t at_ms = times.start_ms; at_ms <= times.end_ms; at_ms += times.step_ms) {
    if (const Status status = AnswerAt(evaluation, expr, at_ms, answer); !status.has_value()) {
      answer.failure = status.error().message;
      break;
    }
    if (times.step_ms == 0) break;
  }
  answer.left_open = evaluation.left_open();
  return answer;
}

}  // namespace hinomi::promql::obvious
