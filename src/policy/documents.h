#ifndef HINOMI_POLICY_DOCUMENTS_H_
#define HINOMI_POLICY_DOCUMENTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "metric_math/metric_math.h"
#include "policy/alarm_rule.h"
#include "policy/rule_documents.h"

/// The typed documents of an ops folder, as plain values: checked, with
/// defaults filled in. The YAML forms are in docs and JSON Schemas, both made
/// from the declarations in policy/impl.
namespace hinomi::policy {

// --- alarms.yml -------------------------------------------------------------

enum class Comparison {
  kGreaterThanOrEqual,
  kGreaterThan,
  kLessThan,
  kLessThanOrEqual,
  // With a band instead of a threshold.
  kOutsideBand,
  kBelowBand,
  kAboveBand,
};
/// CloudWatch's names, e.g. "GreaterThanOrEqualToThreshold".
std::string_view ComparisonName(Comparison comparison);

enum class MissingData { kMissing, kIgnore, kBreaching, kNotBreaching };
std::string_view MissingDataName(MissingData mode);  ///< "missing", "ignore", …

/// While an alarm of this name stands, and a while after, a composite alarm does not act.
struct SuppressorDocument {
  std::string alarm;                          ///< "": none.
  Duration wait = Duration::Minutes(2);       ///< For the suppressor to go off, too.
  Duration extension = Duration::Minutes(2);  ///< After it has ended.
};

/// One of the metrics that an alarm reads, or an expression over others
/// (metric_math/metric_math.h).
struct MetricQueryDocument {
  std::string id;
  std::string expression;  ///< "" for a metric.
  std::string label;
  std::string metric;
  std::map<std::string, std::string> dimensions;
  std::string statistic = "Average";
  std::string unit;
  bool return_data = false;  ///< The one that the alarm watches.
};

/// [begin, end)
struct TimeRangeDocument {
  Instant begin;
  Instant end;
  bool operator==(const TimeRangeDocument&) const = default;
};

/// One alarm: of a metric (`metric` is set), of an expression over several (`queries` are), of
/// PromQL (`expr` is) or of other alarms (`rule` is). The document's keys: name metric threshold
/// evaluationPeriods comparisonOperator action; the others are CloudWatch's.
struct AlarmDocument {
  std::string name;
  std::string description;
  std::string rule;  ///< Of a composite alarm: policy/alarm_rule.h.
  /// The same, parsed; null where `rule` is "".
  std::shared_ptr<const AlarmRule> parsed_rule;
  SuppressorDocument suppressor;
  std::vector<MetricQueryDocument> queries;
  /// The same, compiled; null where there are none.
  std::shared_ptr<const metric_math::MetricMath> math;
  std::string metric;                             ///< Of an expression: how it is called.
  std::string metric_namespace;                   ///< "" if none is named.
  std::map<std::string, std::string> dimensions;  ///< E.g. ServiceName: app.
  std::string statistic = "Average";              ///< metrics::Statistic.
  Duration period = Duration::Seconds(60);
  std::string wall_clock_zone;  ///< Periods follow the clocks of this zone; "": the evaluation.
  int evaluation_periods = 1;
  int datapoints_to_alarm = 1;  ///< M of N; default N.
  double threshold = 0;         ///< In the unit in which the metric is published.
  std::string threshold_text;   ///< As written: "80", "1000ms", "85%".
  Comparison comparison = Comparison::kGreaterThanOrEqual;
  /// The id of the query that is ANOMALY_DETECTION_BAND(band_of, spreads), against which the alarm
  /// holds what it watches; "": it has a threshold.
  std::string threshold_metric_id;
  std::string band_of;                      ///< The id of a metric or of an expression.
  double spreads = 2;                       ///< Of the band, to each side; > 0.
  std::string metric_zone;                  ///< In whose hours a week is learnt; "" is UTC.
  std::vector<TimeRangeDocument> excluded;  ///< Of these nothing is learnt.
  MissingData treat_missing_data = MissingData::kMissing;
  /// Of percentiles: the state stays where a period has too few samples for it to mean anything.
  bool ignore_low_samples = false;
  std::string unit;
  std::string action;               ///< Of the ALARM state: a name of routes.yml.
  std::string ok_action;            ///< Of the OK state; usually "".
  std::string insufficient_action;  ///< Of the INSUFFICIENT_DATA state; usually "".
  bool actions_enabled = true;
  bool observe_only = false;
  /// A recovery counts only once the state has come to rest.
  bool flap_detection = false;
  int look_back = 0;  ///< So many points are read at least; for target tracking.

