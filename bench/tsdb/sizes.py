"""How much each case does. Variants have the same shape in all sizes; only those of `full`
have bounds and are comparable with bench/README.md."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Size:
    """Series x rounds and times of every case."""

    name: str
    ingest: tuple           # (series, rounds, connections, how often: the median counts)
    ingest_recorded: tuple  # (hosts, rounds)
    disk: tuple             # (series, rounds)
    disk_recorded: int      # pages; 0 for all
    restart: tuple          # (series, rounds)
    scrape_s: int
    durability: tuple       # (series, rounds)
    churn: tuple            # (series, hours)
    churn_limit_s: int      # a server that takes longer is ended
    calm_s: float           # how long a server must be quiet to count as idle; full: longer
                            # than the 5 s for which VictoriaMetrics keeps new data in memory
    query_times: int        # how often every query is asked
    rules: tuple            # (series, rules, seconds from round to round)
    rules_rounds: int       # how many rounds of them are measured
    settle_s: float         # how long a server may take to bring all to its final size by
                            # itself, where that is waited for; 0: it is not


FULL = Size("full", ((10_000, 200, 1, 3), (100_000, 40, 1, 1), (100_000, 40, 4, 1),
                     (500_000, 12, 1, 3), (100_000, 480, 1, 1)), (197, 40), (10_000, 2880), 0, (500_000, 12), 60,
            (10_000, 200), (100_000, 24), 1800, 6, 20, (10_000, 10_000, 10), 4, 300)
QUICK = Size("quick", ((10_000, 20, 1, 1), (50_000, 8, 1, 1)), (40, 10), (2_000, 480), 400, (50_000, 6),
             10, (5_000, 20), (5_000, 3), 120, 1.5, 20,
             (1_000, 1_000, 5), 2, 300)
# For the test of the harness: every step, on a few thousand samples.
TINY = Size("tiny", ((200, 20, 1, 2),), (2, 3), (200, 20), 5, (200, 10), 2, (200, 20), (200, 1), 30,
            0.2, 2, (200, 200, 1), 2, 0)

ALL = {size.name: size for size in (FULL, QUICK, TINY)}


def thousands(number):
    """100000 → "100k"."""
    return f"{number // 1000}k" if number % 1000 == 0 else str(number)
