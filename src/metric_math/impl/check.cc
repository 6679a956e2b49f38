#include <algorithm>

#include "base/strings.h"
#include "metric_math/impl/types.h"

namespace hinomi::metric_math {
namespace {

bool IsId(std::string_view text) {
  if (text.empty() || text[0] < 'a' || text[0] > 'z') return false;
  return text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
         std::string_view::npos;
}

bool MetricEntry(const Entry& entry) {
  return entry.expression.empty();
}

/// Walks the entries as they refer to one another, each once.
class SetChecker : public TypeScope {
 public:
  explicit SetChecker(const EntrySet& set) : set_(set), states_(set.entries.size()) {}

  std::vector<Finding> Run();

  Type TypeOf(const Expr& id) override;
  bool IsMetric(std::string_view id) override;
  bool MatchesMetric(std::string_view text) override;
  void Mistake(size_t offset, std::string message) override;
  void Warning(size_t offset, std::string message) override;

 private:
  enum class Walk { kNew, kOpen, kDone };
  struct State {
    Walk walk = Walk::kNew;
    Type type = kNoType;
    ExprPtr expr;
  };

  void MistakeOfEntry(std::string message);
  void CheckIds();
  void CheckCounts();
  void CheckPeriods();
  void CheckWatched();
  void CheckThreshold();
  void CheckBand(const Expr& band, size_t threshold);
  Type EntryType(size_t entry);
  size_t Find(std::string_view id) const;
  bool IsThreshold(const Entry& entry) const {
    return !set_.threshold_id.empty() && entry.id == set_.threshold_id;
  }

