#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "metrics/openmetrics_export.h"
#include "metrics/openmetrics_import.h"
#include "metrics/tsdb/tsdb.h"
#include "os/entropy.h"
#include "os/files.h"
#include "os/system_clock.h"
#include "promql/parser.h"
#include "store/data_lock.h"

// The metrics of a data directory. Where a server runs on it, it is asked for
// what it can do meanwhile; the rest would stand in its way.
namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

/// An opened store with everything that it needs; the directory is locked.
class StoreAtRest {
 public:
  static Result<std::unique_ptr<StoreAtRest>> Open(const std::string& directory) {
    std::unique_ptr<StoreAtRest> store(new StoreAtRest);
    if (!store->files_.Exists(directory))
      return NotFound("there is no data directory " + directory + "; give one with --data");
    HN_TRY(store->lock_, store::DataLock::Take(directory));
    metrics::TsdbOptions options;
    options.directory = directory + "/metrics";
    options.seed = RandomSeed();
    HN_TRY(store->tsdb_, metrics::Tsdb::Open(store->files_, store->clock_, store->log_,
                                             store->telemetry_, std::move(options)));
    return store;
  }
  /// Where a server has the directory: that server. Null where none has.
  static Result<std::unique_ptr<Remote>> ServerOf(const std::string& directory) {
    PosixFiles files;
    if (!files.Exists(directory)) return std::unique_ptr<Remote>();
    const auto lock = store::DataLock::Take(directory);
    if (lock || lock.error().code != ErrorCode::kConflict) return std::unique_ptr<Remote>();
    HN_TRY(Remote remote, Remote::Find(directory));
    // A copy of everything may take its time.
    remote.set_timeout(Duration::Hours(1));
    return std::make_unique<Remote>(std::move(remote));
  }
  metrics::Tsdb& tsdb() { return *tsdb_; }

 private:
  StoreAtRest() = default;
  PosixFiles files_;
  SystemClock clock_;
  StderrLog log_{clock_, LogLevel::kWarning};
  Telemetry telemetry_;
  std::unique_ptr<store::DataLock> lock_;
  std::unique_ptr<metrics::Tsdb> tsdb_;
};

/// How many series have each metric name, each label name, and how many values
/// each label has.
struct Cardinality {
  std::map<std::string, size_t> metrics;
  std::map<std::string, std::set<std::string>> labels;
};

Cardinality Count(const std::vector<metrics::Labels>& series) {
  Cardinality count;
  for (const metrics::Labels& labels : series) {
    ++count.metrics[std::string(labels.name())];
    for (const auto& [name, value] : labels.pairs()) count.labels[name].insert(value);
  }
  return count;
}

size_t SeriesInHeads(const metrics::Tsdb& tsdb) {
  size_t series = 0;
  for (const auto& head : tsdb.heads()) series += head->series_count() - head->histogram_columns();
  return series;
}

std::vector<std::pair<std::string, size_t>> Largest(
    const std::vector<std::pair<std::string, size_t>>& counts, size_t limit) {
  auto sorted = counts;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  sorted.resize(std::min(sorted.size(), limit));
  return sorted;
}

Json Listed(const std::vector<std::pair<std::string, size_t>>& counts, const char* what) {
  Json list = Json::MakeArray();
  for (const auto& [name, count] : counts)
    list.Append(Json::MakeObject().Set("name", name).Set(what, count));
  return list;
}

void PrintListed(const char* name_head, const char* count_head,
                 const std::vector<std::pair<std::string, size_t>>& counts) {
  Table table({name_head, count_head});
  for (const auto& [name, count] : counts) table.Add({name, std::to_string(count)});
  std::printf("\n%s", table.ToString().c_str());
}

std::string Digits(const Json& number) {
  return std::to_string(number.as_int());
}

/// The counts of Prometheus' answer under other names.
std::vector<std::pair<std::string, size_t>> CountsIn(const Json& list) {
  std::vector<std::pair<std::string, size_t>> counts;
  for (const Json& one : list.as_array())
    counts.emplace_back(one["name"].as_string(), static_cast<size_t>(one["value"].as_int()));
  return counts;
}

