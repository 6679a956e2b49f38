"""Prints a line a server with its figures, and keeps them for build/reports/bench."""

import json
import os
import pathlib
import platform

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "reports" / "bench"

# Figure: how it is printed, and what it is called.
FIGURES = {
    "cpu_s_per_M": ("{:.3f}", "CPU s per million samples"),
    "new_series_us": ("{:.1f}", "CPU µs per new series"),
    "memory_B_per_series": ("{:.0f}", "B of memory per series"),
    "growth": ("{:.2f}", "times the CPU of 10k series"),
    "p50_ms": ("{:.1f}", "ms p50"),
    "p99_ms": ("{:.1f}", "ms p99"),
    "longest_ms": ("{:.0f}", "ms longest"),
    "cpu_ms_per_query": ("{:.2f}", "CPU ms per query"),
    "cpu_ms_per_round": ("{:.0f}", "CPU ms per round"),
    "disk_B_per_sample": ("{:.3f}", "B on disk per sample"),
    "written_B_per_sample": ("{:.1f}", "B written per sample"),
    "right_answer_s": ("{:.2f}", "s to the right answer"),
    "lost": ("{:.0f}", "acknowledged samples lost"),
    "peak_MiB": ("{:.0f}", "MiB at most"),
    "scrapes_per_s": ("{:.1f}", "scrapes a second"),
}

# (case, variant, figure): what Hinomi must stay at or below.
BOUNDS = {
    ("ingest", "synthetic 100k x 40", "cpu_s_per_M"): 0.45,
    ("ingest", "synthetic 100k x 40", "new_series_us"): 4,
    ("ingest", "synthetic 500k x 12", "growth"): 1.35,
    ("ingest", "synthetic 500k x 12", "memory_B_per_series"): 400,
    ("ingest", "synthetic 100k x 480", "memory_B_per_series"): 400,
    ("disk", "synthetic 12 h x 10k", "disk_B_per_sample"): 1.14,
    ("disk", "synthetic 12 h x 10k", "written_B_per_sample"): 12,
    ("disk", "recorded", "disk_B_per_sample"): 0.45,
    ("restart", "synthetic 500k x 12", "right_answer_s"): 0.5,
    ("scrape", "100 targets x 1 s", "cpu_s_per_M"): 0.5,
    ("queries", "sum-by-rate-6h, 10k", "cpu_ms_per_query"): 45,
    ("queries", "sum-by-rate-instant, 10k", "cpu_ms_per_query"): 8,
    ("queries", "histogram-quantile-1h, 10k", "cpu_ms_per_query"): 7,
    ("queries", "cpu-max-all-8, 10k", "cpu_ms_per_query"): 4,
    ("queries", "double-groupby-1, 10k", "cpu_ms_per_query"): 2,
    ("queries", "regex-rate-1h, 10k", "cpu_ms_per_query"): 7,
    ("rules", "10k recording rules", "cpu_ms_per_round"): 50,
    ("rules", "10k alerting rules", "cpu_ms_per_round"): 50,
    ("churn", "100k, 10 x an hour, 24 h", "longest_ms"): 1000,
}
# Whatever the size of the run: what was acknowledged is there.
LOST_BOUND = 0


class Report:
    """The figures of one case."""

    def __init__(self, case, size, versions):
        self.case = case
        self.size = size
        self.versions = versions
        self.results = []
        self.short = []

    def add(self, server, variant, figures, findings=None, note=None):
        """`server`: its name; `findings`: of check.verify. Hinomi's come first, so that
        the others' can be printed as multiples of it."""
        result = {"server": server, "variant": variant, "figures": figures}
        if findings is not None:
            result["check"] = dict(vars(findings), exact=findings.exact)
        if note:
            result["note"] = note
        self.results.append(result)
        parts = [self._part(server, variant, name, value) for name, value in figures.items()
                 if value is not None]
        if findings is not None:
            parts.append(findings.text())
            if server == "hinomi" and not findings.exact:
                self.short.append(f"{variant}: {findings.text()}")
        if note:
            parts.append(note)
        print(f"{self.case} | {variant} | {server} | " + ", ".join(parts), flush=True)
        self._write()

    def _part(self, server, variant, name, value):
        form, unit = FIGURES[name]
        text = f"{form.format(value)} {unit}"
        if server != "hinomi":
            ours = next((r["figures"].get(name) for r in self.results
                         if r["server"] == "hinomi" and r["variant"] == variant), None)
            return f"{text} ({value / ours:.1f}x)" if ours else text
        bound = self._bound(variant, name)
        if bound is None:
            return text
        if value > bound:
            self.short.append(f"{variant}: {text}, the bound is {bound}")
        return f"{text} [{'met' if value <= bound else 'SHORT OF'} {bound}]"

    def _bound(self, variant, name):
        if name == "lost":
            return LOST_BOUND
        return BOUNDS.get((self.case, variant, name)) if self.size == "full" else None

    def _write(self):
        folder = pathlib.Path(os.environ.get("HINOMI_BENCH_REPORTS", FOLDER))
        folder.mkdir(parents=True, exist_ok=True)
        told = {"case": self.case, "size": self.size, "versions": self.versions,
                "machine": f"{os.cpu_count()} processors, {platform.release()}",
                "short": self.short, "results": self.results}
        path = folder / f"tsdb-{self.case}.json"
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
