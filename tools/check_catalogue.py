#!/usr/bin/env python3
"""Holds code and page to the catalogue of texts: check_catalogue.py ROOT.

Fails on a key without one of the two languages, on placeholders that differ
between them, on a key that nothing uses, and on a key that code or page ask
for but the catalogue lacks. A use is `text::Format(…, "key"` or `text::HasKey`
in C++, `t('key'` in the page, or the quoted key anywhere in either (tables of
keys).
"""
import json
import pathlib
import re
import sys

CALLS = {
    ".cc": re.compile(r'\b(?:text::)?Format\(\s*[^,"()]+(?:\([^()]*\))?,\s*"([^"]+)"'),
    ".h": re.compile(r'\btext::Format\(\s*[^,"()]+,\s*"([^"]+)"'),
    ".ts": re.compile(r"\bt\(\s*'([^']+)'"),
    ".svelte": re.compile(r"\bt\(\s*'([^']+)'"),
}
# A key has a dot and small letters: "now.calm".
QUOTED = re.compile(r"""["'`]([a-z][a-z0-9_]*(?:\.[A-Za-z0-9_]+)+)["'`]""")
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def no_duplicates(pairs):
    keys = [k for k, _ in pairs]
    twice = sorted({k for k in keys if keys.count(k) > 1})
    if twice:
        raise ValueError(f"written twice: {', '.join(twice)}")
    return dict(pairs)


def forms(entry, language):
    value = entry.get(language)
    return list(value.values()) if isinstance(value, dict) else [value]


def check_catalogue(catalogue):
    for key, entry in catalogue.items():
        if not isinstance(entry, dict):
            yield f"{key}: expected an object with ja and en"
            continue
        for language in ("ja", "en"):
            if not all(isinstance(f, str) and f.strip() for f in forms(entry, language)):
                yield f"{key}: no text in {language}"
        names = {tuple(sorted(set(PLACEHOLDER.findall(f or ""))))
                 for language in ("ja", "en") for f in forms(entry, language)}
        if len(names) > 1:
            yield f"{key}: the languages differ in their placeholders: {sorted(names)}"


def sources(root):
    for folder in ("src", "web/src"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in CALLS and not path.name.endswith(("_test.cc", "testing.cc")):
                yield path


def check_uses(root, catalogue):
    used = set()
    for path in sources(root):
        source = path.read_text(encoding="utf-8")
        used.update(QUOTED.findall(source))
        # C++ elsewhere formats other things (fmt, dates); only files that
        # include the catalogue can mean it.
        if path.suffix in (".cc", ".h") and '"text/catalogue.h"' not in source:
            continue
        for match in CALLS[path.suffix].finditer(source):
            used.add(match[1])
            if match[1] not in catalogue:
                line = source.count("\n", 0, match.start()) + 1
                yield f"{path.relative_to(root)}:{line}: no text for the key \"{match[1]}\""
    for key in sorted(set(catalogue) - used):
        yield f"{key}: nothing uses this text; remove it"


def check(root):
    try:
        catalogue = json.loads((root / "src/text/catalogue.json").read_text(encoding="utf-8"),
                               object_pairs_hook=no_duplicates)
    except ValueError as error:
        return [f"src/text/catalogue.json: {error}"]
    return [*check_catalogue(catalogue), *check_uses(root, catalogue)]


def main():
    problems = check(pathlib.Path(sys.argv[1]))
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