void PrintChurn(const Json& churn) {
  if (churn.is_null()) return;
  const std::string label = Printable(churn["label"].as_string());
  std::printf("\nSeries come and go: %s ended within an hour, %s are live, most of them of %s.\n",
              Digits(churn["ended_series"]).c_str(), Digits(churn["live_series"]).c_str(),
              Printable(churn["metric"].as_string()).c_str());
  if (!label.empty())
    std::printf("The label %s makes them: %s new values, e.g. %s.\n", label.c_str(),
                Digits(churn["new_values"]).c_str(),
                Printable(churn["example"].as_string()).c_str());
}

int StatsOfServer(const Remote& server, const Invocation& call) {
  const auto answer = server.Get("/api/v1/status/tsdb", {{"limit", call["limit"]}});
  if (!answer) return Fail(answer.error());
  const Json& data = (*answer)["data"];
  const Json& more = data["hinomi"];
  const auto by_metric = CountsIn(data["seriesCountByMetricName"]);
  const auto by_label = CountsIn(data["labelValueCountByLabelName"]);
  if (call.json) {
    Json out = Json::MakeObject()
                   .Set("blocks", more["blocks"])
                   .Set("block_samples", more["block_samples"])
                   .Set("block_bytes", more["block_bytes"])
                   .Set("head_series", data["headStats"]["numSeries"])
                   .Set("metrics", Listed(by_metric, "series"))
                   .Set("labels", Listed(by_label, "values"));
    if (!more["churn"].is_null()) out.Set("churn", more["churn"]);
    std::puts(out.Dump().c_str());
    return kDone;
  }
  std::printf("%s series known to the head of the running server; those are counted below\n",
              Digits(data["headStats"]["numSeries"]).c_str());
  std::printf("%s blocks with %s samples in %s bytes\n", Digits(more["blocks"]).c_str(),
              Digits(more["block_samples"]).c_str(), Digits(more["block_bytes"]).c_str());
  PrintChurn(more["churn"]);
  PrintListed("METRIC", "SERIES", by_metric);
  PrintListed("LABEL", "VALUES", by_label);
  return kDone;
}

int Stats(const Invocation& call) {
  const auto limit = ParseUint(call["limit"]);
  if (!limit) return Fail(InvalidArgument("--limit is a number, not '" + call["limit"] + "'"));
  const auto server = StoreAtRest::ServerOf(call["data"]);
  if (!server) return Fail(server.error());
  if (*server != nullptr) return StatsOfServer(**server, call);
  auto store = StoreAtRest::Open(call["data"]);
  if (!store) return Fail(store.error());
  metrics::Tsdb& tsdb = (*store)->tsdb();
  const auto series = tsdb.SelectLabels({}, INT64_MIN, INT64_MAX);
  if (!series) return Fail(series.error());
  const Cardinality count = Count(*series);
  std::vector<std::pair<std::string, size_t>> values;
  for (const auto& [name, all] : count.labels) values.emplace_back(name, all.size());
  const auto by_metric = Largest({count.metrics.begin(), count.metrics.end()}, *limit);
  const auto by_label = Largest(values, *limit);
  const metrics::BlockSetStats blocks = tsdb.blocks().stats();
  if (call.json) {
    std::puts(Json::MakeObject()
                  .Set("series", series->size())
                  .Set("blocks", blocks.blocks)
                  .Set("block_samples", blocks.samples)
                  .Set("block_bytes", blocks.bytes)
                  .Set("head_series", SeriesInHeads(tsdb))
                  .Set("metrics", Listed(by_metric, "series"))
                  .Set("labels", Listed(by_label, "values"))
                  .Dump()
                  .c_str());
    return kDone;
  }
  std::printf("%zu series, %zu of them known to the head\n", series->size(), SeriesInHeads(tsdb));
  std::printf("%llu blocks with %llu samples in %llu bytes\n",
              static_cast<unsigned long long>(blocks.blocks),
              static_cast<unsigned long long>(blocks.samples),
              static_cast<unsigned long long>(blocks.bytes));
  PrintListed("METRIC", "SERIES", by_metric);
  PrintListed("LABEL", "VALUES", by_label);
  return kDone;
}

