"""How long a page takes while ingest and heavy queries take every core, or with many alarms.

    HINOMI_BINARY=build/release/hinomi python3 -B -m bench.page_latency_bench
    HINOMI_BINARY=build/release/hinomi python3 -B -m bench.page_latency_bench --calm --loaded 10000

Ten clients ask queries that take up to 30 s each, without a pause, others write samples
as fast as they are taken; meanwhile one alarm after the other breaks. Measured for each:
from the sample's 2xx to the incident (evaluation), and from the incident in the journal to
the page at the receiver. Exit code 1 if the 99th percentile of the latter reaches 1 s.

With --calm nobody asks or writes besides; with --loaded N there are N more alarms, each with a
series of its own that gets a sample every 10 s and never breaches. Then exit code 1 also if the
median from the sample's 2xx to the page reaches 1 s."""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
import urllib.parse

from tests.support import remote_write
from tests.support.ops import write_ops
from tests.support.receivers import WebhookReceiver
from tests.support.server import HttpAnswer, Server, wait_until

QUERY = ("max(sum by (zone) (rate(bench_counter[5m]) * on (host) "
         "max_over_time(bench_gauge[5m])))")


def alarms(count):
    return "".join(
        f"  - name: Trouble{n:03}\n    metric: trouble\n    threshold: 10\n    period: 10s\n"
        "    statistic: Maximum\n    evaluationPeriods: 1\n"
        f"    dimensions: {{ServiceName: shop, Part: p{n:03}}}\n    action: alert\n"
        for n in range(count))


def quiet_alarms(count):
    return "".join(
        f"  - {{name: Quiet{n:05}, metric: quiet, threshold: 10, period: 10s, statistic: Maximum, "
        f"evaluationPeriods: 1, dimensions: {{Part: q{n:05}}}, action: alert}}\n"
        for n in range(count))


