#include "rule_tests/compare.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/strings.h"

namespace hinomi::rule_tests {
namespace {

using Texts = std::map<std::string, std::string>;

/// `{a="b", c="d"}`, empty values too.
std::string MapText(const Texts& texts) {
  std::string out = "{";
  for (const auto& [name, value] : texts) {
    out += (out.size() > 1 ? ", " : "") + name + "=";
    AppendJsonString(out, value);
  }
  return out + "}";
}

std::string AlertLine(const Texts& labels, const Texts& annotations) {
  Texts without_name = labels;
  without_name.erase("alertname");
  const std::string line = "labels " + MapText(without_name);
  return annotations.empty() ? line : line + " annotations " + MapText(annotations);
}

Texts LabelTexts(const metrics::Labels& labels) {
  return {labels.pairs().begin(), labels.pairs().end()};
}

bool HasAll(const Texts& has, const Texts& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& one) {
    const auto found = has.find(one.first);
    return found != has.end() && found->second == one.second;
  });
}

/// Gives as many as possible of those on the left one of their own on the right: the one of each,
/// or nothing. By augmenting paths; lists are short.
class Pairing {
 public:
  using Fits = std::function<bool(size_t left, size_t right)>;
  Pairing(size_t left, size_t right, Fits fits)
      : fits_(std::move(fits)), left_of_(right), right_of_(left) {
    for (size_t i = 0; i < left; ++i) {
      tried_.assign(right, false);
      (void)Place(i);
    }
    for (size_t j = 0; j < right; ++j)
      if (left_of_[j]) right_of_[*left_of_[j]] = j;
  }
  bool left_is_paired(size_t i) const { return right_of_[i].has_value(); }
  bool right_is_paired(size_t j) const { return left_of_[j].has_value(); }

 private:
  bool Place(size_t left) {
    for (size_t j = 0; j < left_of_.size(); ++j) {
      if (tried_[j] || !fits_(left, j)) continue;
      tried_[j] = true;
      if (!left_of_[j] || Place(*left_of_[j])) {
        left_of_[j] = left;
        return true;
      }
    }
    return false;
  }

  Fits fits_;
  std::vector<std::optional<size_t>> left_of_, right_of_;
  std::vector<bool> tried_;
};

Difference CompareSubsets(const policy::AlertTest& test,
                          const std::vector<const rules::Alert*>& firing) {
  const auto fits = [&](size_t i, size_t j) {
    return HasAll(LabelTexts(firing[j]->labels), test.expected[i].labels) &&
           HasAll(firing[j]->annotations, test.expected[i].annotations);
  };
  const Pairing pairing(test.expected.size(), firing.size(), fits);
  Difference difference;
  for (size_t i = 0; i < test.expected.size(); ++i) {
    if (pairing.left_is_paired(i)) {
      ++difference.as_expected;
    } else {
      difference.missing.push_back(
          AlertLine(test.expected[i].labels, test.expected[i].annotations));
    }
  }
  for (size_t j = 0; j < firing.size(); ++j)
    if (!pairing.right_is_paired(j))
      difference.unexpected.push_back(
          AlertLine(LabelTexts(firing[j]->labels), firing[j]->annotations));
  return difference;
}

bool SameNumber(double a, double b, bool fuzzy) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return a == b ||
         (fuzzy && (std::nextafter(a, -kInfinity) == b || std::nextafter(a, kInfinity) == b));
}

/// A sample as it is compared.
struct SampleLook {
  double value = 0;
  std::string histogram;  ///< "" for a number.
};

SampleLook LookOf(double value, const metrics::NativeHistogramPtr& histogram) {
  if (!histogram) return {value, ""};
  return {0, promql::HistogramNotation(*histogram)};
}

std::string SampleLine(const metrics::Labels& labels, const SampleLook& look) {
  return labels.ToString() + " " +
         (look.histogram.empty() ? FormatDouble(look.value) : look.histogram);
}

}  // namespace

Difference CompareAlerts(const policy::AlertTest& test,
                         const std::vector<const rules::Alert*>& firing) {
  if (test.subset) return CompareSubsets(test, firing);
  std::multiset<std::pair<Texts, Texts>> open;  // What fires, and is not expected so far.
  for (const rules::Alert* alert : firing)
    open.emplace(LabelTexts(alert->labels), alert->annotations);
  Difference difference;
  for (const policy::ExpectedAlert& expected : test.expected) {
    const auto found = open.find(std::pair(expected.labels, expected.annotations));
    if (found == open.end()) {
      difference.missing.push_back(AlertLine(expected.labels, expected.annotations));
    } else {
      open.erase(found);
      ++difference.as_expected;
    }
  }
  for (const auto& [labels, annotations] : open)
    difference.unexpected.push_back(AlertLine(labels, annotations));
  return difference;
}

Difference CompareSamples(const policy::ExprTest& test, const promql::Vector& given, bool fuzzy) {
  std::multimap<metrics::Labels, SampleLook> open;
  for (const promql::VectorSample& sample : given)
    open.emplace(sample.labels, LookOf(sample.value, sample.histogram));
  Difference difference;
  for (const policy::ExpectedSample& expected : test.expected) {
    const SampleLook look = LookOf(expected.value, expected.histogram);
    const auto [begin, end] = open.equal_range(expected.labels);
    const auto found = std::find_if(begin, end, [&](const auto& one) {
      return one.second.histogram == look.histogram &&
             SameNumber(one.second.value, look.value, fuzzy);
    });
    if (found == end) {
      difference.missing.push_back(SampleLine(expected.labels, look));
    } else {
      open.erase(found);
      ++difference.as_expected;
    }
  }
  for (const auto& [labels, look] : open) difference.unexpected.push_back(SampleLine(labels, look));
  return difference;
}

}  // namespace hinomi::rule_tests
