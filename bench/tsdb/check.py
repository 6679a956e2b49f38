"""Whether a server has what it acknowledged: how many samples, and which values.

A server that drops or changes data must not win by it, so every case asks here."""

import dataclasses
import struct


@dataclasses.dataclass
class Findings:
    """How a server differs from what it was sent."""

    sent: int = 0       # Samples of the metrics that were counted.
    found: int = 0
    values: int = 0     # Samples whose values were compared.
    missing: int = 0    # Of those: not there.
    changed: int = 0    # Of those: another value.
    worst: float = 0.0  # The largest relative change.

    @property
    def lost(self):
        return self.sent - self.found

    @property
    def exact(self):
        return self.lost == 0 and self.missing == 0 and self.changed == 0

    def text(self):
        parts = []
        if self.lost > 0:
            parts.append(f"LOST {self.lost} of {self.sent} samples")
        if self.lost < 0:
            parts.append(f"{-self.lost} samples MORE than the {self.sent} sent")
        if self.missing:
            parts.append(f"{self.missing} of {self.values} compared are MISSING")
        if self.changed:
            parts.append(f"{self.changed} of {self.values} values CHANGED (by up to "
                         f"{self.worst:.1e} of them)")
        return ", ".join(parts) or f"all {self.sent} samples there, {self.values} values exact"


def bits(text):
    """The 64 bits of a value as a query spells it, in hexadecimal."""
    return struct.pack(">d", float(text)).hex()


def value_of(hexadecimal):
    return struct.unpack(">d", bytes.fromhex(hexadecimal))[0]


def selector(labels):
    pairs = []
    for name, value in sorted(labels.items()):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        pairs.append(f'{name}="{escaped}"')
    return "{" + ",".join(pairs) + "}"


# Series that are counted in one query; servers have a bound for how many a query may read.
_AT_ONCE = 50_000
# Parts the instances host_NNNN:9100 and node-N by their last digit.
_BY_DIGIT = [f',instance=~"[^:]*{digit}(:9100)?"' for digit in range(10)]


def count(server, data, name):
    """Samples that the server has of a metric."""
    window = int(data.end_s - data.start_s) + 120
    found = 0
    for part in _BY_DIGIT if data.series > _AT_ONCE else [""]:
        result = server.query(f'sum(count_over_time({{__name__="{name}"{part}}}[{window}s]))',
                              data.end_s + 60)
        found += int(float(result[0]["value"][1])) if result else 0
    return found


def compare_series(server, data, series, findings):
    """Asks for all samples of one series."""
    window = int(data.end_s - data.start_s) + 120
    result = server.query(f"{selector(series['labels'])}[{window}s]", data.end_s + 60)
    found = {round(float(at) * 1000): value for one in result for at, value in one["values"]}
    for at, expected in series["samples"]:
        findings.values += 1
        if at not in found:
            findings.missing += 1
        elif bits(found[at]) != expected:
            findings.changed += 1
            exact = value_of(expected)
            change = abs(float(found[at]) - exact) / (abs(exact) or 1)
            findings.worst = max(findings.worst, change)


def verify(server, data, expected, at_most_of_a_name=None):
    """Compares the server with what Data.expect told. `at_most_of_a_name` leaves out the
    counts of metrics with more samples: for data that no server counts in one query."""
    server.make_visible()
    findings = Findings()
    for name, sent in expected["counts"].items():
        if at_most_of_a_name and sent > at_most_of_a_name:
            continue
        findings.sent += sent
        findings.found += count(server, data, name)
    for series in expected["series"]:
        compare_series(server, data, series, findings)
    return findings
