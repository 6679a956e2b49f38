"""Processor time of a round of rules of which none gives anything, over fresh series.

The same rule file runs in both servers, every interval; what the server takes without rules is
taken off. VictoriaMetrics leaves rules to another program."""

import json
import time

from bench.tsdb import load, process, servers
from bench.tsdb.sizes import thousands

GROUPS = 100
SORTS = ("record", "alert")
METRICS = ("cpu_usage_user", "cpu_usage_system", "cpu_usage_idle", "cpu_usage_nice",
           "cpu_usage_iowait")


def run(bench, report):
    series, count, interval = bench.size.rules
    for kind in bench.servers:
        if not kind.takes_rules:
            continue
        for sort in SORTS:
            # Of each server its own: what it is asked for has to be of the last minutes.
            without = _cpu_a_round(bench, kind, None)
            with_rules = _cpu_a_round(bench, kind,
                                      rule_file(sort, count, series // 100, interval))
            figures = {"cpu_ms_per_round": (with_rules - without) * 1000}
            report.add(kind.name, f"{thousands(count)} {sort}ing rules", figures)


def rule_file(sort, count, hosts, interval):
    """Each asks for one series, which never is so large."""
    groups = []
    for group in range(GROUPS):
        rules = []
        for rule in range(group * count // GROUPS, (group + 1) * count // GROUPS):
            metric = METRICS[rule % len(METRICS)]
            rules.append(f"  - {{{sort}: rule_{rule}, expr: '{metric}{{"
                         f"instance=\"host_{rule % hosts:04}:9100\"}} > 1e{12 + rule % 7}'}}")
        groups.append(f"- name: g{group}\n  interval: {interval}s\n  rules:\n"
                      + "\n".join(rules))
    return "groups:\n" + "\n".join(groups) + "\n"


def _cpu_a_round(bench, kind, rules):
    series, _, interval = bench.size.rules
    data = load.devops(bench.work, series, 8)
    with kind(bench.work, rules=rules) as server:
        data.replay(server)
        time.sleep(1.5 * interval)  # The first round, and what loading left to do.
        cpu, begun = process.cpu_seconds(server.pid), time.monotonic()
        time.sleep(bench.size.rules_rounds * interval)
        used = process.cpu_seconds(server.pid) - cpu
        rounds = (time.monotonic() - begun) / interval
        if rules is not None:
            _check_all_ran(server, rules.count("expr:"))
    data.remove()
    return used / rounds


def _check_all_ran(server, expected):
    status, answer = server.call("GET", "/api/v1/rules")
    if status != 200:
        raise servers.QueryFailed(f"{server.name}: {status} to /api/v1/rules")
    groups = json.loads(answer)["data"]["groups"]
    healthy = sum(rule["health"] == "ok" for group in groups for rule in group["rules"])
    if healthy != expected:
        raise RuntimeError(f"{server.name} ran {healthy} of {expected} rules")
