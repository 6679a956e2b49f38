"""Recorded pages of an exporter, small enough to be kept: series by series, xz-compressed.

A recording is text: a line `pages N`, N lines with the milliseconds of each page (the
later ones from the one before), a line `text M`, the M lines of a page with the samples'
values left out, and then for each of its samples N lines: the value, nothing where it is
as before, `-` where the page did not have it. Values keep the exporter's own spelling."""

import lzma

_ABSENT = "-"


def is_sample(line):
    return bool(line) and not line.startswith("#")


def _columns(pages):
    """The lines of a page without values, and the values of each sample by page. What
    later pages have more stands at the end."""
    text = []
    columns = {}
    for number, (_, page) in enumerate(pages):
        for line in page.rstrip("\n").split("\n"):
            if not is_sample(line):
                if number == 0:
                    text.append(line)
                continue
            series, value = line.rsplit(" ", 1)
            if series not in columns:
                text.append(series)
                columns[series] = [_ABSENT] * number
            columns[series].append(value)
        for column in columns.values():
            if len(column) == number:
                column.append(_ABSENT)
    return text, columns


def _changes(values):
    before = None
    for value in values:
        yield "" if value == before else value
        before = value


def pack(pages, path):
    """Writes [(milliseconds, page), …] as a recording."""
    text, columns = _columns(pages)
    times = [at - (pages[n - 1][0] if n else 0) for n, (at, _) in enumerate(pages)]
    lines = [f"pages {len(pages)}", *map(str, times), f"text {len(text)}", *text]
    for series in filter(is_sample, text):
        lines.extend(_changes(columns[series]))
    with lzma.open(path, "wt", encoding="utf-8", preset=9 | lzma.PRESET_EXTREME) as f:
        f.write("\n".join(lines) + "\n")


def unpack(path):
    """The pages of a recording: [(milliseconds, page), …]."""
    with lzma.open(path, "rt", encoding="utf-8") as f:
        lines = iter(f.read().split("\n"))
    count = _header(next(lines), "pages", path)
    times = [int(next(lines)) for _ in range(count)]
    text = [next(lines) for _ in range(_header(next(lines), "text", path))]
    pages = [[] for _ in range(count)]
    for line in text:
        value = None
        for page in pages:
            if not is_sample(line):
                page.append(line)
                continue
            value = next(lines) or value
            if value != _ABSENT:
                page.append(f"{line} {value}")
    at = 0
    out = []
    for page, time in zip(pages, times):
        at += time
        out.append((at, "\n".join(page) + "\n"))
    return out


def _header(line, word, path):
    found, _, number = line.partition(" ")
    if found != word or not number.isdigit():
        raise ValueError(f"{path}: expected '{word} N', found '{line[:40]}'; is it a recording "
                         "of bench/tsdb/record.py?")
    return int(number)


def write_pages(pages, path):
    """The pages one after the other, each behind `#@ milliseconds bytes`: what tsdb_load
    reads."""
    with open(path, "wb") as f:
        for at, page in pages:
            content = page.encode()
            f.write(b"#@ %d %d\n" % (at, len(content)) + content)


def read_pages(path):
    """The opposite of write_pages."""
    pages = []
    with open(path, "rb") as f:
        while header := f.readline():
            mark, at, size = header.split()
            if mark != b"#@":
                raise ValueError(f"{path}: expected '#@ milliseconds bytes', found {header!r}")
            pages.append((int(at), f.read(int(size)).decode()))
    return pages
