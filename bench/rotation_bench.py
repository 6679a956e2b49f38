"""Requests through HAProxy while replicas come and go: how many fail, how long it takes.

    python3 -B -m bench.rotation_bench [--requests 100000] [--rate 550]

100,000 requests at 500 a second or more, half over connections that stay open and half
over one of their own each, nothing tried again by the client or HAProxy. Meanwhile the
count goes 2, 4, 6, 3, 1 ... in the ops folder; before each step in, requests of 5 s are
under way at every replica. Then replicas turn sick, one after the other. Exits 1 when a
request failed or a bound does not hold."""

import argparse
import os
import sys
import tempfile
import time

from tests.support import haproxy
from tests.support.load import Load
from tests.support.programs import free_ports
from tests.support.replicas import Replicas, make
from tests.support.server import wait_until

STEPS = (4, 2, 6, 3, 1, 5, 2)


def step(replicas, balancer, load, count, seconds=60):
    """Goes to `count`; seconds until HAProxy sends requests to all that are new, or None."""
    before = set(balancer.serving())
    if count < len(before):
        load.begin_slow(4 * len(before), 5)
        # All of them are at a replica now.
        time.sleep(1)
    begun = time.monotonic()
    replicas.scale(count)
    served = None
    if count > len(before):
        wait_until(lambda: len(balancer.serving()) == count, seconds, f"{count} serving")
        served = time.monotonic() - begun
    replicas.await_running(count, seconds)
    return served


def sick(replicas, balancer):
    """A replica answers its checks with 503: seconds until it gets no more requests."""
    task = replicas.tasks("RUNNING")[0]
    begun = time.monotonic()
    make(task, healthy=False)
    name = "app-" + task["id"]
    while name in balancer.serving():
        time.sleep(0.01)
    seen = time.monotonic() - begun
    count = replicas.service()["desired"]
    wait_until(lambda: name not in balancer.servers(), 20, "the sick one to be gone")
    replicas.await_running(count)
    return seen


def measure(requests, rate, sick_times):
    figures = {"out_s": [], "drains_s": [], "sick_s": []}
    with tempfile.TemporaryDirectory(prefix="hinomi-bench-") as folder:
        balancer = haproxy.Haproxy().start()
        replicas = Replicas(folder, balancer, free_ports(16))
        try:
            replicas.start(2)
            replicas.await_running(2)
            load = Load(balancer.port, rate)
            steps = 0
            known = set()
            while load.answered < requests:
                served = step(replicas, balancer, load, STEPS[steps % len(STEPS)])
                steps += 1
                if served is not None:
                    figures["out_s"].append(served)
                for task in replicas.tasks("STOPPED"):
                    if task["id"] not in known:
                        figures["drains_s"].append(replicas.seconds_to_stop(task))
                    known.add(task["id"])
            figures["rate"] = load.stop()
            figures["answered"], figures["slow"] = load.answered, load.slow_answered
            figures["failures"], figures["slowest_ms"] = load.failures, load.slowest_ms
            figures["steps"] = steps
            replicas.scale(3)
            replicas.await_running(3)
            figures["sick_s"] = [sick(replicas, balancer) for _ in range(sick_times)]
        finally:
            replicas.close()
            balancer.close()
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=550)
    parser.add_argument("--sick", type=int, default=5)
    options = parser.parse_args()
    if not haproxy.installed():
        print("rotation: haproxy is not installed (packages/demo.txt)", file=sys.stderr)
        return 3
    figures = measure(options.requests, options.rate, options.sick)
    print(f"requests answered     {figures['answered']} at {figures['rate']:.0f}/s, the slowest "
          f"{figures['slowest_ms']:.0f} ms")
    print(f"requests of 5 s       {figures['slow']}")
    print(f"failed                {len(figures['failures'])} {figures['failures'][:5]}")
    print(f"steps out and in      {figures['steps']}")
    print(f"new replicas serving  {max(figures['out_s']):.2f} s at most, "
          f"{len(figures['out_s'])} steps out")
    print(f"drains                {len(figures['drains_s'])}, "
          f"{min(figures['drains_s'], default=0):.2f} to {max(figures['drains_s'], default=0):.2f} s")
    print(f"a sick one is seen    {max(figures['sick_s']):.2f} s at most of "
          f"{len(figures['sick_s'])}, checks every 500 ms")
    good = (not figures["failures"] and figures["rate"] >= 500 and max(figures["sick_s"]) <= 2
            and max(figures["out_s"]) <= 5)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