class QuietSeries:
    """Samples of the alarms that never breach, every ten seconds, by a process of its own."""

    def __init__(self, server, count):
        self.server = server
        self.labels = [{"__name__": "quiet", "Part": f"q{n:05}"} for n in range(count)]
        self.process = multiprocessing.Process(target=self.keep_writing, daemon=True)
        self.process.start()

    def keep_writing(self):
        while True:
            now = int(time.time() * 1000)
            for at in range(0, len(self.labels), 2000):
                self.server.call("POST", "/api/v1/write", remote_write.snappy(
                    remote_write.write_request([(labels, [(now, 1.0)])
                                                for labels in self.labels[at:at + 2000]])),
                                 headers=remote_write.HEADERS, raw=True)
            time.sleep(10 - time.time() % 10)

    def close(self):
        self.process.terminate()
        self.process.join()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_seconds():
    """CPU seconds that all processors were busy, since the start of the machine."""
    with open("/proc/stat", encoding="ascii") as f:
        user, nice, system, _, _, irq, softirq, *_ = map(int, f.readline().split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


class Pressure:
    """Processes that write and ask until they are stopped; not ours, so that what is
    measured here does not wait for them."""

    def __init__(self, server, hosts=2000, writers=3, queries=10):
        self.server = server
        self.counts = multiprocessing.Array("q", 2)  # samples, queries
        self.labels = [[{"__name__": name, "host": f"h{n:04}", "zone": f"z{n % 10}"}
                        for n in range(hosts)] for name in ("bench_counter", "bench_gauge")]
        now = int(time.time() * 1000)
        for at in range(now - 1_800_000, now, 15_000):  # Half an hour to ask about.
            self.write(self.bodies(at))
        self.processes = [multiprocessing.Process(target=self.keep_writing, daemon=True)
                          for _ in range(writers)]
        self.processes += [multiprocessing.Process(target=self.keep_asking, daemon=True)
                           for _ in range(queries)]
        for process in self.processes:
            process.start()

    def bodies(self, at):
        return [remote_write.snappy(remote_write.write_request(
            [(labels, [(at, float(at % 1000))]) for labels in kind])) for kind in self.labels]

    def write(self, bodies):
        for body in bodies:
            self.server.call("POST", "/api/v1/write", body, headers=remote_write.HEADERS, raw=True)
            with self.counts.get_lock():
                self.counts[0] += len(self.labels[0])

    def keep_writing(self):
        while True:  # Made beforehand: the server is to be busy, not this.
            now = int(time.time() * 1000)
            for bodies in [self.bodies(now + 100 * n) for n in range(50)]:
                self.write(bodies)

    def keep_asking(self):
        while True:
            end = time.time()
            query = urllib.parse.urlencode({"query": QUERY, "start": end - 1800, "end": end,
                                            "step": "1", "timeout": "30s"})
            try:
                self.server.get("/api/v1/query_range?" + query, raw=True)
            except (HttpAnswer, OSError):
                pass  # Refused or timed out: that is pressure as well.
            with self.counts.get_lock():
                self.counts[1] += 1

    def close(self):
        for process in self.processes:
            process.terminate()
            process.join()


def instant(text):
    """RFC 3339 with nanoseconds as seconds since 1970."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    at = time.strptime(whole, "%Y-%m-%dT%H:%M:%S")
    return time.mktime(at) - time.timezone + float("0." + (fraction or "0"))


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--alarms", type=int, default=100)
    parser.add_argument("--calm", action="store_true", help="no queries and no other writers")
    parser.add_argument("--loaded", type=int, default=0, metavar="N",
                        help="so many more alarms, which never go off")
    options = parser.parse_args()
    count = options.alarms
    os.environ["TZ"] = "UTC"
    time.tzset()
    receiver = WebhookReceiver()
    arrivals = {}
    with tempfile.TemporaryDirectory(prefix="hinomi-bench-") as folder:
        ops = write_ops(os.path.join(folder, "ops"), webhook=receiver.url,
                        extra_alarms=alarms(count) + quiet_alarms(options.loaded))
        with Server(ops, os.path.join(folder, "data")) as server:
            server.start()
            offset = time.time() - time.monotonic()
            others = [] if options.calm else [Pressure(server)]
            if options.loaded:
                others.append(QuietSeries(server, options.loaded))
            time.sleep(15 if options.loaded else 5)
            begun, burnt = time.monotonic(), cpu_seconds(server.process.pid)
            machine = machine_seconds()
            taken = {}
            for n in range(count):
                remote_write.send(server, [({"__name__": "trouble", "ServiceName": "shop",
                                             "Part": f"p{n:03}"},
                                            [(int(time.time() * 1000), 50)])])
                taken[f"Trouble{n:03}"] = time.time()
                time.sleep(0.3)

            def arrived():
                for entry in list(receiver.arrived):
                    data = json.loads(entry["body"])["data"]
                    if data["kind"] == "page":
                        arrivals.setdefault(data["alarm"], entry["at"] + offset)
                return len(arrivals) >= count

            wait_until(arrived, 120, "all pages")
            busy = cpu_seconds(server.process.pid) - burnt
            wall = time.monotonic() - begun
            machine = machine_seconds() - machine
            for other in others:
                other.close()
            opened = {}
            before = []
            while True:
                _, out, _ = server.cli("journal", "show", "--limit", "1000", "--output", "json",
                                       *before, check=0)
                entries = json.loads(out)["entries"]
                opened.update({e["data"]["alarm"]: instant(e["at"]) for e in entries
                               if e["type"] == "incident.opened"})
                if len(entries) < 1000:
                    break
                before = ["--before", str(entries[-1]["sequence"])]
            samples, queries = (0, 0) if options.calm else others[0].counts
    receiver.close()
    judged = [opened[alarm] - taken[alarm] for alarm in taken]
    sent = [arrivals[alarm] - opened[alarm] for alarm in taken]
    whole = [arrivals[alarm] - taken[alarm] for alarm in taken]
    print(f"{count} alarms beside {options.loaded} others while {queries} queries of up to 30 s ran on 10 connections and "
          f"{samples} samples came, for {wall:.0f} s; busy were {machine / wall:.2f} of "
          f"{os.cpu_count()} cores, {busy / wall:.2f} of them by the server")
    for what, values in (("sample taken → incident", judged), ("incident → page arrived", sent),
                         ("sample taken → page arrived", whole)):
        print(f"{what}: median {percentile(values, 0.5):.3f} s, p99 {percentile(values, 0.99):.3f} "
              f"s, worst {max(values):.3f} s")
    in_time = percentile(sent, 0.99) < 1 and (not options.calm or percentile(whole, 0.5) < 1)
    return 0 if in_time else 1


if __name__ == "__main__":
    sys.exit(main())
