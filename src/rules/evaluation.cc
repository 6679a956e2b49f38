#include "rules/evaluation.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <unordered_set>

#include "metrics/tsdb/label_bytes.h"
#include "promql/parser.h"

namespace hinomi::rules {
namespace {

constexpr const char* kSender = "rules";
// Of one batch: bounds its memory.
constexpr size_t kMostBatched = 50'000;

/// One series of a rule's result.
struct Given {
  std::string bytes;
  double value = 0;
  metrics::NativeHistogramPtr histogram;
};

/// A rule's results until they are stored.
struct Unstored {
  size_t rule = 0;
  std::vector<Given> given;        ///< Sorted by bytes.
  std::vector<std::string> ended;  ///< Gets stale markers.
};

/// With the rule's name and labels over those of the result.
Result<std::vector<Given>> Named(const Rule& rule, promql::Vector vector, int limit) {
  std::vector<Given> given;
  given.reserve(vector.size());
  for (promql::VectorSample& sample : vector) {
    sample.labels.Set("__name__", rule.document.record);
    for (const auto& [name, value] : rule.document.labels) sample.labels.Set(name, value);
    given.push_back(
        {metrics::LabelBytesOf(sample.labels), sample.value, std::move(sample.histogram)});
  }
  std::ranges::sort(given, {}, &Given::bytes);
  if (std::ranges::adjacent_find(given, {}, &Given::bytes) != given.end()) {
    return InvalidArgument(
        "vector contains metrics with the same labelset after applying rule labels");
  }
  if (limit > 0 && given.size() > static_cast<size_t>(limit)) {
    return Exhausted("exceeded limit of " + std::to_string(limit) + " with " +
                     std::to_string(given.size()) + " series");
  }
  return given;
}

/// A vector as templates see it.
templates::Value SamplesOf(const promql::Vector& vector) {
  auto list = std::make_shared<templates::List>();
  list->type = "template.queryResult";
  for (const promql::VectorSample& sample : vector) {
    list->items.push_back(templates::MakeSample(
        {sample.labels.pairs().begin(), sample.labels.pairs().end()}, sample.value));
  }
  return templates::Value(templates::Value::ListPtr(std::move(list)));
}

/// The series of active alerts.
std::vector<Given> SeriesOfAlerts(const Alerts& alerts) {
  std::vector<Given> given;
  for (const auto& [labels, alert] : alerts) {
    if (!alert.active()) continue;
    given.push_back({metrics::LabelBytesOf(AlertsSeries(alert)), 1, nullptr});
    given.push_back({metrics::LabelBytesOf(ForStateSeries(alert)),
                     static_cast<double>(alert.active_at.seconds()), nullptr});
  }
  std::ranges::sort(given, {}, &Given::bytes);
  return given;
}

/// One evaluation of a group while it goes on.
class Evaluation {
 public:
  Evaluation(const Group& group, Instant at, const Memory& before, const World& world,
             Writing writing)
      : group_(group),
        at_(at),
        sample_ms_((at - group.document().query_offset).millis()),
        before_(before),
        world_(world),
        writing_(writing) {
    round_.outcomes.resize(group.rules().size());
    round_.memory.given.resize(group.rules().size());
    round_.memory.alerts = before.alerts;
    round_.memory.alerts.resize(group.rules().size());
    round_.memory.until_restore = std::max(before.until_restore - 1, 0);
  }

  Round Run() {
    for (const size_t i : group_.order()) {
      if (!world_.alerts && !group_.rules()[i].records()) continue;
      if (world_.stopping && world_.stopping()) {
        Keep(i);
        round_.whole = false;
        continue;
      }
      if (MustStoreBefore(group_.rules()[i])) Store();
      EvaluateRule(i);
    }
    EndOrphans();
    Store();
    return std::move(round_);
  }

 private:
  void EvaluateRule(size_t i) {
    Outcome& outcome = round_.outcomes[i];
    const Duration began = world_.clock.Monotonic();
    Result<std::vector<Given>> given = Results(i);
    outcome.took = world_.clock.Monotonic() - began;
    outcome.evaluated = true;
    if (!given) {
      outcome.status = given.error();
      Keep(i);
      return;
    }
    outcome.series = given->size();
    const bool had_some = i < before_.given.size() && !before_.given[i].empty();
    if (given->empty() && !had_some) return;  // Nearly all alerting rules, most of the time.
    Unstored& unstored = unstored_.emplace_back();
    unstored.rule = i;
    unstored.given = *std::move(given);
    batched_ += unstored.given.size();
    for (const Given& one : unstored.given) round_.memory.given[i].push_back(one.bytes);
    if (had_some) unstored.ended = EndedOf(i);
    if (group_.rules()[i].records()) {
      unstored_metrics_.insert(group_.rules()[i].document.record);
      series_ += unstored.given.size();
    } else {
      unstored_metrics_.insert({kAlertsMetric, kForStateMetric});
    }
  }

