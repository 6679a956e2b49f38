"""tsdb_load from Python: data sets, expectations, replays, targets."""

import json
import os
import pathlib
import subprocess
import time

from bench.tsdb import recording, servers

RECORDING = pathlib.Path(__file__).with_name("testdata") / "node_exporter.xz"


def program():
    """Beside the binary that is measured: the same build makes both."""
    beside = pathlib.Path(servers.HINOMI).parent / "bench" / "tsdb" / "tsdb_load"
    path = os.environ.get("HINOMI_TSDB_LOAD", str(beside))
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"{path} is not there; cmake --build --preset release --target "
                           "tsdb_load makes it, or HINOMI_TSDB_LOAD names another")
    return path


def call(verb, **options):
    command = [program(), verb] + [f"--{name.replace('_', '-')}={value}"
                                   for name, value in options.items() if value is not None]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


class Data:
    """A file of bodies, and what was put into it: `series`, `samples`, `requests`."""

    def __init__(self, path, told, start_s):
        self.path = path
        self.series = told["series"]
        self.samples = told["samples"]
        self.requests = told["requests"]
        self.start_s = start_s
        self.end_s = told["end_ms"] / 1000

    def expect(self, wanted_series=100, limit=None):
        """What a server must have that took the first `limit` bodies."""
        return call("expect", bodies=self.path, limit=limit,
                    of=max(1, self.series // wanted_series))

    def replay(self, server, **options):
        """Sends it; samples, cpu_s, latencies as tsdb_load tells."""
        return call("replay", bodies=self.path, address=server.address, pid=server.pid, **options)

    def remove(self):
        os.remove(self.path)


def _end():
    """The end of all data: a while ago, as peers answer differently about the last minute."""
    return int(time.time()) // 60 * 60 - 120


def devops(work, series, rounds, step=15, lifetime=None):
    """The synthetic set, up to now. `lifetime`: rounds after which a host's series are
    replaced by new ones."""
    path = os.path.join(work, "bodies.bin")
    start = _end() - rounds * step
    told = call("devops", out=path, series=series, rounds=rounds, step=step, start=start,
                lifetime=lifetime)
    return Data(path, told, start)


class Recording:
    """Recorded pages, unpacked for tsdb_load."""

    def __init__(self, work, path=None):
        path = str(path or RECORDING)
        self.path = os.path.join(work, "pages.txt")
        # Pages as they came, or packed by record.py.
        self.pages = (recording.unpack if path.endswith(".xz") else recording.read_pages)(path)
        recording.write_pages(self.pages, self.path)

    def data(self, work, hosts=1, rounds=None):
        path = os.path.join(work, "bodies.bin")
        told = call("recorded", pages=self.path, out=path, hosts=hosts, rounds=rounds, end=_end())
        used = self.pages[:rounds]
        return Data(path, told, _end() - (used[-1][0] - used[0][0]) / 1000 - 60)


class Targets:
    """A hundred exporters that tell recorded pages."""

    def __init__(self, recorded):
        self.process = subprocess.Popen(
            [program(), "serve", "--pages=" + recorded.path, "--targets=100"],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.port = json.loads(self.process.stdout.readline())["port"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