int VerifyStore(const Invocation& call) {
  auto store = StoreAtRest::Open(call["data"]);
  if (!store) return Fail(store.error());
  std::vector<std::string> damages;
  for (const auto& head : (*store)->tsdb().heads())
    for (const metrics::WalDamage& damage : head->damages())
      damages.push_back(damage.file + " at byte " + std::to_string(damage.offset) + ": " +
                        damage.what);
  std::vector<const metrics::BlockSet*> all_blocks{&(*store)->tsdb().blocks()};
  for (const metrics::DownsampledBlocks* level : (*store)->tsdb().downsampled())
    all_blocks.push_back(&level->blocks());
  for (const metrics::BlockSet* blocks : all_blocks)
    for (const metrics::FileDamage& damage : blocks->VerifyAll())
      damages.push_back(damage.file + ": " + damage.what);
  if (call.json) {
    Json list = Json::MakeArray();
    for (const std::string& damage : damages) list.Append(damage);
    std::puts(Json::MakeObject().Set("ok", damages.empty()).Set("damages", list).Dump().c_str());
  } else {
    for (const std::string& damage : damages) std::puts(Printable(damage).c_str());
    std::puts(damages.empty() ? "Every checksum of the metrics is right."
                              : "The rest can be read; what is damaged is left out of answers.");
  }
  return damages.empty() ? kDone : kAnswerIsNo;
}

Result<int64_t> TimeOr(const std::string& text, int64_t fallback_ms) {
  if (text.empty()) return fallback_ms;
  const auto at = ParseRfc3339(text);
  if (!at)
    return InvalidArgument("'" + text + "' is not a time such as 2026-11-24T03:00:00Z (RFC 3339)");
  return at->millis();
}

Result<metrics::OpenMetricsExport> ExportTo(const Invocation& call, std::FILE* out) {
  std::vector<metrics::Matcher> matchers;
  if (!call["match"].empty()) {
    HN_TRY(matchers, promql::ParseSelector(call["match"]));
  }
  HN_TRY(const int64_t from_ms, TimeOr(call["from"], INT64_MIN));
  HN_TRY(const int64_t to_ms, TimeOr(call["to"], INT64_MAX));
  HN_TRY(auto store, StoreAtRest::Open(call["data"]));
  const auto sink = [&](std::string_view text) -> Status {
    if (std::fwrite(text.data(), 1, text.size(), out) == text.size()) return {};
    return Unavailable("cannot write the exported text");
  };
  return metrics::ExportOpenMetrics(store->tsdb(), matchers, from_ms, to_ms, sink);
}

int Export(const Invocation& call) {
  const auto exported = ExportTo(call, stdout);
  if (!exported) return Fail(exported.error());
  if (std::fflush(stdout) != 0) return Fail(Unavailable("cannot write the exported text"));
  std::fprintf(stderr,
               "%zu series with %zu samples and %zu exemplars; left out: %zu ends of series, %zu "
               "series that OpenMetrics cannot name, %zu exemplars that it has no place for.\n",
               exported->series, exported->samples, exported->exemplars, exported->stale_marks,
               exported->unwritable_series, exported->exemplars_left_out);
  if (exported->histograms + exported->histograms_left_out > 0)
    std::fprintf(
        stderr,
        "%zu native histograms became classic ones (NAME_bucket, NAME_count, NAME_sum), as "
        "OpenMetrics 1.0 knows no others; left out: %zu whose names were taken.\n",
        exported->histograms, exported->histograms_left_out);
  return kDone;
}

int Import(const Invocation& call) {
  PosixFiles files;
  const auto file = files.Open(call["FILE"], OpenMode::kRead);
  if (!file) return Fail(file.error());
  auto store = StoreAtRest::Open(call["data"]);
  if (!store) return Fail(store.error());
  uint64_t offset = 0;
  const auto source = [&]() -> Result<std::string> {
    HN_TRY(std::string piece, (*file)->ReadAt(offset, 1u << 20));
    offset += piece.size();
    return piece;
  };
  const auto imported = metrics::ImportOpenMetrics(source, (*store)->tsdb());
  if (!imported) return Fail(imported.error());
  if (const Status cut = (*store)->tsdb().CutAll(); !cut) return Fail(cut.error());
  if (call.json) {
    std::puts(Json::MakeObject()
                  .Set("lines", imported->lines)
                  .Set("samples", imported->samples)
                  .Set("exemplars", imported->exemplars)
                  .Dump()
                  .c_str());
  } else {
    std::printf("%zu samples from %zu lines.\n", imported->samples, imported->lines);
  }
  return kDone;
}

