#!/usr/bin/env python3
"""Holds the user's guide (docs/guide) together: check_guide.py [ROOT].

Checked: both languages have the same chapters, headings, commands and YAML; each
chapter is listed in README.md in the same order; blocks of code say how they are
tested (see tests/guide_test.py); each chapter ends with a link to what comes next;
no raw HTML. And in all Markdown of the repository: no relative link and no anchor
is dead.

Exit code 0: clean; 1: mistakes, one a line as file:line: what.
"""

import dataclasses
import pathlib
import re
import shlex
import subprocess
import sys

LANGUAGES = ("en", "ja")
LINK = re.compile(r"(?<!!)\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^ *(```+|~~~+)(.*)$")
# How many blocks of a language may stay unrun; each says why.
MOST_NOT_RUN = 12
WORDS = {"console": {"exit", "wait", "not-run"}, "yaml": {"file", "add"}, "text": set()}


@dataclasses.dataclass
class Block:
    """A fenced block of code: ```language word key=value."""
    line: int
    language: str
    words: dict
    lines: list

    def commands(self):
        """The commands of a console block, each with what it should answer."""
        found = []
        for line in self.lines:
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found and not found[-1][1] and found[-1][0].endswith("\\"):
                found[-1] = (found[-1][0] + "\n" + line, [])
            elif found:
                found[-1][1].append(line)
        return found


@dataclasses.dataclass
class Page:
    headings: list  # (line, level, text)
    blocks: list
    links: list     # (line, address)
    prose: list     # (line, text) outside of blocks


def words_of(info):
    words = {}
    for word in shlex.split(info):
        key, _, value = word.partition("=")
        words[key] = value
    return words


def parse(text):
    page = Page([], [], [], [])
    block = fence = None
    for number, line in enumerate(text.split("\n"), 1):
        match = FENCE.match(line)
        if block is not None:
            if match and match[1].startswith(fence) and not match[2].strip():
                block = None
            else:
                block.lines.append(line)
            continue
        if match:
            fence = match[1]
            language, _, rest = match[2].strip().partition(" ")
            block = Block(number, language, words_of(rest), [])
            page.blocks.append(block)
            continue
        heading = re.match(r"(#{1,6}) +(.*?)(?: +#+)?$", line)
        if heading:
            page.headings.append((number, len(heading[1]), heading[2]))
        page.prose.append((number, line))
        page.links += [(number, address) for address in LINK.findall(re.sub(r"`[^`]*`", "``", line))]
    return page


# As src/guide/impl/anchors.cc, and as Git forges do it.
PUNCTUATION = re.compile("[\u2000-\u206f\u2190-\u21ff\u3000-\u3004\u3008-\u3020\u30fb"
                         "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]")


def anchors(page):
    found, used = set(), {}
    for _, _, text in page.headings:
        plain = LINK.sub(lambda m: m[0][1:m[0].index("](")], text).replace("`", "").replace("*", "")
        slug = re.sub(r"[A-Z]", lambda m: m[0].lower(), plain).replace(" ", "-")
        slug = PUNCTUATION.sub("", re.sub(r"[\x00-\x7f]", lambda m: m[0] if re.match(
            r"[a-z0-9_-]", m[0]) else "", slug))
        count = used.get(slug, 0)
        used[slug] = count + 1
        found.add(slug if count == 0 else f"{slug}-{count}")
    return found