  Result<std::vector<Given>> Results(size_t i) {
    const Rule& rule = group_.rules()[i];
    HN_TRY(promql::QueryResult result, world_.query(*rule.expr, rule.document.expr, sample_ms_));
    HN_TRY(promql::Vector vector, VectorOf(std::move(result)));
    if (rule.records()) return Named(rule, std::move(vector), group_.document().limit);
    return AlertSeries(i, vector);
  }

  Result<std::vector<Given>> AlertSeries(size_t i, const promql::Vector& vector) {
    const Rule& rule = group_.rules()[i];
    AlertsPtr& kept = round_.memory.alerts[i];
    if (vector.empty() && (!kept || kept->empty())) {
      round_.outcomes[i].alerts_known = true;
      return std::vector<Given>();
    }
    HN_TRY(const Alerts given, AlertsOf(rule, vector, at_, world_.surroundings, Texts()));
    Alerts next = NextAlerts(rule.document, kept ? *kept : Alerts(), given, at_);
    const auto limit = static_cast<size_t>(group_.document().limit);
    if (const size_t active = CountActive(next); limit > 0 && active > limit) {
      kept.reset();
      return Exhausted("exceeded limit of " + std::to_string(limit) + " with " +
                       std::to_string(active) + " alerts");
    }
    kept = std::make_shared<const Alerts>(std::move(next));
    round_.outcomes[i].alerts_known = true;
    return before_.until_restore > 0 ? std::vector<Given>() : SeriesOfAlerts(*kept);
  }

  /// What texts may ask for, at the time of the evaluation.
  templates::Context Texts() const {
    templates::Context context;
    context.now = at_;
    context.external_url = world_.surroundings.external_url;
    context.query = [this](std::string_view text) -> Result<templates::Value> {
      HN_TRY(const promql::ExprPtr expr, promql::Parse(text));
      HN_TRY(promql::QueryResult result, world_.query(*expr, text, at_.millis()));
      HN_TRY(const promql::Vector vector, VectorOf(std::move(result)));
      return SamplesOf(vector);
    };
    return context;
  }

  std::vector<std::string> EndedOf(size_t rule) const {
    std::vector<std::string> gone;  // Nearly always none, so the others are rarely looked through.
    std::ranges::set_difference(before_.given[rule], round_.memory.given[rule],
                                std::back_inserter(gone));
    return NotGiven(gone);
  }

  /// Those of `series` that no rule has given so far.
  std::vector<std::string> NotGiven(const std::vector<std::string>& series) const {
    std::vector<std::string> ended;
    for (const std::string& bytes : series) {
      const bool given = std::ranges::any_of(round_.memory.given, [&](const auto& one) {
        return std::ranges::binary_search(one, bytes);
      });
      if (!given) ended.push_back(bytes);
    }
    return ended;
  }

  /// Its series stay as they are: whether they end is not known.
  void Keep(size_t i) {
    round_.memory.given[i] =
        i < before_.given.size() ? before_.given[i] : std::vector<std::string>();
  }

  /// Whether the rule may look at, or overwrite, what is not stored yet.
  bool MustStoreBefore(const Rule& rule) const {
    if (unstored_.empty()) return false;
    if (batched_ >= kMostBatched || !rule.reads) return true;
    const auto waits = [&](const std::string& metric) {
      return unstored_metrics_.contains(std::string_view(metric));
    };
    return waits(rule.document.record) || std::ranges::any_of(*rule.reads, waits);
  }

  void EndOrphans() {
    if (!round_.whole) {
      round_.memory.orphans = before_.orphans;
      return;
    }
    orphans_ = NotGiven(before_.orphans);
    last_ = true;
  }

  void Add(metrics::RawBatch& batch, std::string_view bytes, int64_t at_ms, double value) const {
    batch.series.push_back({bytes, static_cast<uint32_t>(batch.samples.size()), 1});
    batch.samples.push_back({at_ms, value});
  }

