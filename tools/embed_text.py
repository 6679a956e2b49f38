#!/usr/bin/env python3
"""Writes src/text/catalogue.json as a table of C++: embed_text.py CATALOGUE OUTPUT."""
import json
import sys


def literal(text):
    """A C++ string literal; bytes outside printable ASCII in octal."""
    out = "".join(
        chr(b) if 32 <= b < 127 and b not in b'"\\?' else f"\\{b:03o}" for b in text.encode())
    return f'"{out}"'


def main():
    source, output = sys.argv[1:]
    with open(source, encoding="utf-8") as f:
        catalogue = json.load(f)
    rows = []
    # By bytes, as std::string_view compares.
    for key in sorted(catalogue, key=str.encode):
        ja, en = catalogue[key]["ja"], catalogue[key]["en"]
        other, one = (en["other"], en["one"]) if isinstance(en, dict) else (en, "")
        rows.append(f"    {{{', '.join(map(literal, (key, ja, other, one)))}}},\n")
    with open(output, "w", encoding="ascii") as f:
        f.write('// Written by tools/embed_text.py from src/text/catalogue.json.\n'
                '#include "text/impl/table.h"\n\n'
                "namespace hinomi::text::impl {\nnamespace {\n"
                "constexpr Row kRows[] = {\n" + "".join(rows) + "};\n}  // namespace\n"
                "std::span<const Row> Table() { return kRows; }\n"
                "}  // namespace hinomi::text::impl\n")


if __name__ == "__main__":
    main()
