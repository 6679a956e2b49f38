#include "metrics/published.h"

namespace hinomi::metrics {
namespace {

constexpr MetricKind kCounter = MetricKind::kCounter;
constexpr MetricKind kGauge = MetricKind::kGauge;

constexpr MetricRow kService[] = {
    {"CPUUtilization", kGauge, "percent", "ServiceName,ClusterName",
     "Processor time used: of what the replicas of a service reserve, of one core where they "
     "reserve nothing, or of the host."},
    {"MemoryUtilization", kGauge, "percent", "ServiceName,ClusterName",
     "Memory used: of what the replicas of a service reserve, or of the host."},
    {"HealthyHostCount", kGauge, "", "ServiceName,ClusterName",
     "Replicas that get requests by the balancer, or probes of the service that succeed."},
    {"UnHealthyHostCount", kGauge, "", "ServiceName,ClusterName",
     "Replicas that the balancer holds back because their check fails."},
    {"RequestCount", kGauge, "", "ServiceName,ClusterName,instance",
     "Requests since the last look; 1 for each run of an HTTP probe."},
    {"HTTPCode_Target_2XX_Count", kGauge, "", "ServiceName,ClusterName",
     "Answers 2xx of the replicas since the last look."},
    {"HTTPCode_Target_3XX_Count", kGauge, "", "ServiceName,ClusterName",
     "Answers 3xx of the replicas since the last look."},
    {"HTTPCode_Target_4XX_Count", kGauge, "", "ServiceName,ClusterName",
     "Answers 4xx of the replicas since the last look."},
    {"HTTPCode_Target_5XX_Count", kGauge, "", "ServiceName,ClusterName,instance",
     "Answers 5xx of the replicas since the last look, or of an HTTP probe."},
    {"HTTPCode_ELB_4XX_Count", kGauge, "", "ServiceName,ClusterName",
     "Answers 4xx that the balancer gave itself since the last look."},
    {"HTTPCode_ELB_5XX_Count", kGauge, "", "ServiceName,ClusterName",
     "Answers 5xx that the balancer gave itself since the last look, e.g. because no replica was "
     "healthy."},
    {"TargetResponseTime", kGauge, "seconds", "ServiceName,ClusterName,instance",
     "Time that a replica took to answer: one sample a request from the log of the balancer, or a "
     "run of an HTTP probe."},
};

constexpr MetricRow kProbe[] = {
    {"probe_success", kGauge, "", "probe,instance,job", "1 if the probe succeeded."},
    {"probe_duration_seconds", kGauge, "seconds", "probe,instance,job",
     "Time that the whole probe took."},
    {"probe_failed_layer", kGauge, "", "probe,instance,job,layer",
     "1 for the layer at which the probe failed."},
    {"probe_http_status_code", kGauge, "", "probe,instance,job",
     "Status of the last answer; 0 without one."},
    {"probe_http_ssl", kGauge, "", "probe,instance,job", "1 if the answer came over TLS."},
    {"probe_http_redirects", kGauge, "", "probe,instance,job", "Redirects that were followed."},
    {"probe_failed_due_to_regex", kGauge, "", "probe,instance,job",
     "1 if the body lacks what it must contain."},
    {"probe_http_duration_seconds", kGauge, "seconds", "probe,instance,job,phase",
     "Time of each phase of an HTTP probe."},
    {"probe_dns_duration_seconds", kGauge, "seconds", "probe,instance,job,phase",
     "Time of each phase of a DNS probe."},
    {"probe_phase_duration_seconds", kGauge, "seconds", "probe,instance,job,phase",
     "Time of each phase of a TCP, TLS or PostgreSQL probe."},
    {"probe_dns_lookup_time_seconds", kGauge, "seconds", "probe,instance,job",
     "Time to look up the name of the target."},
    {"probe_dns_query_succeeded", kGauge, "", "probe,instance,job",
     "1 if the name server answered."},
    {"probe_dns_answer_rrs", kGauge, "", "probe,instance,job", "Records in the answer section."},
    {"probe_dns_authority_rrs", kGauge, "", "probe,instance,job",
     "Records in the authority section."},
    {"probe_dns_additional_rrs", kGauge, "", "probe,instance,job",
     "Records in the additional section."},
    {"probe_dns_serial", kGauge, "", "probe,instance,job",
     "Serial number of the zone, of an SOA answer."},
    {"probe_tls_version_info", kGauge, "", "probe,instance,job,version",
     "1, with the version of TLS."},
    {"probe_ssl_earliest_cert_expiry", kGauge, "seconds", "probe,instance,job",
     "When the first certificate of the chain expires, in seconds since 1970."},
    {"probe_ssl_days_until_expiry", kGauge, "days", "probe,instance,job",
     "Days until the first certificate of the chain expires."},
};

constexpr MetricRow kScrape[] = {
    {"up", kGauge, "", "job,instance", "1 if the last scrape worked."},
    {"scrape_duration_seconds", kGauge, "seconds", "job,instance", "Time that the scrape took."},
    {"scrape_samples_scraped", kGauge, "", "job,instance", "Samples on the page."},
    {"scrape_samples_post_metric_relabeling", kGauge, "", "job,instance",
     "Samples that were kept."},
    {"scrape_series_added", kGauge, "", "job,instance",
     "Series that the scrape before did not have."},
};

constexpr MetricRow kBalancer[] = {
    {"haproxy_up", kGauge, "", "", "1 if HAProxy answered on its socket."},
    {"haproxy_backend_status", kGauge, "", "proxy,state",
     "1 for the state in which the backend is."},
    {"haproxy_backend_active_servers", kGauge, "", "proxy", "Servers that get requests."},
    {"haproxy_backend_backup_servers", kGauge, "", "proxy", "Backup servers."},
    {"haproxy_backend_current_sessions", kGauge, "", "proxy", "Sessions that are open."},
    {"haproxy_backend_current_queue", kGauge, "", "proxy", "Requests that wait for a server."},
    {"haproxy_backend_sessions_total", kCounter, "", "proxy", "Sessions since HAProxy began."},
    {"haproxy_backend_http_requests_total", kCounter, "", "proxy", "Requests since HAProxy began."},
    {"haproxy_backend_http_responses_total", kCounter, "", "proxy,code",
     "Answers since HAProxy began, by class of status."},
    {"haproxy_backend_response_time_average_seconds", kGauge, "seconds", "proxy",
     "Mean time to the answer over the last 1024 requests, as HAProxy says it."},
    {"haproxy_server_status", kGauge, "", "proxy,server,state",
     "1 for the state in which the server is."},
    {"haproxy_server_weight", kGauge, "", "proxy,server", "Weight that is in force."},
    {"haproxy_server_uweight", kGauge, "", "proxy,server", "Weight that was asked for."},
    {"haproxy_server_current_sessions", kGauge, "", "proxy,server",
     "Sessions of the server that are open."},
    {"haproxy_server_current_queue", kGauge, "", "proxy,server",
     "Requests that wait for the server."},
    {"haproxy_server_sessions_total", kCounter, "", "proxy,server",
     "Sessions of the server since HAProxy began."},
    {"haproxy_server_http_responses_total", kCounter, "", "proxy,server,code",
     "Answers of the server since HAProxy began, by class of status."},
    {"haproxy_process_uptime_seconds", kGauge, "seconds", "", "How long HAProxy has been running."},
    {"haproxy_process_start_time_seconds", kGauge, "seconds", "",
     "When HAProxy began, in seconds since 1970."},
    {"hinomi_backend_response_time_seconds", kGauge, "seconds", "proxy,quantile",
     "Time to the answer by the log of HAProxy: median, 90th and 99th percentile."},
};

constexpr MetricRow kHost[] = {
    {"node_boot_time_seconds", kGauge, "seconds", "",
     "When the machine started, in seconds since 1970."},
    {"node_context_switches_total", kCounter, "", "", "Context switches."},
    {"node_cpu_guest_seconds_total", kCounter, "seconds", "cpu,mode",
     "Processor time of virtual machines; contained in user and nice."},
    {"node_cpu_seconds_total", kCounter, "seconds", "cpu,mode", "Processor time by mode."},
    {"node_disk_discard_time_seconds_total", kCounter, "seconds", "device",
     "Time spent on discards."},
    {"node_disk_discarded_sectors_total", kCounter, "", "device", "Sectors discarded."},
    {"node_disk_discards_completed_total", kCounter, "", "device", "Discards done."},
    {"node_disk_discards_merged_total", kCounter, "", "device", "Discards merged with others."},
    {"node_disk_flush_requests_time_seconds_total", kCounter, "seconds", "device",
     "Time spent on flushes."},
    {"node_disk_flush_requests_total", kCounter, "", "device", "Flushes done."},
    {"node_disk_io_now", kGauge, "", "device", "Requests in flight."},
    {"node_disk_io_time_seconds_total", kCounter, "seconds", "device",
     "Time in which the disk had something to do."},
    {"node_disk_io_time_weighted_seconds_total", kCounter, "seconds", "device",
     "The same, times the requests in flight."},
    {"node_disk_read_bytes_total", kCounter, "bytes", "device", "Bytes read."},
    {"node_disk_read_time_seconds_total", kCounter, "seconds", "device", "Time spent on reads."},
    {"node_disk_reads_completed_total", kCounter, "", "device", "Reads done."},
    {"node_disk_reads_merged_total", kCounter, "", "device", "Reads merged with others."},
    {"node_disk_write_time_seconds_total", kCounter, "seconds", "device", "Time spent on writes."},
    {"node_disk_writes_completed_total", kCounter, "", "device", "Writes done."},
    {"node_disk_writes_merged_total", kCounter, "", "device", "Writes merged with others."},
    {"node_disk_written_bytes_total", kCounter, "bytes", "device", "Bytes written."},
    {"node_filefd_allocated", kGauge, "", "", "Open files of the whole machine."},
    {"node_filefd_maximum", kGauge, "", "", "How many may be open."},
    {"node_filesystem_avail_bytes", kGauge, "bytes", "device,fstype,mountpoint",
     "Space left for users other than root."},
    {"node_filesystem_device_error", kGauge, "", "device,fstype,mountpoint",
     "1 if the file system did not answer."},
    {"node_filesystem_files", kGauge, "", "device,fstype,mountpoint", "Inodes."},
    {"node_filesystem_files_free", kGauge, "", "device,fstype,mountpoint", "Inodes that are free."},
    {"node_filesystem_free_bytes", kGauge, "bytes", "device,fstype,mountpoint",
     "Space that is free."},
    {"node_filesystem_readonly", kGauge, "", "device,fstype,mountpoint",
     "1 if it is mounted read-only."},
    {"node_filesystem_size_bytes", kGauge, "bytes", "device,fstype,mountpoint",
     "Size of the file system."},
    {"node_forks_total", kCounter, "", "", "Processes started."},
    {"node_intr_total", kCounter, "", "", "Interrupts."},
    {"node_load1", kGauge, "", "", "Load over 1 minute."},
    {"node_load5", kGauge, "", "", "Load over 5 minutes."},
    {"node_load15", kGauge, "", "", "Load over 15 minutes."},
    {"node_memory_*_bytes", kGauge, "bytes", "", "A line of /proc/meminfo, in bytes."},
    {"node_memory_*", kGauge, "", "", "A line of /proc/meminfo that is a plain number."},
    {"node_network_receive_*_total", kCounter, "", "device",
     "What an interface received, by the columns of /proc/net/dev."},
    {"node_network_transmit_*_total", kCounter, "", "device",
     "What an interface sent, by the columns of /proc/net/dev."},
    {"node_pressure_*_stalled_seconds_total", kCounter, "seconds", "",
     "Time in which all tasks waited for the resource."},
    {"node_pressure_*_waiting_seconds_total", kCounter, "seconds", "",
     "Time in which some task waited for the resource."},
    {"node_procs_blocked", kGauge, "", "", "Processes that wait for a disk."},
    {"node_procs_running", kGauge, "", "", "Processes that run or could run."},
    {"node_scrape_collector_success", kGauge, "", "collector",
     "1 if the part of the host could be read."},
    {"node_time_seconds", kGauge, "seconds", "",
     "The clock of the machine, in seconds since 1970."},
    {"node_uname_info", kGauge, "", "sysname,release,version,nodename,domainname,machine",
     "1, with the kernel and the name of the machine."},
};

constexpr MetricGroup kGroups[] = {
    {"Services",
     "The figures that the alarms of the operations document read, once under ServiceName and once "
     "under ServiceName and ClusterName.",
     kService},
    {"Probes",
     "One set for each run of a probe of targets.yml; the names are those of the blackbox exporter "
     "where it has one.",
     kProbe},
    {"Scrapes", "One set for each target of a scrape job, as Prometheus has it.", kScrape},
    {"Load balancer",
     "The state of HAProxy, for each service with a load_balancer; the names are those of its own "
     "exporter.",
     kBalancer},
    {"Host",
     "This machine from /proc, under the names of node_exporter, so that its dashboards fit.",
     kHost},
};

}  // namespace

std::span<const MetricGroup> PublishedMetrics() {
  return kGroups;
}

const MetricRow* FindPublished(std::string_view name) {
  for (const MetricGroup& group : kGroups)
    if (const MetricRow* row = FindMetric(group.rows, name)) return row;
  return nullptr;
}

}  // namespace hinomi::metrics