  metrics::RawBatch Batch() const {
    metrics::RawBatch batch;
    batch.promise = metrics::Promise::kSoon;
    batch.sender = kSender;
    for (const Unstored& one : unstored_) {
      for (const std::string& bytes : one.ended)
        Add(batch, bytes, sample_ms_, metrics::StaleMarker());
      if (writing_ == Writing::kEndsOnly) continue;
      for (const Given& given : one.given) {
        if (given.histogram) {
          batch.histograms.push_back({given.bytes, sample_ms_, given.histogram});
        } else {
          Add(batch, given.bytes, sample_ms_, given.value);
        }
      }
    }
    for (const std::string& bytes : orphans_) Add(batch, bytes, sample_ms_, metrics::StaleMarker());
    return batch;
  }

  void Store() {
    metrics::RawBatch batch = Batch();
    const std::string mark = MarkBytes(group_.key());
    if (last_ && round_.whole && writing_ == Writing::kAll && group_.recording_count() > 0)
      Add(batch, mark, at_.millis(), static_cast<double>(series_));
    if (!batch.samples.empty() || !batch.histograms.empty()) {
      if (const Status stored = world_.append(batch); !stored) Refused(stored);
    }
    unstored_.clear();
    unstored_metrics_.clear();
    batched_ = 0;
  }

  void Refused(const Status& stored) {
    round_.whole = false;
    if (last_) round_.memory.orphans = before_.orphans;
    for (const Unstored& one : unstored_) {
      round_.outcomes[one.rule].status = stored;
      Keep(one.rule);
    }
  }

  const Group& group_;
  const Instant at_;
  const int64_t sample_ms_;
  const Memory& before_;
  const World& world_;
  const Writing writing_;
  Round round_;
  std::vector<Unstored> unstored_;
  std::unordered_set<std::string_view> unstored_metrics_;
  std::vector<std::string> orphans_;
  size_t batched_ = 0;
  size_t series_ = 0;
  bool last_ = false;
};

}  // namespace

std::string MarkBytes(std::string_view group_key) {
  return metrics::LabelBytesOf(metrics::Labels(
      {{"__name__", kMarkMetric}, {"job", "hinomi"}, {"rule_group", std::string(group_key)}}));
}

Memory TakeOver(const Group& before, const Memory& memory, const Group& after) {
  using Identity = std::pair<std::string, std::map<std::string, std::string>>;
  const auto identity = [](const Rule& rule) {
    const policy::RuleDocument& document = rule.document;
    return Identity(document.record + '\n' + document.alert, document.labels);
  };
  std::multimap<Identity, size_t> known;
  for (size_t i = 0; i < memory.given.size(); ++i) known.emplace(identity(before.rules()[i]), i);
  Memory taken;
  taken.given.resize(after.rules().size());
  taken.alerts.resize(after.rules().size());
  taken.until_restore = memory.until_restore;
  taken.orphans = memory.orphans;
  for (size_t i = 0; i < after.rules().size(); ++i) {
    const auto found = known.find(identity(after.rules()[i]));
    if (found == known.end()) continue;
    taken.given[i] = memory.given[found->second];
    if (found->second < memory.alerts.size()) taken.alerts[i] = memory.alerts[found->second];
    known.erase(found);
  }
  for (const auto& [name, i] : known)
    taken.orphans.insert(taken.orphans.end(), memory.given[i].begin(), memory.given[i].end());
  return taken;
}

Round Evaluate(const Group& group, Instant at, const Memory& before, const World& world,
               Writing writing) {
  return Evaluation(group, at, before, world, writing).Run();
}

Result<promql::Vector> VectorOf(promql::QueryResult result) {
  if (auto* vector = std::get_if<promql::Vector>(&result.value)) return std::move(*vector);
  if (const auto* scalar = std::get_if<promql::ScalarValue>(&result.value)) {
    promql::VectorSample sample;
    sample.value = scalar->value;
    return promql::Vector{std::move(sample)};
  }
  return InvalidArgument("rule result is not a vector or scalar");
}

Status EndSeries(const World& world, const std::vector<std::string>& series, int64_t at_ms) {
  if (series.empty()) return {};
  metrics::RawBatch batch;
  batch.promise = metrics::Promise::kSoon;
  batch.sender = kSender;
  for (const std::string& bytes : series) {
    batch.series.push_back({bytes, static_cast<uint32_t>(batch.samples.size()), 1});
    batch.samples.push_back({at_ms, metrics::StaleMarker()});
  }
  return world.append(batch);
}

}  // namespace hinomi::rules
