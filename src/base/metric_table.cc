#include "base/metric_table.h"

#include <algorithm>

namespace hinomi {
namespace {

constexpr MetricKind kCounter = MetricKind::kCounter;
constexpr MetricKind kGauge = MetricKind::kGauge;

constexpr MetricRow kOwn[] = {
    {"hinomi_alarm_evaluation_lag_seconds", kGauge, "seconds", "",
     "How late alarms were looked at the last time, from when they were due."},
    {"hinomi_alarm_evaluations_failed_total", kCounter, "", "",
     "Evaluations whose metrics could not be read."},
    {"hinomi_alarm_evaluations_total", kCounter, "", "", "Evaluations of alarms."},
    {"hinomi_clock_set_back_total", kCounter, "", "",
     "Times that the wall clock was found set back."},
    {"hinomi_control_inputs_refused_total", kCounter, "", "",
     "Inputs of the control loop that could never be written and were refused."},
    {"hinomi_control_turns_failed_total", kCounter, "", "", "Turns that could not be committed."},
    {"hinomi_control_turns_total", kCounter, "", "", "Committed turns of the control loop."},
    {"hinomi_disk_free_bytes", kGauge, "bytes", "", "Free bytes on the data directory's disk."},
    {"hinomi_disk_low", kGauge, "", "", "1 while metrics are refused for want of disk space."},
    {"hinomi_heartbeats_failed_total", kCounter, "", "",
     "Heartbeats to watched_by that did not arrive."},
    {"hinomi_heartbeats_sent_total", kCounter, "", "", "Heartbeats that watched_by took."},
    {"hinomi_heartbeats_withheld_total", kCounter, "", "",
     "Heartbeats not sent because the control thread or the alarms stood still."},
    {"hinomi_host_collector_failures_total", kCounter, "", "collector",
     "Parts of the host not read."},
    {"hinomi_http_connections", kGauge, "", "", "Connections that are open."},
    {"hinomi_http_connections_refused_total", kCounter, "", "",
     "Connections turned away because too many were open."},
    {"hinomi_http_refused_total", kCounter, "", "reason",
     "Requests turned away by the server itself, by reason."},
    {"hinomi_http_request_seconds_total", kCounter, "seconds", "method,route",
     "Time from the whole head to the answer, its sending left out."},
    {"hinomi_http_requests_total", kCounter, "", "method,route,code", "Requests answered."},
    {"hinomi_incidents_forgotten", kGauge, "", "",
     "Open incidents with nothing ahead of them and no reason for that; not 0 is a bug."},
    {"hinomi_journal_events_total", kCounter, "", "", "Events appended to the journal."},
    {"hinomi_leading", kGauge, "", "", "1 while this server decides."},
    {"hinomi_ops_folder_sound", kGauge, "", "",
     "1 if the newest state of the ops folder has no mistake."},
    {"hinomi_probe_failures_total", kCounter, "", "probe,layer,reason", "Probes that failed."},
    {"hinomi_probe_store_failures_total", kCounter, "", "", "Probe results that were not stored."},
    {"hinomi_prometheus_config_sound", kGauge, "", "",
     "1 if the Prometheus configuration has no mistakes."},
    {"hinomi_prometheus_config_warnings", kGauge, "", "",
     "What of the Prometheus configuration has no effect, or had better be looked at."},
    {"hinomi_remote_write_rejected_total", kCounter, "", "reason",
     "Remote write requests refused."},
    {"hinomi_remote_write_samples_total", kCounter, "", "", "Samples taken by remote write."},
    {"hinomi_remote_write_skipped_total", kCounter, "", "kind",
     "Parts of requests that are not stored."},
    {"hinomi_rights_denied_total", kCounter, "", "", "Requests of known users without the right."},
    {"hinomi_rule_alerting_rules_not_run", kGauge, "", "",
     "Alerting rules that are not evaluated: none; kept for dashboards of older releases."},
    {"hinomi_rule_catch_up_iterations_total", kCounter, "", "",
     "Evaluations of groups that were made up for after a time down."},
    {"hinomi_rule_catch_up_pending", kGauge, "", "",
     "Evaluations that are still to be made up for, with those around each gap."},
    {"hinomi_rule_evaluation_failures_total", kCounter, "", "rule_group",
     "Evaluations of rules that failed."},
    {"hinomi_rule_evaluation_seconds_total", kCounter, "seconds", "rule_group",
     "Time that evaluations of rules took."},
    {"hinomi_rule_evaluations_total", kCounter, "", "rule_group", "Evaluations of rules."},
    {"hinomi_rule_group_alerts_firing", kGauge, "", "rule_group",
     "Alerts of a group of rules that are firing."},
    {"hinomi_rule_group_alerts_pending", kGauge, "", "rule_group",
     "Alerts of a group of rules that are pending."},
    {"hinomi_rule_group_interval_seconds", kGauge, "seconds", "rule_group",
     "How often a group of rules is evaluated."},
    {"hinomi_rule_group_iterations_missed_total", kCounter, "", "rule_group",
     "Times at which a group of rules was due while it still ran."},
    {"hinomi_rule_group_iterations_total", kCounter, "", "rule_group",
     "Times at which a group of rules was due."},
    {"hinomi_rule_group_last_duration_seconds", kGauge, "seconds", "rule_group",
     "How long the last evaluation of a group of rules took."},
    {"hinomi_rule_group_last_evaluation_timestamp_seconds", kGauge, "seconds", "rule_group",
     "When a group of rules was evaluated last."},
    {"hinomi_rule_group_rules", kGauge, "", "rule_group", "Rules of a group."},
    {"hinomi_scrape_failures_total", kCounter, "", "reason", "Scrapes that failed."},
    {"hinomi_scrape_targets", kGauge, "", "", "Targets that are scraped."},
    {"hinomi_scrape_targets_up", kGauge, "", "", "Targets whose last scrape worked."},
    {"hinomi_sign_in_failures_total", kCounter, "", "",
     "Requests and sign-ins with credentials that are not valid."},
    {"hinomi_store_read_only", kGauge, "", "",
     "1 if the state store refuses to write because the disk is full and the reserve is used up."},
    {"hinomi_store_reserve_bytes", kGauge, "bytes", "",
     "Disk space that the state store holds back for a full disk."},
    {"hinomi_store_reserve_events_left", kGauge, "", "",
     "Events that may still be written on the given-up reserve; -1 while it is held."},
    {"hinomi_tsdb_append_refused_total", kCounter, "", "reason", "Batches that were refused."},
    {"hinomi_tsdb_appended_samples_total", kCounter, "", "", "Samples made durable."},
    {"hinomi_tsdb_block_bytes", kGauge, "bytes", "", "Disk that the blocks of metrics take."},
    {"hinomi_tsdb_block_samples", kGauge, "", "", "Samples in blocks."},
    {"hinomi_tsdb_blocks", kGauge, "", "", "Blocks of metrics."},
    {"hinomi_tsdb_churned_series", kGauge, "", "label",
     "Series that came and ended within an hour, where they are as many as live; by the label."},
    {"hinomi_tsdb_damaged_chunks", kGauge, "", "",
     "Pieces of metrics on the disk that could not be read."},
    {"hinomi_tsdb_downsampled_bytes", kGauge, "bytes", "",
     "Disk that downsampled history takes, all resolutions together."},
    {"hinomi_tsdb_downsampled_days_total", kCounter, "", "",
     "Days that were downsampled, each once a resolution; again where samples came late."},
    {"hinomi_tsdb_exemplar_bytes", kGauge, "bytes", "", "Disk that exemplars take."},
    {"hinomi_tsdb_exemplars_refused_total", kCounter, "", "",
     "Exemplars left out: no label set, or over 128 characters of labels."},
    {"hinomi_tsdb_future_samples_total", kCounter, "", "sender",
     "Samples stored whose time was more than an hour ahead."},
    {"hinomi_tsdb_histogram_columns", kGauge, "", "",
     "Columns of native histograms that the head knows: a series of counts each."},
    {"hinomi_tsdb_memory_bytes", kGauge, "bytes", "", "Memory that series and fresh samples take."},
    {"hinomi_tsdb_query_memory_bytes", kGauge, "bytes", "",
     "The most that samples of queries took at a time, of late."},
    {"hinomi_tsdb_series", kGauge, "", "", "Series that the head knows: the ones of late."},
    {"hinomi_tsdb_wal_bytes", kGauge, "bytes", "", "Write-ahead log since the last flush."},
    {"hinomi_tsdb_wal_damaged_regions", kGauge, "", "",
     "Regions of the log that could not be read at the last start."},
    {"hinomi_tsdb_wal_syncs_total", kCounter, "", "", "Syncs of the write-ahead log."},
    {"hinomi_worker_refused_total", kCounter, "", "lane",
     "Tasks refused because their lane was full."},
    {"hinomi_worker_running", kGauge, "", "lane", "Tasks that workers run now."},
    {"hinomi_worker_waiting", kGauge, "", "lane", "Tasks that wait for a worker."},
};

/// One "*" in `pattern` stands for one or more characters.
bool Fits(std::string_view pattern, std::string_view name) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  return name.size() >= pattern.size() && name.starts_with(pattern.substr(0, star)) &&
         name.ends_with(pattern.substr(star + 1));
}

}  // namespace

std::string_view MetricKindName(MetricKind type) {
  return type == MetricKind::kCounter ? "counter" : "gauge";
}

std::span<const MetricRow> OwnMetrics() {
  return kOwn;
}

const MetricRow* FindMetric(std::span<const MetricRow> rows, std::string_view name) {
  // Whole names first: they say more than a pattern.
  for (const bool whole : {true, false}) {
    const auto found = std::ranges::find_if(rows, [&](const MetricRow& row) {
      return whole ? row.name == name : Fits(row.name, name);
    });
    if (found != rows.end()) return &*found;
  }
  return nullptr;
}

}  // namespace hinomi