  /// A PromQL alarm has this: each series that the expression gives is a contributor with a state
  /// of its own, as with an alerting rule.
  std::string expr;
  Duration hold;             ///< `for`
  Duration keep_firing_for;  ///< `keepFiringFor`
  Duration evaluation_interval = Duration::Seconds(60);
  std::map<std::string, std::string> labels;       ///< Templates, as in rule files.
  std::map<std::string, std::string> annotations;  ///< The same.
  int max_contributors = 1000;                     ///< With more it cannot be evaluated.
  /// The rule file that it stands in; "" for alarms.yml. Its action goes by each contributor's
  /// labels then (policy/alert_rules.h).
  std::string rule_file;

  bool is_composite() const { return !rule.empty(); }
  bool is_promql() const { return !expr.empty(); }
  /// Points of metrics are compared with a threshold.
  bool reads_points() const { return !is_composite() && !is_promql(); }
  /// They are held against what is usual instead of a threshold.
  bool has_band() const { return !threshold_metric_id.empty(); }
  /// The metrics that it reads: one, several, or none where it reads no points.
  std::vector<MetricQueryDocument> Metrics() const;
};

/// A time in which nothing follows from alarms, again and again or once, e.g. of planned work.
/// Their states go on being looked at.
struct MuteRuleDocument {
  std::string name;
  std::string description;
  std::vector<std::string> alarms;  ///< Names of alarms.
  std::string schedule;             ///< "cron(0 2 * * SUN)" or "at(2026-12-24T18:00)".
  std::string time_zone;            ///< IANA name or offset; "" is the server's.
  Duration duration;                ///< From each beginning of the schedule.
};

/// While one of the sources stands, nothing follows from the targets: it is what is wrong, they
/// are how it shows (Alertmanager's inhibition). An alarm on both sides is held back by none.
struct InhibitRuleDocument {
  std::string name;
  std::string description;
  std::vector<std::string> sources;           ///< Names of alarms.
  std::vector<std::string> targets;           ///< The same.
  bool same_service = true;                   ///< Only where source and target are of one service.
  Duration wait;                              ///< For a source to go off, too.
  Duration extension = Duration::Minutes(2);  ///< After a source has ended.
};

// --- routes.yml -------------------------------------------------------------

/// What an action means: how bad it is and who hears of it.
struct RouteDocument {
  std::string action;  ///< The key in alarms.yml.
  std::string description;
  std::string severity = "error";  ///< critical error warning info
  std::string escalation;  ///< Name of a policy in escalation.yml; "" pages nobody by level.
  std::vector<std::string> notify;  ///< Contacts told once, at the opening.
  std::string scale;  ///< For scaling actions: "up" or "down"; then no incident is opened.
};

/// When problems count as one storm, for which people are paged once: `incidents` of them were
/// opened by sources within the time.
struct StormDocument {
  int incidents = 20;  ///< 0: never.
  Duration within = Duration::Minutes(5);
};

// --- escalation.yml ---------------------------------------------------------

struct EscalationStepDocument {
  std::string level;                    ///< "L1" … "L4"
  std::string title;                    ///< The document\'s words.
  Duration after;                       ///< From the opening of the incident.
  bool until_acknowledged = false;      ///< Default: counted until *resolved*.
  std::vector<std::string> contacts;    ///< Names of contacts.yml.
  std::vector<std::string> severities;  ///< Only for these; empty: all that page.
  /// For incidents of these severities the step fires at the opening.
  std::vector<std::string> at_once_for;
  bool counts_from_previous = false;  ///< `after_previous` stands instead of `after`.
  Duration after_previous;            ///< From the firing of the step before.
  Duration repeat_every;              ///< Called again so often as long as it counts; 0: once.
};

/// The whole ladder once more, from its beginning.
struct EscalationRepeatDocument {
  int times = 0;  ///< Beyond the first pass.
  bool forever = false;
  Duration after;  ///< From the last step of a pass.
};

struct EscalationDocument {
  std::string name;
  std::vector<EscalationStepDocument> steps;
  EscalationRepeatDocument repeat;
  /// An acknowledgement holds for so long, by severity; 0 or absent: for ever.
  std::map<std::string, Duration> acknowledgement_timeout;
  std::vector<std::string> on_exhausted;  ///< Contacts told when the last step had its turn.
};

// --- contacts.yml -----------------------------------------------------------

/// Where messages can go. `type`: smtp webhook slack pagerduty outbox. A
/// channel whose credentials are missing is *unconfigured*: its pages go to
/// the console and DATA/outbox/.
struct ChannelDocument {
  std::string name;
  std::string type;
  std::map<std::string, std::string> settings;  ///< url, server, from, …; secrets as references.
  bool configured = false;
  std::string unconfigured_reason;
  std::string missing_variable;  ///< Of the environment: what it waits for, if that is all.
};

/// One way to reach a contact: a channel, and the address there if it needs one.
struct ContactMethod {
  std::string channel;
  std::string address;
  std::string list;    ///< Name of the list that it came from; "" if none.
  std::string person;  ///< Of a list: who it is.
};

/// A list of people, e.g. the document's emergency-contact-list. A contact's
/// method that names it is replaced by its entries when the folder is loaded.
struct ContactListDocument {
  std::string name;
  std::string title;
  std::vector<ContactMethod> entries;  ///< In the order in which they are called.
};

struct HoursDocument {
  bool always = true;                     ///< 24/7
  std::string time_zone;                  ///< IANA name; "" is the server's.
  std::vector<std::string> weekdays;      ///< mon … sun
  int from_minute = 0;                    ///< Of the day, inclusive.
  int to_minute = 24 * 60;                ///< Exclusive.
  std::vector<std::string> override_for;  ///< Severities that do not wait for opening.
};

struct ContactDocument {
  std::string name;                    ///< "on-call", "team-lead", "management", …
  std::string title;                   ///< The document's words, e.g. オンコール.
  std::vector<ContactMethod> methods;  ///< In order of preference.
  HoursDocument hours;
};

// --- hinomi.yml, targets.yml ------------------------------------------------

/// So much of the data directory's disk: `bytes`, or where that is 0 a share.
struct DiskShareDocument {
  int percent = 25;
  uint64_t bytes = 0;
};

/// Series that are kept for another time than the rest.
struct RetentionRuleDocument {
  std::string match;  ///< A PromQL selector.
  Duration time;      ///< 0: for ever.
};

/// Samples go when the first of these limits is passed.
struct MetricsRetentionDocument {
  DiskShareDocument size;
  Duration time;                             ///< Of series that no rule matches; 0: for ever.
  std::vector<RetentionRuleDocument> rules;  ///< The first one that matches decides.
};

/// How long downsampled windows of one length are kept.
struct KeptWindowsDocument {
  bool made = false;
  Duration time;  ///< 0: for ever.
};
struct DownsamplingDocument {
  KeptWindowsDocument five_minutes;
  KeptWindowsDocument hour;
};

/// How the time-series store works: `metrics` in hinomi.yml.
struct MetricsDocument {
  std::string durability = "sync";  ///< sync interval
  uint64_t head_memory_bytes = 1u << 30;
  uint64_t query_memory_bytes = 1u << 30;  ///< Of all queries that run at a time.
  MetricsRetentionDocument retention;
  DownsamplingDocument downsampling;
};

/// What holds for alerting rules.
struct AlertRulesDocument {
  /// The action of an alert, by its label severity; "other" for all the rest.
  std::map<std::string, std::string> alerts;
  Duration for_outage_tolerance = Duration::Hours(1);
  Duration for_grace_period = Duration::Minutes(10);
};

struct ServerDocument {
  std::vector<std::string> listen = {"127.0.0.1:9140"};
  std::string external_url;
  std::string data;
  std::string time_zone = "Asia/Tokyo";
  std::string language = "ja";
  std::string database;                    ///< "" is SQLite; else a libpq connection string.
  Duration lease = Duration::Seconds(90);  ///< How long a silent leader keeps the others waiting.
  bool insecure = false;
  std::string tls_certificate, tls_key;
  Duration observe_new_alarms = Duration::Minutes(10);
  std::vector<std::string> host_names;  ///< Accepted in Host besides IP literals and localhost.
  std::string watched_by;  ///< Who watches Hinomi: a heartbeat URL or the name of a peer.
  MetricsDocument metrics;
  std::vector<std::string> rule_files;  ///< Patterns of Prometheus' rule files.
  /// So far back recording rules are evaluated for the time that Hinomi was down.
  Duration rule_catch_up = Duration::Hours(4);
  AlertRulesDocument rules;
};

struct ScrapeDocument {
  std::string job;
  std::vector<std::string> targets;  ///< host:port
  std::string file;                  ///< File with targets (Prometheus' file_sd JSON), re-read.
  std::map<std::string, std::string> labels;
  std::string scheme = "http";
  std::string path = "/metrics";
  Duration interval = Duration::Seconds(15);
  Duration timeout = Duration::Seconds(10);
  uint64_t body_limit_bytes = 16u << 20;
  uint64_t sample_limit = 100'000;
  bool honor_labels = false;
  bool honor_timestamps = true;
  bool scrape_native_histograms = false;
  std::string openmetrics;  ///< lenient strict; "" for what `serve` was started with.
};

/// How it is found out that a replica is well.
struct HealthCheckDocument {
  std::string type = "none";  ///< none http tcp
  std::string path = "/";
  Duration interval = Duration::Seconds(5);
  Duration timeout = Duration::Seconds(5);
  int retries = 3;
  Duration start_period;
};

/// Keys that are not of the type keep their defaults.
struct ProbeDocument {
  std::string name;
  std::string type;    ///< http tcp tls dns postgres
  std::string target;  ///< URL or host:port
  Duration interval = Duration::Seconds(15);
  Duration timeout = Duration::Seconds(5);
  // http
  std::string body_contains;
  int expected_status = 0;  ///< 0: any 2xx.
  int redirects = 0;        ///< How many are followed.
  // http tls postgres
  std::string ca_file;       ///< "": the system's.
  int certificate_days = 0;  ///< Fails with fewer days left; 0: only told.
  bool verify_tls = true;    ///< http tls
  std::string server_name;   ///< tls; "": the host of the target.
  // dns
  std::string query_name;
  std::string query_type = "A";
  std::string expected_rcode = "NOERROR";
  std::vector<std::string> expected_answers;  ///< Empty: any.
  std::string transport = "udp";              ///< udp tcp
  // postgres
  std::string user;
  std::string password;        ///< A reference.
  std::string database;        ///< "": the user's name.
  std::string tls = "prefer";  ///< disable prefer require verify
  std::map<std::string, std::string> labels;
};

/// What spreads a service's requests over its replicas.
struct LoadBalancerDocument {
  std::string driver;   ///< haproxy; "" where a service declares none.
  std::string socket;   ///< Path of HAProxy's runtime socket.
  std::string backend;  ///< The service's backend in haproxy.cfg.
  std::string log;      ///< Where HAProxy sends its HTTP log; "" for nowhere.
  Duration check_interval = Duration::Millis(500);  ///< Of its checks of each server.
  Duration interval = Duration::Seconds(5);
};

/// By how much an alarm's action "scale: up" changes the number of replicas.
struct ScalingStepDocument {
  double beyond = 0;  ///< From so far beyond the alarm's threshold on, in the metric's unit.
  int add = 0;        ///< Replicas.
  int percent = 0;    ///< Of the present number, where `add` is 0.
};

/// Holds a metric of the service near a value.
struct ScalingTargetDocument {
  std::string metric;  ///< "" where no target is declared.
  double value = 0;
  Duration period = Duration::Seconds(60);
};

/// How the number of a service's replicas follows its alarms, within its
/// min_count and max_count.
struct ScalingDocument {
  std::vector<ScalingStepDocument> steps = {{0, 1, 0}};  ///< Ascending; the first at 0.
  ScalingTargetDocument target;
  Duration cooldown_out = Duration::Minutes(5);
  Duration cooldown_in = Duration::Minutes(5);
  /// How far it goes down again when its alarms are OK: desired_count min_count never
  std::string scale_in = "desired_count";
  Duration scale_in_after = Duration::Minutes(10);  ///< Of OK.
  int healthy_minimum = 1;                          ///< Scaling in leaves so many healthy.
};

struct ServiceDocument {
  std::string name;
  std::string cluster;
  std::string driver;  ///< process ecs …
  LoadBalancerDocument load_balancer;
  /// Names of probes that stand for the balancer's view where none is declared.
  std::vector<std::string> probes;
  std::map<std::string, std::string> settings;

