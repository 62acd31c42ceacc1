#!/usr/bin/env python3
"""Finds circles between the folders of a target, which the compiler allows: one line each.

Folders of a module have no imports. One needs another where it names a type that the other declares
at the top level of a file, as code and not in a comment or a string. This does not see members that
one folder adds to another's type by an extension, nor free functions.
"""

import re
import sys
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "Sources"
DECLARATION = re.compile(
    r"^(?:(?:package|public|fileprivate|private|final|indirect|@\w+(?:\([^)]*\))?)\s+)*"
    r"(?:struct|class|enum|actor|protocol|typealias)\s+(\w+)",
    re.MULTILINE,
)
NESTED = re.compile(r"^\s+.*\b(?:struct|class|enum|protocol|typealias|case)\s+(\w+)", re.MULTILINE)
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def needs(target):
    """Which folder needs which, and an example: {folder: {folder: "Type in file"}}."""
    code = {file: NOT_CODE.sub(" ", file.read_text()) for file in target.rglob("*.swift")}
    folder = {file: file.relative_to(target).parts[0] for file in code if file.parent != target}
    homes = {}
    for file in folder:
        for name in DECLARATION.findall(code[file]):
            homes.setdefault(name, set()).add(folder[file])
    graph = {}
    for file, here in folder.items():
        own = set(NESTED.findall(code[file]))
        for name in set(re.findall(r"(?<![.\w])[A-Z]\w*", code[file])) - own:
            for home in homes.get(name, set()) if len(homes.get(name, ())) == 1 else ():
                if home != here:
                    graph.setdefault(here, {}).setdefault(home, f"{name} in {file.name}")
    return graph


def circles(graph):
    """The shortest circle through each folder, each circle once."""
    found = {}
    for start in sorted(graph):
        ways = [[start]]
        seen = set()
        while ways:
            way = ways.pop(0)
            for step in graph.get(way[-1], {}):
                if step == start:
                    found.setdefault(frozenset(way), way + [start])
                    ways = []
                    break
                if step not in seen:
                    seen.add(step)
                    ways.append(way + [step])
    return found.values()


def main():
    bad = 0
    for target in sorted(path for path in SOURCES.iterdir() if path.is_dir()):
        graph = needs(target)
        for circle in circles(graph):
            bad += 1
            steps = [f"{a} → {b} ({graph[a][b]})" for a, b in zip(circle, circle[1:], strict=False)]
            print(f"{target.name}: a circle of folders: {', '.join(steps)}", file=sys.stderr)
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
