"""Kill -9 straight after a 2xx, at three moments of a load: what of the acknowledged is
there after a restart."""

from bench.tsdb import check, load
from bench.tsdb.sizes import thousands


def run(bench, report):
    series, rounds = bench.size.durability
    data = load.devops(bench.work, series, rounds)
    for share in (1, 2, 3):
        limit = max(1, data.requests * share // 3)
        expected = data.expect(limit=limit)
        variant = f"synthetic {thousands(series)}, killed after {limit} requests"
        for kind in bench.servers:
            with kind(bench.work) as server:
                told = data.replay(server, limit=limit, kill=1)
                server.kill()
                server.start()
                server.await_idle(bench.size.calm_s)
                findings = check.verify(server, data, expected)
                report.add(kind.name, variant, {"lost": max(0, findings.lost)}, findings,
                           bench.refusals(told))
    data.remove()
