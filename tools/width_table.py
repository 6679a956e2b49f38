#!/usr/bin/env python3
"""Writes src/base/width_table.inc: width_table.py > src/base/width_table.inc

How many columns a terminal gives to a character, from Python's copy of the
Unicode Character Database: two for East Asian Width W and F (Annex 11), none
for marks and format characters, one for the others.
"""
import unicodedata


def ranges(wanted):
    found = []
    for code in range(0x110000):
        if not wanted(code):
            continue
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def category(code):
    return unicodedata.category(chr(code))


# Wide by default, assigned or not: ideographs and pictographs.
DEFAULTS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x1F300, 0x1F64F),
            (0x1F900, 0x1F9FF), (0x20000, 0x2FFFD), (0x30000, 0x3FFFD))


def is_wide(code):
    if category(code) == "Cn":
        return any(first <= code <= last for first, last in DEFAULTS)
    return unicodedata.east_asian_width(chr(code)) in "WF" and not is_mark(code)


def is_mark(code):
    # Of Hangul the vowels and finals join the consonant before them.
    return category(code) in ("Mn", "Me", "Cf") and code != 0xAD or 0x1160 <= code <= 0x11FF


def write(name, wanted):
    print(f"constexpr Range {name}[] = {{")
    for first, last in ranges(wanted):
        print(f"    {{0x{first:04X}, 0x{last:04X}}},")
    print("};")


print(f"// Unicode {unicodedata.unidata_version}, written by tools/width_table.py.")
write("kWide", is_wide)
write("kMarks", is_mark)
