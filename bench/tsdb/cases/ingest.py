"""Ingest by remote_write: processor time a sample and a new series, memory, latency.

Processor time is counted until the server is idle again and its files stand still, so that
work put off is not work saved."""

from bench.tsdb import check, load, process
from bench.tsdb.sizes import thousands


def run(bench, report):
    first_cpu = {}
    for series, rounds, connections in bench.size.ingest:
        variant = f"synthetic {thousands(series)} x {rounds}"
        if connections > 1:
            variant += f", {connections} connections"
        _measure(bench, report, variant, load.devops(bench.work, series, rounds), connections,
                 first_cpu)
    hosts, rounds = bench.size.ingest_recorded
    data = bench.recording.data(bench.work, hosts, rounds)
    _measure(bench, report, f"recorded {hosts} hosts x {rounds}", data, 1, None)


def _measure(bench, report, variant, data, connections, first_cpu):
    expected = data.expect()
    for kind in bench.servers:
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
            if first_cpu is not None and connections == 1:
                smallest = first_cpu.setdefault(kind.name, per_million)
                figures["growth"] = per_million / smallest if smallest else None
            findings = check.verify(server, data, expected)
            report.add(kind.name, variant, figures, findings, bench.refusals(first, later))
    data.remove()