  const EntrySet& set_;
  std::vector<State> states_;
  std::vector<size_t> open_;  ///< Entries being walked, the outermost first.
  std::optional<size_t> at_;  ///< Findings are about this one, or about the set.
  std::vector<Finding> findings_;
};

void SetChecker::Mistake(size_t offset, std::string message) {
  findings_.push_back({Finding::Level::kMistake, at_, offset, std::move(message)});
}

void SetChecker::MistakeOfEntry(std::string message) {
  findings_.push_back({Finding::Level::kMistake, at_, std::nullopt, std::move(message)});
}

void SetChecker::Warning(size_t offset, std::string message) {
  findings_.push_back({Finding::Level::kWarning, at_, offset, std::move(message)});
}

size_t SetChecker::Find(std::string_view id) const {
  const auto found = std::ranges::find(set_.entries, id, &Entry::id);
  return static_cast<size_t>(found - set_.entries.begin());
}

bool SetChecker::IsMetric(std::string_view id) {
  const size_t entry = Find(id);
  return entry < set_.entries.size() && MetricEntry(set_.entries[entry]);
}

bool SetChecker::MatchesMetric(std::string_view text) {
  return std::ranges::any_of(set_.entries, [text](const Entry& entry) {
    return MetricEntry(entry) && entry.id.find(text) != std::string::npos;
  });
}

Type SetChecker::TypeOf(const Expr& id) {
  const size_t entry = Find(id.text);
  if (entry == set_.entries.size()) {
    std::vector<std::string> ids;
    for (const Entry& known : set_.entries) ids.push_back(known.id);
    const auto nearest = NearestName(id.text, ids);
    Mistake(id.offset, "expected the id of a metric or of an expression, got \"" + id.text + "\"" +
                           (nearest ? "; did you mean " + *nearest + "?" : ""));
    return kNoType;
  }
  if (states_[entry].walk == Walk::kOpen) {
    std::string way;
    for (auto i = std::ranges::find(open_, entry); i != open_.end(); ++i)
      way += set_.entries[*i].id + " needs ";
    Mistake(id.offset, "expressions cannot need themselves: " + way + set_.entries[entry].id);
    return kNoType;
  }
  return EntryType(entry);
}

Type SetChecker::EntryType(size_t entry) {
  State& state = states_[entry];
  if (state.walk == Walk::kDone) return state.type;
  const Entry& known = set_.entries[entry];
  if (MetricEntry(known)) {
    state = {Walk::kDone, kSeries, nullptr};
    return kSeries;
  }
  const std::optional<size_t> before = std::exchange(at_, entry);
  state.walk = Walk::kOpen;
  open_.push_back(entry);
  ParseMistake mistake;
  state.expr = ParseExpr(known.expression, mistake);
  if (state.expr) {
    state.type = CheckTypes(*state.expr, *this);
  } else {
    Mistake(mistake.offset, mistake.message);
  }
  open_.pop_back();
  state.walk = Walk::kDone;
  at_ = before;
  return state.type;
}

void SetChecker::CheckIds() {
  for (size_t i = 0; i < set_.entries.size(); ++i) {
    at_ = i;
    const std::string& id = set_.entries[i].id;
    if (!IsId(id)) {
      MistakeOfEntry(
          "expected an id that begins with a small letter and goes on with letters, digits "
          "or underscores, got \"" +
          id + "\"");
    } else if (Find(id) < i) {
      MistakeOfEntry("the id " + id + " is taken by an entry before");
    }
  }
}

void SetChecker::CheckCounts() {
  at_.reset();
  const auto metrics = static_cast<size_t>(std::ranges::count_if(set_.entries, MetricEntry));
  const size_t expressions = set_.entries.size() - metrics;
  if (metrics == 0) MistakeOfEntry("expected at least one metric");
  if (metrics > kMaxMetrics) {
    MistakeOfEntry("expected at most " + std::to_string(kMaxMetrics) + " metrics, got " +
                   std::to_string(metrics));
  }
  if (expressions > kMaxExpressions) {
    MistakeOfEntry("expected at most " + std::to_string(kMaxExpressions) + " expressions, got " +
                   std::to_string(expressions));
  }
}

void SetChecker::CheckPeriods() {
  const Entry* first = nullptr;
  for (size_t i = 0; i < set_.entries.size(); ++i) {
    at_ = i;
    const Entry& entry = set_.entries[i];
    if (!MetricEntry(entry)) continue;
    if (entry.period < Duration::Seconds(1) || entry.period.nanos() % 1'000'000'000 != 0)
      MistakeOfEntry("expected a period of whole seconds, got " + FormatDuration(entry.period));
    if (first == nullptr) first = &entry;
    if (entry.period != first->period) {
      MistakeOfEntry("expected the period of " + first->id + " (" + FormatDuration(first->period) +
                     "), got " + FormatDuration(entry.period) +
                     ": the metrics of an alarm have one period");
    }
  }
}

void SetChecker::CheckWatched() {
  std::vector<size_t> watched;
  for (size_t i = 0; i < set_.entries.size(); ++i) {
    if (set_.entries[i].return_data && !IsThreshold(set_.entries[i])) watched.push_back(i);
  }
  if (watched.size() != 1) {
    at_.reset();
    std::string message =
        "expected ReturnData true for one entry, the one that the alarm watches; ";
    for (size_t i = 0; i < watched.size(); ++i)
      message += (i == 0 ? "" : " and ") + set_.entries[watched[i]].id;
    MistakeOfEntry(message + (watched.empty() ? "no entry has it" : " have it"));
    return;
  }
  at_ = watched[0];
  const Type type = EntryType(watched[0]);
  if (type == kScalar) {
    MistakeOfEntry(
        "the alarm watches it: expected a time series, got a scalar; TIME_SERIES makes one");
  } else if (type == kArray) {
    MistakeOfEntry(
        "the alarm watches it: expected a single time series, got an array of time series; "
        "combine them, e.g. with SUM, or take one, e.g. with FIRST");
  }
}

void SetChecker::CheckBand(const Expr& band, size_t threshold) {
  const auto watched = std::ranges::find_if(set_.entries, [this](const Entry& entry) {
    return entry.return_data && !IsThreshold(entry);
  });
  if (band.args.empty() || watched == set_.entries.end()) return;  // Said already.
  at_ = threshold;
  if (band.args[0]->text != watched->id) {
    Warning(band.args[0]->offset, "the alarm watches " + watched->id +
                                      " and holds it against the "
                                      "band of " +
                                      band.args[0]->text);
  }
}

void SetChecker::CheckThreshold() {
  if (set_.threshold_id.empty()) return;
  const size_t threshold = Find(set_.threshold_id);
  at_.reset();
  if (threshold < set_.entries.size()) at_ = threshold;
  const ExprPtr expr = threshold == set_.entries.size() ? nullptr : states_[threshold].expr;
  if (expr && expr->kind == Expr::Kind::kCall && expr->function->id == FunctionId::kBand)
    return CheckBand(*expr, threshold);
  const bool unread =
      threshold < set_.entries.size() && !expr && !MetricEntry(set_.entries[threshold]);
  if (unread) return;  // Said already.
  MistakeOfEntry(
      "expected ThresholdMetricId to name an expression ANOMALY_DETECTION_BAND(id, spreads), "
      "got \"" +
      set_.threshold_id + "\"");
}

std::vector<Finding> SetChecker::Run() {
  if (set_.entries.empty()) {
    MistakeOfEntry("expected a metric and what the alarm watches, got nothing");
    return findings_;
  }
  CheckIds();
  CheckCounts();
  CheckPeriods();
  for (size_t i = 0; i < set_.entries.size(); ++i) EntryType(i);
  CheckWatched();
  CheckThreshold();
  std::ranges::stable_sort(findings_, {}, [](const Finding& finding) {
    return std::pair(finding.entry, finding.offset);
  });
  return findings_;
}

}  // namespace

std::vector<Finding> CheckSet(const EntrySet& set) {
  return SetChecker(set).Run();
}

}  // namespace hinomi::metric_math
