#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

#include "base/strings.h"
#include "metrics/regex_template.h"
#include "promql/impl/evaluator.h"
#include "promql/impl/lexer.h"

namespace hinomi::promql {
namespace {

const std::string& TextOf(const Call& call, size_t i) {
  return Unparenthesised(*call.arguments[i]).As<StringLiteral>()->value;
}

/// After relabelling two series may have become one; they join where they have
/// no step in common.
Result<Table> JoinRelabelled(Table table) {
  LabelsMap<std::vector<size_t>> seen;
  Table out;
  for (Series& series : table) {
    std::vector<size_t>& same = seen[series.labels];
    Series* into = nullptr;
    for (const size_t k : same) {
      if (out[k].drop_name == series.drop_name) into = &out[k];
    }
    if (into == nullptr) {
      same.push_back(out.size());
      out.push_back(std::move(series));
      continue;
    }
    for (size_t i = 0; i < series.present.size(); ++i) {
      if (!series.present[i]) continue;
      if (into->present[i]) return SameLabelset();
      into->CopyStep(i, series, i);
    }
  }
  return out;
}

void SetLabel(Series& series, const std::string& label, const std::string& value) {
  series.labels.Set(label, value);
  if (label == "__name__") series.drop_name = false;
}

Result<Table> LabelReplace(Evaluator& evaluator, const Call& call) {
  const std::string &target = TextOf(call, 1), &replacement = TextOf(call, 2);
  const std::string &source = TextOf(call, 3), &pattern = TextOf(call, 4);
  const RE2 re("^(?s:" + pattern + ")$", RE2::Quiet);
  if (!re.ok()) return InvalidArgument("invalid regular expression in label_replace(): " + pattern);
  if (target.empty() || !IsValidUtf8(target)) {
    return InvalidArgument("invalid destination label name in label_replace(): " + target);
  }
  HN_TRY(Table table, evaluator.EvalVector(*call.arguments[0]));
  std::vector<re2::StringPiece> groups(static_cast<size_t>(re.NumberOfCapturingGroups()) + 1);
  for (Series& series : table) {
    const std::string value(series.labels.Get(source));
    const bool matches = re.Match(value, 0, value.size(), RE2::ANCHOR_BOTH, groups.data(),
                                  static_cast<int>(groups.size()));
    if (matches) SetLabel(series, target, metrics::ExpandTemplate(replacement, re, groups));
  }
  return JoinRelabelled(std::move(table));
}

Result<Table> LabelJoin(Evaluator& evaluator, const Call& call) {
  const std::string &target = TextOf(call, 1), &separator = TextOf(call, 2);
  for (size_t k = 3; k < call.arguments.size(); ++k) {
    if (TextOf(call, k).empty() || !IsValidUtf8(TextOf(call, k))) {
      return InvalidArgument("invalid source label name in label_join(): " + TextOf(call, k));
    }
  }
  if (target.empty() || !IsValidUtf8(target)) {
    return InvalidArgument("invalid destination label name in label_join(): " + target);
  }
  HN_TRY(Table table, evaluator.EvalVector(*call.arguments[0]));
  for (Series& series : table) {
    std::string joined;
    for (size_t k = 3; k < call.arguments.size(); ++k) {
      if (k > 3) joined += separator;
      joined += series.labels.Get(TextOf(call, k));
    }
    SetLabel(series, target, joined);
  }
  return JoinRelabelled(std::move(table));
}

/// Orders texts so that numbers in them count as numbers: "4m5" < "4m600".
int NaturalCompare(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  size_t i = 0, k = 0;
  while (i < a.size() && k < b.size()) {
    if (!digit(a[i]) || !digit(b[k])) {
      if (a[i] != b[k])
        return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[k]) ? -1 : 1;
      ++i, ++k;
      continue;
    }
    const auto run = [&](std::string_view text, size_t& at) {
      while (at < text.size() && text[at] == '0') ++at;
      const size_t begin = at;
      while (at < text.size() && digit(text[at])) ++at;
      return text.substr(begin, at - begin);
    };
    const std::string_view x = run(a, i), y = run(b, k);
    if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
    if (const int order = x.compare(y); order != 0) return order;
  }
  if ((a.size() - i) == (b.size() - k)) return 0;
  return a.size() - i < b.size() - k ? -1 : 1;
}

void SortByValue(Table& table, bool descending) {
  std::stable_sort(table.begin(), table.end(), [descending](const Series& x, const Series& y) {
    const double a = x.values[0], b = y.values[0];
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
    return descending ? a > b : a < b;
  });
}

void SortByLabels(Table& table, const Call& call, bool descending) {
  std::stable_sort(table.begin(), table.end(), [&](const Series& x, const Series& y) {
    for (size_t k = 1; k < call.arguments.size(); ++k) {
      const std::string& label = TextOf(call, k);
      const int order = NaturalCompare(x.labels.Get(label), y.labels.Get(label));
      if (order != 0) return descending ? order > 0 : order < 0;
    }
    // Equal in the labels named: by all labels, so that the order is fixed.
    return descending ? y.labels < x.labels : x.labels < y.labels;
  });
}

}  // namespace

Result<Table> EvalLabelCall(Evaluator& evaluator, const Call& call) {
  return call.function == "label_replace" ? LabelReplace(evaluator, call)
                                          : LabelJoin(evaluator, call);
}

Result<Table> EvalSort(Evaluator& evaluator, const Expr& expr, const Call& call) {
  HN_TRY(Table table, evaluator.EvalVector(*call.arguments[0]));
  const bool by_label = call.function.starts_with("sort_by_label");
  if (!by_label) DropHistograms(table);
  if (evaluator.context().step_ms > 0) {
    evaluator.context().Warn(
        "sort is ineffective for range queries since results are always ordered by labels",
        expr.span);
    return table;
  }
  if (evaluator.grid().count != 1) return table;
  const bool descending = call.function.ends_with("_desc");
  if (by_label) {
    SortByLabels(table, call, descending);
  } else {
    SortByValue(table, descending);
  }
  return table;
}

}  // namespace hinomi::promql
