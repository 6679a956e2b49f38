"""Bytes on disk a sample when all is in its final form, and bytes written on the way.

Prometheus: a snapshot, whose blocks hold the head too and no log. VictoriaMetrics: after
its forced merge. Hinomi: once it has moved all to blocks by itself, some minutes after its
senders fell silent."""

from bench.tsdb import check, load, process
from bench.tsdb.sizes import thousands


def run(bench, report):
    series, rounds = bench.size.disk
    hours = rounds * 15 / 3600
    data = load.devops(bench.work, series, rounds)
    _measure(bench, report, f"synthetic {hours:g} h x {thousands(series)}", data)
    data = bench.recording.data(bench.work, rounds=bench.size.disk_recorded or None)
    _measure(bench, report, "recorded", data)


def _measure(bench, report, variant, data):
    expected = data.expect()
    for kind in bench.servers:
        with kind(bench.work) as server:
            server.await_idle(bench.size.calm_s)
            cpu, written = process.cpu_seconds(server.pid), process.written_bytes(server.pid)
            told = data.replay(server)
            server.await_idle(bench.size.calm_s)
            server.settle(bench.size.settle_s)
            # Before the forced merge of the peers, which no server does by itself.
            written = process.written_bytes(server.pid) - written
            figures = {"written_B_per_sample": written / data.samples}
            server.finish_files()
            server.await_idle(bench.size.calm_s)
            figures["disk_B_per_sample"] = server.disk_bytes() / data.samples
            figures["cpu_s_per_M"] = (process.cpu_seconds(server.pid) - cpu) / data.samples * 1e6
            findings = check.verify(server, data, expected)
            report.add(kind.name, variant, figures, findings, bench.refusals(told))
    data.remove()