class Guide:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.pages = {}
        self.mistakes = []

    def say(self, path, line, what):
        self.mistakes.append(f"{path}:{line}: {what}")

    def page(self, path):
        if path not in self.pages:
            self.pages[path] = parse((self.root / path).read_text(encoding="utf-8"))
        return self.pages[path]

    def check(self, markdown):
        """`markdown`: paths of all Markdown files whose links count."""
        for path in markdown:
            self.check_links(path)
        names = {one: sorted(p.name for p in (self.root / "docs/guide" / one).glob("*.md"))
                 for one in LANGUAGES}
        for one, other in (LANGUAGES, LANGUAGES[::-1]):
            for name in sorted(set(names[one]) - set(names[other])):
                self.say(f"docs/guide/{one}/{name}", 1, f"there is no such chapter in {other}")
            for name in names[one]:
                self.check_chapter(f"docs/guide/{one}/{name}")
            self.check_list(one, names[one])
        for name in sorted(set(names["en"]) & set(names["ja"])):
            self.compare(f"docs/guide/en/{name}", f"docs/guide/ja/{name}")
        return self.mistakes

    def check_links(self, path):
        for line, address in self.page(path).links:
            if re.match(r"[a-z]+:", address):
                continue
            file, _, anchor = address.partition("#")
            target = (self.root / path).parent / file if file else self.root / path
            if not target.exists():
                self.say(path, line, f"the link {address} leads nowhere")
            elif anchor and target.suffix == ".md":
                known = anchors(self.page(target.resolve().relative_to(
                    self.root.resolve()).as_posix()))
                if anchor not in known:
                    self.say(path, line, f"the link {address} leads to no heading; there are: "
                                         f"{', '.join(sorted(known))}")

    def check_chapter(self, path):
        page = self.page(path)
        if [level for _, level, _ in page.headings][:1] != [1] or page.headings[0][0] != 1:
            self.say(path, 1, "the first line is the title: # Title")
        for line, text in page.prose:
            if re.search(r"<[a-zA-Z/!]", re.sub(r"`[^`]*`", "", text)):
                self.say(path, line, "raw HTML is not shown: write it as code")
        for block in page.blocks:
            self.check_block(path, block)
        last = [text for _, text in page.prose if text.strip()][-1:]
        if last and not LINK.search(last[0]):
            self.say(path, page.prose[-1][0], "a chapter ends with a link to what comes next")

    def check_block(self, path, block):
        if block.language not in WORDS:
            self.say(path, block.line, f"a block is one of {', '.join(WORDS)}, "
                                       f"not \"{block.language}\"")
            return
        for word in set(block.words) - WORDS[block.language]:
            self.say(path, block.line, f"unknown word \"{word}\" after {block.language}")
        if block.language == "yaml" and not block.words.get("file"):
            self.say(path, block.line, "yaml says which file it is: file=alarms.yml")
        if block.language == "console" and not block.commands():
            self.say(path, block.line, "no line of it begins with \"$ \"")
        if "not-run" in block.words and len(block.words["not-run"]) < 8:
            self.say(path, block.line, "not-run=\"…\" says why")

    def check_list(self, language, names):
        path = f"docs/guide/{language}/README.md"
        listed = [address.partition("#")[0] for _, address in self.page(path).links]
        for name in names:
            if name != "README.md" and name not in listed:
                self.say(path, 1, f"{name} is not listed")

    def compare(self, one, other):
        a, b = self.page(one), self.page(other)
        if [h[1] for h in a.headings] != [h[1] for h in b.headings]:
            self.say(other, 1, f"its headings are not those of {one}: "
                               f"{[h[2] for h in a.headings]} and {[h[2] for h in b.headings]}")
        if len(a.blocks) != len(b.blocks):
            self.say(other, 1, f"{len(b.blocks)} blocks of code, {one} has {len(a.blocks)}")
        for left, right in zip(a.blocks, b.blocks):
            if essence(left) != essence(right):
                self.say(other, right.line, f"the block differs from {one}:{left.line}")
        if one.endswith("README.md"):
            order = [[address.partition("#")[0] for _, address in page.links] for page in (a, b)]
            if order[0] != order[1]:
                self.say(other, 1, f"the list differs from that of {one}")


def essence(block):
    """What must be the same in both languages."""
    if block.language == "console":
        what = [command for command, _ in block.commands()]
    elif block.language == "yaml":
        what = [line for line in (re.sub(r"(^| +)#.*", "", raw) for raw in block.lines) if line]
    else:
        what = []
    words = {key: "" if key == "not-run" else value for key, value in block.words.items()}
    return block.language, words, what


def not_run(guide, language):
    """The blocks of a language that no test runs: (path, block)."""
    return [(path, block) for path, page in sorted(guide.pages.items())
            if path.startswith(f"docs/guide/{language}/")
            for block in page.blocks if "not-run" in block.words]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__ + "/../..").resolve()
    listed = subprocess.run(["git", "-c", f"safe.directory={root}", "ls-files", "-z", "--cached",
                             "--others", "--exclude-standard", "*.md"],
                            cwd=root, capture_output=True, check=True).stdout.decode()
    guide = Guide(root)
    mistakes = guide.check([name for name in sorted(set(listed.split("\0"))) if name
                            and "/testdata/" not in name and (root / name).is_file()])
    for language in LANGUAGES:
        unrun = not_run(guide, language)
        if len(unrun) > MOST_NOT_RUN:
            mistakes.append(f"docs/guide/{language}: {len(unrun)} blocks are run by no test, "
                            f"{MOST_NOT_RUN} at most may be")
    for mistake in mistakes:
        print(mistake)
    sys.exit(1 if mistakes else 0)


if __name__ == "__main__":
    main()
