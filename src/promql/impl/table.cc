#include "promql/impl/table.h"

#include <algorithm>

#include "promql/impl/lexer.h"

namespace hinomi::promql {
namespace {

constexpr size_t kBytesHeld = sizeof(int64_t) + sizeof(double);  // Of one sample.

void AddOnce(std::vector<std::string>& list, std::string message) {
  if (std::find(list.begin(), list.end(), message) == list.end())
    list.push_back(std::move(message));
}

}  // namespace

bool Series::Empty() const {
  return std::find(present.begin(), present.end(), uint8_t{1}) == present.end();
}

metrics::Labels WithoutName(const metrics::Labels& labels) {
  metrics::Labels out = labels;
  for (const char* label : {"__name__", "__type__", "__unit__"}) out.Set(label, "");
  return out;
}

std::string ShowLabels(const metrics::Labels& labels) {
  std::string out = "{";
  for (const auto& [name, value] : labels.pairs()) {
    if (out.size() > 1) out += ", ";
    out += name + "=" + Quote(value);
  }
  return out + "}";
}

Error SameLabelset() {
  return InvalidArgument("vector cannot contain metrics with the same labelset");
}

Status QueryContext::Charge(size_t n) {
  samples += n;
  if (samples > limits.max_samples)
    return Exhausted(
        "query processing would load too many samples into memory in query execution (limit "
        "max_samples = " +
        std::to_string(limits.max_samples) + ")");
  return memory.Take(n * kBytesHeld);
}

void QueryContext::Release(size_t n) {
  n = std::min(n, samples);
  samples -= n;
  memory.GiveBack(n * kBytesHeld);
}

Result<std::vector<metrics::SeriesColumns>> QueryContext::Select(
    const std::vector<metrics::Matcher>& matchers, int64_t from_ms, int64_t to_ms) {
  const size_t held = memory.taken();
  const metrics::SelectLimits select{limits.max_series, limits.max_samples, &memory};
  auto found = queryable.Select(matchers, from_ms, to_ms, select);
  // Whoever keeps samples of it charges them.
  memory.GiveBackTo(held);
  return found;
}

Status QueryContext::CheckAlive() {
  if (limits.cancelled != nullptr && limits.cancelled->load(std::memory_order_relaxed)) {
    return Cancelled("query was canceled in expression evaluation");
  }
  if (limits.clock != nullptr && limits.clock->Monotonic() >= limits.deadline) {
    return Timeout("query timed out in expression evaluation");
  }
  return {};
}

void QueryContext::Warn(const std::string& message, const Span& span) {
  AddOnce(warnings, "PromQL warning: " + message + " (" + LineAndColumn(text, span.begin) + ")");
}

void QueryContext::Inform(const std::string& message, const Span& span) {
  AddOnce(infos, "PromQL info: " + message + " (" + LineAndColumn(text, span.begin) + ")");
}

}  // namespace hinomi::promql
