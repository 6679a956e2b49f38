#include <algorithm>
#include <map>

#include "metrics/matcher.h"
#include "promql/impl/evaluator.h"

namespace hinomi::promql {
namespace {

constexpr std::string_view kIdentifying[] = {"instance", "job"};

/// The second argument of info(), split into what names info metrics and what
/// chooses among their labels.
struct InfoSelection {
  std::vector<metrics::Matcher> names, data;
  bool may_be_empty = true;  ///< A series without an info metric stays.

  bool Includes(const std::string& label) const {
    if (label == "__name__") return false;
    for (const std::string_view identifying : kIdentifying) {
      if (label == identifying) return false;
    }
    return data.empty() || std::any_of(data.begin(), data.end(),
                                       [&](const metrics::Matcher& m) { return m.label == label; });
  }
};

Result<InfoSelection> SelectionOf(const Call& call) {
  InfoSelection out;
  if (call.arguments.size() == 2) {
    for (const metrics::Matcher& matcher : call.arguments[1]->As<VectorSelector>()->matchers) {
      (matcher.label == "__name__" ? out.names : out.data).push_back(matcher);
    }
  }
  const bool positive =
      std::any_of(out.names.begin(), out.names.end(), [](const metrics::Matcher& m) {
        return m.type == metrics::MatchType::kEqual || m.type == metrics::MatchType::kRegex;
      });
  if (out.names.empty()) {
    out.names.push_back({"__name__", metrics::MatchType::kEqual, "target_info"});
  } else if (!positive) {
    out.names.push_back({"__name__", metrics::MatchType::kRegex, ".+_info"});
  }
  HN_TRY(const auto compiled, metrics::CompileAll(out.data));
  for (const auto& matcher : compiled) out.may_be_empty &= matcher.Matches("");
  return out;
}

/// Where the samples of an expression are read: the info series are looked up
/// at the same times.
struct ReadTime {
  TimeModifiers::At at = TimeModifiers::At::kNone;
  int64_t at_ms = 0;
  int64_t offset_ms = 0;
  bool found = false;
};

Status Follow(const QueryContext& context, const TimeModifiers& time, ReadTime& out) {
  int64_t offset = 0;
  if (time.offset) {
    HN_TRY(offset, ResolveDuration(context, *time.offset, false));
  }
  if (time.at != TimeModifiers::At::kNone) {
    out.at = time.at;
    out.at_ms = time.at_ms;
    out.offset_ms = 0;
  }
  out.offset_ms += offset;
  return {};
}

/// Walks to the first selector.
Status FindReadTime(const QueryContext& context, const Expr& expr, ReadTime& out) {
  if (const auto* selector = expr.As<VectorSelector>()) {
    out.found = true;
    return Follow(context, selector->time, out);
  }
  if (const auto* matrix = expr.As<MatrixSelector>())
    return FindReadTime(context, *matrix->selector, out);
  std::vector<const Expr*> children;
  ReadTime before = out;
  if (const auto* subquery = expr.As<Subquery>()) {
    HN_TRY_VOID(Follow(context, subquery->time, out));
    children = {subquery->inner.get()};
  } else if (const auto* paren = expr.As<Paren>()) {
    children = {paren->inner.get()};
  } else if (const auto* unary = expr.As<Unary>()) {
    children = {unary->inner.get()};
  } else if (const auto* aggregate = expr.As<Aggregate>()) {
    children = {aggregate->inner.get()};
  } else if (const auto* binary = expr.As<Binary>()) {
    children = {binary->left.get(), binary->right.get()};
  } else if (const auto* call = expr.As<Call>()) {
    for (const ExprPtr& argument : call->arguments) children.push_back(argument.get());
  }
  for (const Expr* child : children) {
    HN_TRY_VOID(FindReadTime(context, *child, out));
    if (out.found) return {};
  }
  out = before;
  return {};
}

Result<VectorSelector> SelectorOf(const QueryContext& context, const Call& call,
                                  const InfoSelection& selection) {
  ReadTime when;
  HN_TRY_VOID(FindReadTime(context, *call.arguments[0], when));
  VectorSelector selector;
  selector.matchers = selection.names;
  selector.matchers.insert(selector.matchers.end(), selection.data.begin(), selection.data.end());
  selector.time.at = when.at;
  selector.time.at_ms = when.at_ms;
  selector.time.offset = std::make_unique<DurationExpr>();
  selector.time.offset->seconds = static_cast<double>(when.offset_ms) / 1000;
  return selector;
}

/// The sample times of the info series.
Result<Table> ReadInfo(Evaluator& evaluator, const Call& call, const InfoSelection& selection) {
  HN_TRY(const VectorSelector selector, SelectorOf(evaluator.context(), call, selection));
  return evaluator.EvalSelector(selector, call.arguments[0]->span, true);
}

metrics::Labels Identity(const metrics::Labels& labels) {
  metrics::Labels out;
  for (const std::string_view label : kIdentifying) out.Set(label, labels.Get(label));
  return out;
}

/// Adds the labels of info series to base series, step by step.
class Enricher {
 public:
  Enricher(Evaluator& evaluator, const InfoSelection& selection, Table base, Table info)
      : evaluator_(evaluator),
        selection_(selection),
        base_(std::move(base)),
        info_(std::move(info)) {
    for (size_t k = 0; k < info_.size(); ++k) by_identity_[Identity(info_[k].labels)].push_back(k);
  }

