"""From exec after kill -9 to the first right answer.

The answer is right when it has the last acknowledged sample, bit for bit, of a thousand
series: a hundred hosts, ten metrics. What a server lost is lost for ever, so waiting ends
when it has been ready for a while and still answers otherwise."""

import random
import time

from bench.tsdb import check, load, servers
from bench.tsdb.sizes import thousands

METRICS = [f"cpu_usage_{mode}" for mode in ("user", "system", "idle", "nice", "iowait")] + [
    "node_load1", "node_intr_total", "node_boot_time_seconds", "node_timex_offset_seconds",
    "app_score"]
GIVE_UP_S = 10


def run(bench, report):
    series, rounds = bench.size.restart
    data = load.devops(bench.work, series, rounds)
    expected = data.expect()
    last = _last_samples(data)
    variant = f"synthetic {thousands(series)} x {rounds}"
    for kind in bench.servers:
        with kind(bench.work) as server:
            told = data.replay(server, kill=1)
            server.kill()
            server.start(wait=False)
            seconds, right = _await_answer(server, data, last)
            server.await_idle(bench.size.calm_s)
            findings = check.verify(server, data, expected)
            note = ", ".join(filter(None, (f"{right} of {len(last)} last samples there",
                                           bench.refusals(told))))
            report.add(kind.name, variant,
                       {"right_answer_s": seconds, "lost": max(0, findings.lost)}, findings, note)
    data.remove()


def _last_samples(data):
    """{(metric, host): (ms, bits)} of a hundred random hosts."""
    hosts = range(data.series // 100)
    instances = {f"host_{host:04}:9100"
                 for host in random.Random(5).sample(hosts, min(100, len(hosts)))}
    told = load.call("expect", bodies=data.path, of=1, instances=",".join(sorted(instances)),
                     metrics=",".join(METRICS), last=1)
    return {(s["labels"]["__name__"], s["labels"]["instance"]): tuple(s["samples"][-1])
            for s in told["series"]}


def _await_answer(server, data, last):
    """Seconds from exec to the right answer, or None; and how many were right at the end."""
    names = "|".join(METRICS)
    instances = "|".join(sorted({instance for _, instance in last}))
    question = f'{{__name__=~"{names}",instance=~"{instances}"}}[60s]'
    ready = None
    right = 0
    while ready is None or time.monotonic() - ready < GIVE_UP_S:
        if server.process.poll() is not None:
            raise RuntimeError(f"{server.name} did not start again:\n{server.log()}")
        try:
            result = server.query(question, data.end_s)
        except (OSError, servers.QueryFailed):
            time.sleep(0.002)
            continue
        answered = time.monotonic()
        ready = ready or answered
        right = sum(_is_last(one, last) for one in result)
        if right == len(last):
            return answered - server.started, right
        time.sleep(0.05)
    return None, right


def _is_last(one, last):
    at, value = one["values"][-1]
    key = (one["metric"]["__name__"], one["metric"]["instance"])
    return last.get(key) == (round(float(at) * 1000), check.bits(value))