  // Of the driver process. Without a command it is only watched.
  std::vector<std::string> command;  ///< "${PORT}" and "${TASK}" are replaced.
  std::map<std::string, std::string> environment;
  std::string directory;
  std::string ports;                ///< "9150-9159"; "" for none.
  int port_low = 0, port_high = 0;  ///< Of `ports`.
  int desired_count = 1;
  int min_count = 1;
  int max_count = 1;
  HealthCheckDocument health_check;
  int cpu_units = 0;   ///< 1024 are one core; 0: nothing is reserved.
  int memory_mib = 0;  ///< 0: nothing is reserved, and nothing limited.
  int open_files = 0;  ///< 0: as many as Hinomi may have.
  Duration stop_timeout = Duration::Seconds(30);
  Duration drain_timeout = Duration::Seconds(30);
  ScalingDocument scaling;

  bool managed() const { return !command.empty(); }
};

/// The alarm that is made for a service with a target: it goes off while the
/// metric is above it, and its points are what target tracking decides on.
inline std::string TargetAlarmName(const std::string& service) {
  return "TargetTracking-" + service;
}

/// A database, DNS zone or host that the folder declares.
struct ResourceDocument {
  std::string name;
  std::string kind;  ///< database zone host log_group
  std::string driver;
  std::map<std::string, std::string> settings;
};

struct TargetsDocument {
  bool host_collector = true;
  Duration host_interval = Duration::Seconds(15);
  std::vector<ScrapeDocument> scrapes;
  std::vector<ProbeDocument> probes;
  std::vector<ServiceDocument> services;
  std::vector<ResourceDocument> resources;
};

// --- the documents whose machinery comes later ------------------------------

struct ChecklistItem {
  std::string phase;  ///< pre during post
  std::string id;
  std::string title;
  std::string evidence;
};

struct BackupPolicyEntry {
  std::string what;       ///< database application_data configurations
  std::string frequency;  ///< daily hourly on_change
  Duration retention;
  bool point_in_time_recovery = false;
};

struct MaintenanceTask {
  std::string name;
  std::string title;
  std::string frequency;
  std::string procedure;
  std::string owner;
};

struct KpiDocument {
  std::string name;
  std::string title;
  std::string target;       ///< As written: "99.9%", "< 30m".
  std::string method;       ///< The document's words, e.g. CloudWatch Uptime.
  std::string source;       ///< What it is computed from: availability incidents deployments
  std::string comparison;   ///< ">=", ">", "<", "<="; without one in the target: ">=".
  double target_value = 0;  ///< Percent, seconds or times a period.
  std::string target_unit;  ///< "%", "s", "/day", "/week", "/month" or "" for a bare number.
};

/// One part of a report, e.g. availability: システム稼働状況.
struct ReportSection {
  std::string kind;
  std::string title;
};

struct ReportDocument {
  std::string name;  ///< daily weekly monthly quarterly
  std::string title;
  std::vector<std::string> sections;  ///< Kinds, in order.
  std::vector<ReportSection> parts;   ///< The same with the document's titles.
};

/// A step of a recovery procedure.
struct RecoveryStep {
  std::string id;
  std::string title;
  std::string kind;   ///< find_backup restore_backup deploy switch_dns run
  std::string run;    ///< The document's command.
  std::string check;  ///< Command that tells whether the step was done; "" if a person must.
  bool once = false;  ///< Never repeated without knowing how it ended.
};

struct RecoveryDocument {
  std::string name;
  std::string title;
  std::vector<RecoveryStep> steps;  ///< In order.
};

struct RunbookStep {
  std::string title;
  std::string run;   ///< With <inputs> in angle brackets.
  std::string kind;  ///< diagnose: changes nothing; remedy: changes the world.
};

/// A diagnosis with its remedies: one file of runbooks/.
struct RunbookDocument {
  std::string name;                 ///< The file's name without ".yml".
  std::string title;                ///< The document's words, e.g. メモリリーク.
  std::vector<std::string> alarms;  ///< Shown with incidents of these.
  std::vector<std::string> inputs;  ///< Names that stand in <…> in the commands.
  std::vector<RunbookStep> steps;
};

class AlarmIndex;  // policy/alarm_index.h

/// A whole ops folder. Immutable once loaded; swapped as one.
struct OpsFolder {
  std::string digest;  ///< SHA-256 over names and contents, hex.
  ServerDocument server;
  TargetsDocument targets;
  std::vector<AlarmDocument> alarms;
  std::shared_ptr<const AlarmIndex> alarm_index;  ///< Null: alarms are gone through.
  std::vector<MuteRuleDocument> mute_rules;
  std::vector<InhibitRuleDocument> inhibit_rules;
  std::vector<RouteDocument> routes;
  StormDocument storm;
  std::vector<EscalationDocument> escalations;
  std::vector<ContactDocument> contacts;
  std::vector<ChannelDocument> channels;
  std::vector<ContactListDocument> lists;
  std::vector<ChecklistItem> checklist;
  std::vector<BackupPolicyEntry> backup_policy;
  std::vector<MaintenanceTask> maintenance;
  std::vector<KpiDocument> kpis;
  std::vector<ReportDocument> reports;
  std::vector<RecoveryDocument> recovery;
  std::vector<RunbookDocument> runbooks;
  std::vector<RuleGroupDocument> rule_groups;  ///< Of all files that hinomi.yml names.
  std::string dns_failover;  ///< dns-failover.json as it is: a Route 53 change batch; "" if absent.
};

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_DOCUMENTS_H_