  Result<Table> Run() {
    HN_TRY(const auto names, metrics::CompileAll(selection_.names));
    for (Series& series : base_) {
      HN_TRY_VOID(evaluator_.context().CheckAlive());
      // Info metrics themselves are not enriched.
      if (metrics::MatchesAll(names, series.labels)) {
        out_.push_back(std::move(series));
        continue;
      }
      HN_TRY_VOID(Enrich(series));
    }
    std::erase_if(out_, [](const Series& series) { return series.Empty(); });
    return std::move(out_);
  }

 private:
  Status Enrich(const Series& series) {
    static const std::vector<size_t> kNoInfo;
    const metrics::Labels identity = Identity(series.labels);
    const auto it = identity.empty() ? by_identity_.end() : by_identity_.find(identity);
    const std::vector<size_t>& candidates = it == by_identity_.end() ? kNoInfo : it->second;
    std::map<std::vector<size_t>, size_t> outputs;
    for (size_t i = 0; i < evaluator_.grid().count; ++i) {
      if (!series.present[i]) continue;
      HN_TRY(std::vector<size_t> chosen, NewestOfEachName(candidates, i));
      if (chosen.empty() && !selection_.may_be_empty) continue;
      auto output = outputs.find(chosen);
      if (output == outputs.end()) {
        HN_TRY(metrics::Labels labels, Merged(series.labels, chosen));
        HN_TRY(Series enriched, evaluator_.NewSeries(std::move(labels)));
        enriched.drop_name = series.drop_name;
        output = outputs.emplace(std::move(chosen), out_.size()).first;
        out_.push_back(std::move(enriched));
      }
      out_[output->second].CopyStep(i, series, i);
    }
    return {};
  }

  Result<std::vector<size_t>> NewestOfEachName(const std::vector<size_t>& candidates,
                                               size_t step) const {
    std::map<std::string_view, size_t> newest;
    for (const size_t k : candidates) {
      if (!info_[k].present[step]) continue;
      const auto [it, inserted] = newest.try_emplace(info_[k].labels.name(), k);
      if (inserted) continue;
      const double have = info_[it->second].values[step], other = info_[k].values[step];
      if (have == other) {
        return InvalidArgument("found duplicate series for info metric: existing " +
                               ShowLabels(info_[it->second].labels) + ", new " +
                               ShowLabels(info_[k].labels));
      }
      if (other > have) it->second = k;
    }
    std::vector<size_t> out;
    for (const auto& [name, k] : newest) out.push_back(k);
    return out;
  }

  Result<metrics::Labels> Merged(const metrics::Labels& base,
                                 const std::vector<size_t>& chosen) const {
    metrics::Labels out = base;
    std::map<std::string, std::string> added;
    for (const size_t k : chosen) {
      for (const auto& [label, value] : info_[k].labels.pairs()) {
        if (!selection_.Includes(label) || !base.Get(label).empty()) continue;
        const auto [it, inserted] = added.try_emplace(label, value);
        if (!inserted && it->second != value) {
          return InvalidArgument("conflicting label: " + label);
        }
        out.Set(label, value);
      }
    }
    return out;
  }

  Evaluator& evaluator_;
  const InfoSelection& selection_;
  Table base_;
  const Table info_;
  LabelsMap<std::vector<size_t>> by_identity_;
  Table out_;
};

}  // namespace

Result<VectorSelector> InfoSelectorOf(const QueryContext& context, const Call& call) {
  HN_TRY(const InfoSelection selection, SelectionOf(call));
  return SelectorOf(context, call, selection);
}

/// info(v [, {matchers}]): adds the labels of info metrics (target_info unless
/// a matcher on the name says otherwise) with the same instance and job.
Result<Table> EvalInfo(Evaluator& evaluator, const Call& call) {
  HN_TRY(const InfoSelection selection, SelectionOf(call));
  HN_TRY(Table base, evaluator.EvalVector(*call.arguments[0]));
  HN_TRY(Table info, ReadInfo(evaluator, call, selection));
  return Enricher(evaluator, selection, std::move(base), std::move(info)).Run();
}

}  // namespace hinomi::promql
