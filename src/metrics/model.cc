#include "metrics/model.h"

#include <algorithm>

#include "base/digest.h"

namespace hinomi::metrics {
namespace {

bool NameBefore(const Labels::Pair& pair, std::string_view name) {
  return pair.first < name;
}

void AppendQuoted(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : value) {
    if (c == '\\' || c == '"') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

Labels::Labels(std::vector<Pair> pairs) : pairs_(std::move(pairs)) {
  const auto by_name = [](const Pair& a, const Pair& b) { return a.first < b.first; };
  if (!std::is_sorted(pairs_.begin(), pairs_.end(), by_name))
    std::stable_sort(pairs_.begin(), pairs_.end(), by_name);
  size_t kept = 0;
  for (size_t i = 0; i < pairs_.size(); ++i) {
    const bool overwritten = i + 1 < pairs_.size() && pairs_[i + 1].first == pairs_[i].first;
    if (overwritten || pairs_[i].second.empty()) continue;
    if (kept != i) pairs_[kept] = std::move(pairs_[i]);
    ++kept;
  }
  pairs_.resize(kept);
}

std::string_view Labels::Get(std::string_view name) const {
  const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name, NameBefore);
  return at != pairs_.end() && at->first == name ? std::string_view(at->second)
                                                 : std::string_view();
}

void Labels::Set(std::string_view name, std::string_view value) {
  const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name, NameBefore);
  const bool present = at != pairs_.end() && at->first == name;
  if (value.empty()) {
    if (present) pairs_.erase(at);
  } else if (present) {
    at->second = value;
  } else {
    pairs_.emplace(at, name, value);
  }
}

uint64_t Labels::Hash() const {
  // 0xFF cannot occur in UTF-8, so that ("ab","c") and ("a","bc") differ.
  std::string bytes;
  for (const auto& [name, value] : pairs_) {
    bytes += name;
    bytes += '\xff';
    bytes += value;
    bytes += '\xff';
  }
  return Hash64(bytes);
}

std::string Labels::ToString() const {
  std::string out(name());
  const bool only_name = !out.empty() && pairs_.size() == 1;
  if (only_name) return out;
  out += '{';
  bool first = true;
  for (const auto& [label, value] : pairs_) {
    if (label == "__name__") continue;
    if (!first) out += ',';
    first = false;
    out += label;
    out += '=';
    AppendQuoted(out, value);
  }
  out += '}';
  return out;
}

std::string_view MetricTypeName(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
    case MetricType::kSummary:
      return "summary";
    case MetricType::kInfo:
      return "info";
    case MetricType::kStateset:
      return "stateset";
    case MetricType::kGaugeHistogram:
      return "gaugehistogram";
    case MetricType::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace hinomi::metrics
