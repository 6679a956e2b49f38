#include "metrics/host_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/testing.h"

namespace hinomi::metrics {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

const Instant kAt = Instant::FromMillis(1'500);

class HostCollectorTest : public testing::Test {
 protected:
  HostCollectorTest() {
    Put("stat",
        "cpu  100 0 100 800 0 0 0 0 0 0\n"
        "cpu0 100 25 50 800 4 1 2 3 7 0\n"
        "intr 12345 0 1 2\nctxt 99\nbtime 1700000000\nprocesses 42\nprocs_running 3\n"
        "procs_blocked 1\nsoftirq 5 1\n");
    Put("meminfo",
        "MemTotal:       1000 kB\nMemAvailable:    250 kB\nActive(anon):   7 kB\n"
        "HugePages_Total:       2\n");
    Put("loadavg", "0.52 1.25 2 1/100 1234\n");
    Put("diskstats",
        " 254 0 vda 10 1 20 3000 40 2 50 6000 7 8000 9000 1 2 3 4000 5 6000\n"
        " 254 1 vda1 1 1 1 1 1 1 1 1 1 1 1\n   7 0 loop0 1 1 1 1 1 1 1 1 1 1 1\n"
        " 259 0 nvme0n1 5 0 0 0 0 0 0 0 0 0 0\n 259 1 nvme0n1p1 5 0 0 0 0 0 0 0 0 0 0\n");
    Put("net/dev",
        "Inter-|   Receive  |  Transmit\n face |bytes packets\n"
        "    lo: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n"
        "  eth0:11 12 13 14 15 16 17 18 21 22 23 24 25 26 27 28\n");
    Put("sys/fs/file-nr", "593\t0\t2466170\n");
    Put("pressure/cpu", "some avg10=1.00 total=2500000\nfull avg10=0.00 total=7\n");
    Put("pressure/io", "some avg10=1.00 total=1000000\nfull avg10=0.00 total=500000\n");
    Put("sys/kernel/ostype", "Linux\n");
    Put("sys/kernel/osrelease", "6.1.0\n");
    Put("sys/kernel/version", "#1 SMP\n");
    Put("sys/kernel/hostname", "web-1\n");
    Put("sys/kernel/domainname", "(none)\n");
    Put("sys/kernel/arch", "x86_64\n");
    Put("1/mounts",
        "proc /proc proc rw 0 0\n/dev/vda / ext4 rw,relatime 0 0\n"
        "/dev/vdb /data\\040disk xfs ro,nosuid 0 0\n/dev/vda / ext4 rw 0 0\n"
        "server:/x /nfs nfs4 rw 0 0\ntmpfs /run/lock tmpfs rw 0 0\n");
    options_.root = "/host";
    options_.filesystem_space = [](const std::string& path) -> Result<FilesystemSpace> {
      if (path != "/") return Unavailable("cannot read the space of " + path);
      return FilesystemSpace{1000, 600, 500, 64, 32};
    };
  }
  void Put(const std::string& name, const std::string& content) {
    ASSERT_TRUE(files_.WriteAtomically("/host/proc/" + name, content, 0644));
  }
  std::vector<std::string> Collect() {
    EXPECT_TRUE(appender_.Append(collector().Collect(kAt)));
    std::vector<std::string> lines = appender_.TakeLines();
    for (std::string& line : lines) {
      EXPECT_TRUE(line.ends_with("@1500")) << line;
      line.resize(line.size() - 5);
    }
    return lines;
  }
  HostCollector& collector() {
    if (!collector_) collector_.emplace(files_, telemetry_, options_);
    return *collector_;
  }

  FragileFiles files_;
  Telemetry telemetry_;
  RecordingAppender appender_;
  HostCollectorOptions options_;
  std::optional<HostCollector> collector_;
};

TEST_F(HostCollectorTest, GivesNodeExportersNamesAndLabels) {
  EXPECT_THAT(
      Collect(),
      IsSupersetOf({"node_cpu_seconds_total{cpu=\"0\",mode=\"nice\"} 0.25",
                    "node_cpu_seconds_total{cpu=\"0\",mode=\"steal\"} 0.03",
                    "node_cpu_guest_seconds_total{cpu=\"0\",mode=\"user\"} 0.07",
                    "node_intr_total 12345",
                    "node_context_switches_total 99",
                    "node_boot_time_seconds 1.7e+09",
                    "node_forks_total 42",
                    "node_procs_running 3",
                    "node_procs_blocked 1",
                    "node_memory_MemTotal_bytes 1024000",
                    "node_memory_Active_anon_bytes 7168",
                    "node_memory_HugePages_Total 2",
                    "node_load1 0.52",
                    "node_load5 1.25",
                    "node_load15 2",
                    "node_disk_read_bytes_total{device=\"vda\"} 10240",
                    "node_disk_read_time_seconds_total{device=\"vda\"} 3",
                    "node_disk_io_now{device=\"vda\"} 7",
                    "node_disk_io_time_weighted_seconds_total{device=\"vda\"} 9",
                    "node_disk_flush_requests_time_seconds_total{device=\"vda\"} 6",
                    "node_disk_reads_completed_total{device=\"nvme0n1\"} 5",
                    "node_network_receive_bytes_total{device=\"eth0\"} 11",
                    "node_network_receive_multicast_total{device=\"eth0\"} 18",
                    "node_network_transmit_colls_total{device=\"eth0\"} 26",
                    "node_pressure_cpu_waiting_seconds_total 2.5",
                    "node_pressure_io_stalled_seconds_total 0.5",
                    "node_filefd_allocated 593",
                    "node_filefd_maximum 2466170",
                    ("node_uname_info{domainname=\"(none)\",machine=\"x86_64\",nodename=\"web-1\","
                     "release=\"6.1.0\",sysname=\"Linux\",version=\"#1 SMP\"} 1"),
                    "node_time_seconds 1.5",
                    "node_scrape_collector_success{collector=\"meminfo\"} 1"}));
}

TEST_F(HostCollectorTest, LeavesOutPartitionsLoopsAndTheLoopbackInterface) {
  const auto lines = Collect();
  for (const char* absent : {"vda1", "loop0", "nvme0n1p1", "\"lo\"", "cpu_stalled"})
    EXPECT_THAT(lines, Not(Contains(HasSubstr(absent))));
}

TEST_F(HostCollectorTest, ShowsRealFilesystemsAndMarksThoseThatCannotBeAsked) {
  std::vector<std::string> lines = Collect();
  std::erase_if(lines, [](const auto& line) { return !line.starts_with("node_filesystem"); });
  const std::string root = "{device=\"/dev/vda\",fstype=\"ext4\",mountpoint=\"/\"} ";
  EXPECT_THAT(lines, ElementsAre("node_filesystem_device_error" + root + "0",
                                 "node_filesystem_readonly" + root + "0",
                                 "node_filesystem_size_bytes" + root + "1000",
                                 "node_filesystem_free_bytes" + root + "600",
                                 "node_filesystem_avail_bytes" + root + "500",
                                 "node_filesystem_files" + root + "64",
                                 "node_filesystem_files_free" + root + "32",
                                 "node_filesystem_device_error{device=\"/dev/vdb\",fstype=\"xfs\","
                                 "mountpoint=\"/data disk\"} 1"));
}

TEST_F(HostCollectorTest, AMissingFileCostsItsPartOnlyAndIsCounted) {
  ASSERT_TRUE(files_.Remove("/host/proc/meminfo"));
  Put("loadavg", "garbage");
  const auto lines = Collect();
  EXPECT_THAT(lines, Contains("node_scrape_collector_success{collector=\"meminfo\"} 0"));
  EXPECT_THAT(lines, Contains("node_scrape_collector_success{collector=\"loadavg\"} 0"));
  EXPECT_THAT(lines, Contains("node_forks_total 42"));
  EXPECT_THAT(telemetry_.Expose(),
              HasSubstr("hinomi_host_collector_failures_total{collector=\"meminfo\"} 1"));
}

TEST_F(HostCollectorTest, WhatVanishesGetsAStaleMarker) {
  Collect();
  Put("net/dev", "h\nh\n  wlan0: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n");
  const auto lines = Collect();
  EXPECT_THAT(lines, Contains("node_network_receive_bytes_total{device=\"eth0\"} stale"));
  EXPECT_THAT(lines, Contains("node_network_receive_bytes_total{device=\"wlan0\"} 1"));
  EXPECT_THAT(Collect(), Not(Contains(HasSubstr("eth0"))));
}

TEST_F(HostCollectorTest, PublishesUtilizationUnderEachOfTheGivenDimensions) {
  options_.target = Labels({{"job", "node"}, {"instance", "web-1"}, {"x", ""}});
  options_.utilization = {MakeLabels("", {{"ServiceName", "app"}}),
                          MakeLabels("", {{"ServiceName", "app"}, {"ClusterName", "production"}})};
  auto lines = Collect();
  EXPECT_THAT(lines, Contains("MemoryUtilization{ServiceName=\"app\"} 75"));
  // Of one reading nothing can be said about the processors.
  EXPECT_THAT(lines, Not(Contains(HasSubstr("CPUUtilization"))));
  EXPECT_THAT(lines, Contains("node_load1{instance=\"web-1\",job=\"node\"} 0.52"));
  Put("stat", "cpu  250 0 150 840 10 0 0 0 0 0\n");
  lines = Collect();
  EXPECT_THAT(lines, Contains("CPUUtilization{ServiceName=\"app\"} 80"));
  EXPECT_THAT(lines, Contains("CPUUtilization{ClusterName=\"production\",ServiceName=\"app\"} 80"));
}

TEST(HostUtilizationTest, IsNeverMadeUp) {
  const char* const before = "cpu  100 0 100 800 0 0 0 0 50 0\n";
  EXPECT_EQ(CpuUtilization(before, "cpu  150 0 150 900 0 0 0 0 60 0\n"), 50);
  EXPECT_EQ(CpuUtilization(before, before), std::nullopt);
  EXPECT_EQ(CpuUtilization("", before), std::nullopt);
  EXPECT_EQ(CpuUtilization(before, "cpu  1 0 1 8 0 0 0 0\n"), std::nullopt);  // Restarted.
  EXPECT_EQ(CpuUtilization(before, "cpu  x\n"), std::nullopt);
  EXPECT_EQ(MemoryUtilization("MemTotal: 0 kB\nMemAvailable: 0 kB\n"), std::nullopt);
  EXPECT_EQ(MemoryUtilization("MemTotal: 8 kB\n"), std::nullopt);
  EXPECT_EQ(MemoryUtilization("MemTotal: 8 kB\nMemAvailable: 6 kB\n"), 25);
}

}  // namespace
}  // namespace hinomi::metrics
