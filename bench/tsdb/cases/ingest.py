"""Ingest by remote_write: processor time a sample and a new series, memory, latency.

Processor time is counted until the server is idle again and its files stand still, so that
work put off is not work saved. What is compared with other sizes is measured several times, as one
run may take a third more than the next; the run whose processor time is the median counts."""

from bench.tsdb import check, load, process
from bench.tsdb.sizes import thousands


def run(bench, report):
    first_cpu = {}
    for series, rounds, connections, times in bench.size.ingest:
        variant = f"synthetic {thousands(series)} x {rounds}"
        if connections > 1:
            variant += f", {connections} connections"
        _measure(bench, report, variant, load.devops(bench.work, series, rounds), connections,
                 first_cpu, times)
    hosts, rounds = bench.size.ingest_recorded
    data = bench.recording.data(bench.work, hosts, rounds)
    _measure(bench, report, f"recorded {hosts} hosts x {rounds}", data, 1, None)


def _measure(bench, report, variant, data, connections, first_cpu, times=1):
    expected = data.expect()
    for kind in bench.servers:
        runs = [_once(bench, kind, data, expected, connections) for _ in range(times)]
        figures, findings, refusals = sorted(
            runs, key=lambda one: one[0]["cpu_s_per_M"])[times // 2]
        # Lost is lost, in whichever run.
        findings = next((one[1] for one in runs if not one[1].exact), findings)
        if first_cpu is not None and connections == 1:
            smallest = first_cpu.setdefault(kind.name, figures["cpu_s_per_M"])
            figures["growth"] = figures["cpu_s_per_M"] / smallest if smallest else None
        report.add(kind.name, variant, figures, findings, refusals)
    data.remove()


def _once(bench, kind, data, expected, connections):
    with kind(bench.work) as server:
        server.await_idle(bench.size.calm_s)
        empty = process.memory_bytes(server.pid)
        cpu = process.cpu_seconds(server.pid)
        first = data.replay(server, phase=0, connections=connections)
        server.await_idle(bench.size.calm_s)
        after_first = process.cpu_seconds(server.pid)
        later = data.replay(server, phase=1, connections=connections)
        server.await_idle(bench.size.calm_s)
        per_million = (process.cpu_seconds(server.pid) - after_first) / later["samples"] * 1e6
        figures = {
            "cpu_s_per_M": per_million,
            "new_series_us": (after_first - cpu) / first["samples"] * 1e6,
            "memory_B_per_series": (process.memory_bytes(server.pid) - empty) / data.series,
            "p50_ms": later["p50_ms"], "p99_ms": later["p99_ms"],
            "longest_ms": later["longest_ms"],
        }
        return figures, check.verify(server, data, expected), bench.refusals(first, later)
