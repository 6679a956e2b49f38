"""What a process used, out of /proc: processor time, memory, bytes written."""

import os
import re

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time, all threads, in steps of 10 ms."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_bytes(pid):
    """Memory that cannot be dropped without being written first: RssAnon, RssShmem, and
    dirty pages of mapped files."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        fields = dict(re.findall(r"(RssAnon|RssShmem):\s+(\d+)", f.read()))
    resident = sum(int(kilobytes) for kilobytes in fields.values()) * 1024
    return resident + _dirty_file_bytes(pid)


def _dirty_file_bytes(pid):
    total = 0
    is_file = False
    with open(f"/proc/{pid}/smaps", encoding="ascii", errors="replace") as f:
        for line in f:
            fields = line.split()
            if "-" in fields[0] and not fields[0].endswith(":"):
                path = fields[5] if len(fields) > 5 else ""
                # Shared memory has a path of these, and is in RssShmem.
                is_file = path.startswith("/") and not path.startswith(("/dev/shm", "/memfd:"))
            elif is_file and fields[0] in ("Shared_Dirty:", "Private_Dirty:"):
                total += int(fields[1]) * 1024
            elif is_file and fields[0] == "Anonymous:":
                total -= int(fields[1]) * 1024  # Copied on write: in RssAnon.
    return max(0, total)


def written_bytes(pid):
    """Bytes that the process caused to be written to the disk, less those that it took
    back by deleting a file before they were written."""
    with open(f"/proc/{pid}/io", encoding="ascii") as f:
        fields = dict(line.split(": ") for line in f.read().splitlines())
    return int(fields["write_bytes"]) - int(fields["cancelled_write_bytes"])


def directory_bytes(directory, skip=(), only=("",)):
    """Sizes of all files below whose name begins with one of `only` and none of `skip`."""
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            if name.startswith(tuple(skip)) or not name.startswith(tuple(only)):
                continue
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except FileNotFoundError:
                pass  # Merged away meanwhile.
    return total


def available_bytes():
    """What the machine can still give without swapping."""
    with open("/proc/meminfo", encoding="ascii") as f:
        return int(re.search(r"MemAvailable:\s+(\d+)", f.read()).group(1)) * 1024
