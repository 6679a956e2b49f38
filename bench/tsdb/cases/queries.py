"""Processor time of the server a query: twelve hours of ten thousand series at 15 s, blocks at
their final size.

Every query is asked several times, each time about other hosts and another moment (the same
ones of every server, so that no cache of results answers for the engine), and the first answer
of every server is compared with Prometheus' own: a wrong answer is no fast one."""

import http.client
import json
import math
import random
import urllib.parse

from bench.tsdb import load, process
from bench.tsdb.sizes import thousands

HOUR = 3600
# Digits in which servers may differ: VictoriaMetrics keeps about twelve of a value.
TOLERANCE = 1e-6


def questions(seed, data):
    """[(name, expressions, start, end, step)]: all expressions are one question, as a panel
    asks it; step None is an instant query."""
    dice = random.Random(seed)
    hosts = data.series // 100
    span = int(data.end_s - data.start_s)
    end = int(data.end_s) - 60 * dice.randrange(max(1, min(60, span // 600)))
    first = int(data.start_s) + 60

    def back(seconds):
        return max(first, end - seconds)

    def some(count):
        return "|".join(f"host_{host:04}:9100" for host in dice.sample(range(hosts),
                                                                       min(count, hosts)))

    def a_range(name, expressions, seconds, step):
        return (name, [expressions] if isinstance(expressions, str) else expressions,
                back(seconds), end, step)

    def instant(name, expression):
        return (name, [expression], end, end, None)

    one = some(1)
    eight = some(8)
    modes = [f"cpu_usage_{mode}" for mode in ("user", "system", "idle", "nice", "iowait")]
    by_mode = "sum by (mode) (rate(node_cpu_seconds_total[5m]))"
    quantile = ("histogram_quantile(0.95, "
                "sum by (le) (rate(http_request_duration_seconds_bucket[5m])))")
    regex = ('sum by (instance) (rate(node_cpu_seconds_total{instance=~"host_.*[02468]:9100",'
             'mode!~"idle|iowait"}[5m]))')
    return [
        a_range("sum-by-rate-6h", by_mode, 6 * HOUR, 60),
        instant("sum-by-rate-instant", by_mode),
        a_range("histogram-quantile-1h", quantile, HOUR, 60),
        a_range("cpu-max-all-8", [f'max by (instance) (max_over_time({mode}{{instance=~"{eight}"}}[1m]))'
                                  for mode in modes], 8 * HOUR, 60),
        a_range("double-groupby-1", "avg by (instance) (avg_over_time(cpu_usage_user[1h]))",
                12 * HOUR, HOUR),
        a_range("regex-rate-1h", regex, HOUR, 60),
        instant("single-series-instant", f'node_load1{{instance="{one}"}}'),
        a_range("one-host-1h", f'max_over_time(cpu_usage_user{{instance="{one}"}}[1m]) > 90',
                HOUR, 60),
        instant("topk-instant",
                "topk(10, sum by (instance) (rate(node_network_receive_bytes_total[5m])))"),
    ]


class Client:
    """A kept connection that asks for ranges and moments."""

    def __init__(self, server):
        self._connection = http.client.HTTPConnection(server.address, timeout=600)
        self._options = server.query_options

    def ask(self, expressions, start, end, step):
        """The contents of the answers."""
        return [self._ask(expression, start, end, step) for expression in expressions]

    def _ask(self, expression, start, end, step):
        path, times = "/api/v1/query", {"time": end}
        if step:
            path, times = "/api/v1/query_range", {"start": start, "end": end, "step": step}
        form = urllib.parse.urlencode({"query": expression, **times, **self._options})
        self._connection.request("POST", path, form,
                                 {"Content-Type": "application/x-www-form-urlencoded"})
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {content[:300]!r} to {expression}")
        return content

    def close(self):
        self._connection.close()


def values_of(contents):
    """{(number of the answer, labels): {time: value}}"""
    return {(place, *sorted(one["metric"].items())):
            {float(at): float(value) for at, value in one.get("values") or [one["value"]]}
            for place, content in enumerate(contents)
            for one in json.loads(content)["data"]["result"]}


def difference(found, expected):
    """What is wrong with an answer, or None."""
    if found.keys() != expected.keys():
        return f"{len(found)} series instead of {len(expected)}, or others"
    for labels, points in expected.items():
        if found[labels].keys() != points.keys():
            return f"other times in {labels}"
        for at, value in points.items():
            if not math.isclose(found[labels][at], value, rel_tol=TOLERANCE, abs_tol=1e-9):
                return f"{found[labels][at]} instead of {value} in {labels} at {at:.0f}"
    return None


def run(bench, report):
    series, rounds = bench.size.disk
    data = load.devops(bench.work, series, rounds)
    answers = {}  # name of a query: {server: contents}
    figures = {}  # name of a query: [(server, CPU ms)]
    for kind in bench.servers:
        with kind(bench.work) as server:
            data.replay(server)
            server.await_idle(bench.size.calm_s)
            server.settle(bench.size.settle_s)
            server.finish_files()
            server.await_idle(bench.size.calm_s)
            for name, milliseconds, contents in _measure(bench, server, data):
                answers.setdefault(name, {})[kind.name] = contents
                figures.setdefault(name, []).append((kind.name, milliseconds))
    reference = bench.servers[-1].name  # Prometheus, where it takes part.
    for name, rows in figures.items():
        expected = values_of(answers[name][reference])
        for server, milliseconds in rows:
            wrong = difference(values_of(answers[name][server]), expected)
            variant = f"{name}, {thousands(series)}"
            report.add(server, variant, {"cpu_ms_per_query": milliseconds},
                       note=f"ANOTHER ANSWER: {wrong}" if wrong else None)
            if wrong and server == "hinomi":
                report.short.append(f"{variant}: {wrong}")
    data.remove()


def _measure(bench, server, data):
    """(name, CPU milliseconds a question, the first answers) of every question."""
    client = Client(server)
    try:
        for place, (name, *question) in enumerate(questions(0, data)):
            first = client.ask(*question)
            times = bench.size.query_times
            asked = [questions(seed, data)[place][1:] for seed in range(1, times + 1)]
            # A tick is 10 ms: what is quick is asked more often, the same for all servers.
            rounds = 10 if "instant" in name or "one-host" in name else 1
            before = process.cpu_seconds(server.pid)
            for _ in range(rounds):
                for one in asked:
                    client.ask(*one)
            used = process.cpu_seconds(server.pid) - before
            yield name, used / (times * rounds) * 1000, first
    finally:
        client.close()