void PrintSnapshot(const Invocation& call, const std::string& directory, const Json& samples,
                   const Json& bytes) {
  if (call.json) {
    std::puts(Json::MakeObject()
                  .Set("directory", directory)
                  .Set("samples", samples)
                  .Set("bytes", bytes)
                  .Dump()
                  .c_str());
  } else {
    std::printf("%s samples in %s; a server takes it with --data %s.\n", Digits(samples).c_str(),
                Printable(directory).c_str(), Printable(directory).c_str());
  }
}

/// The server copies to its data directory; from there it is moved, if DIRECTORY is
/// on the same disk.
int SnapshotOfServer(const Remote& server, const Invocation& call) {
  const std::string target = call["DIRECTORY"];
  PosixFiles files;
  if (files.Exists(target))
    return Fail(Conflict(target + " is there already; give another directory"));
  const auto answer = server.Post("/api/v1/admin/tsdb/snapshot", Json::MakeObject());
  if (!answer) return Fail(answer.error());
  const Json& data = (*answer)["data"];
  const std::string made = call["data"] + "/snapshots/" + data["name"].as_string();
  const Status moved = files.Rename(made, target);
  if (!moved)
    return Fail(Unavailable("the server copied its metrics to " + data["directory"].as_string() +
                            ", but they cannot be moved to " + target + " from here (" +
                            moved.error().message + "); move them there"));
  PrintSnapshot(call, target, data["samples"], data["bytes"]);
  return kDone;
}

int Snapshot(const Invocation& call) {
  const std::string target = call["DIRECTORY"];
  const auto server = StoreAtRest::ServerOf(call["data"]);
  if (!server) return Fail(server.error());
  if (*server != nullptr) return SnapshotOfServer(**server, call);
  auto store = StoreAtRest::Open(call["data"]);
  if (!store) return Fail(store.error());
  const Status done = (*store)->tsdb().Snapshot(target + "/metrics");
  if (!done) return Fail(done.error());
  const metrics::BlockSetStats blocks = (*store)->tsdb().blocks().stats();
  PrintSnapshot(call, target, blocks.samples, blocks.bytes);
  return kDone;
}

Argument AtRest() {
  return {
      Kind::kOption,    "data", "data directory of a server that is not running", false, "data", {},
      Names::kDirectory};
}

}  // namespace

void AddTsdbVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({"tsdb stats",
                   "How many series and samples there are, and what makes them many",
                   "hinomi tsdb stats --data data --limit 5",
                   {{Kind::kOption, "limit", "at most so many metrics and labels", false, "10"},
                    DataArgument()},
                   Stats});
  verbs.push_back({"tsdb verify",
                   "Reads every metric's bytes and compares their checksums",
                   "hinomi tsdb verify --data data",
                   {AtRest()},
                   VerifyStore});
  verbs.push_back({"tsdb export",
                   "Writes samples as OpenMetrics text to standard output",
                   "hinomi tsdb export --match 'up{job=\"app\"}' > up.txt",
                   {{Kind::kOption, "match", "only series that this selector matches", false, ""},
                    {Kind::kOption, "from", "not before this time (RFC 3339)", false, ""},
                    {Kind::kOption, "to", "not after this time (RFC 3339)", false, ""},
                    AtRest()},
                   Export});
  verbs.push_back({"tsdb import",
                   "Stores the samples of an OpenMetrics text, of any age",
                   "hinomi tsdb import up.txt --data data",
                   {{Kind::kPositional,
                     "FILE",
                     "the text; every sample with its time",
                     true,
                     "",
                     {},
                     Names::kFile},
                    AtRest()},
                   Import});
  verbs.push_back(
      {"tsdb snapshot",
       "Copies all metrics into another directory",
       "hinomi tsdb snapshot copy --data data",
       {{Kind::kPositional, "DIRECTORY", "a new data directory", true, "", {}, Names::kDirectory},
        DataArgument()},
       Snapshot});
}

}  // namespace hinomi::cli
