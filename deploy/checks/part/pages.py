"""ARCHITECTURE.md, CONTRIBUTING.md, SECURITY.md and CHANGELOG.md name what is there."""

import re

from report import REPOSITORY, check, expect, main

NAMES = ("ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG")
PAGES = {name: (REPOSITORY / f"{name}.md").read_text() for name in NAMES}
PACKAGE = (REPOSITORY / "Package.swift").read_text()
FOLDERS = ("Sources", "Tests", "deploy", "alerts", "dashboards")


def quoted(page):
    """What stands in backquotes on a page, its blocks left out."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```$", "", page, flags=re.M | re.S))


def files():
    """The files of the repository that are somebody's work."""
    roots = [REPOSITORY / folder for folder in FOLDERS]
    return [path for root in roots for path in root.rglob("*") if path.is_file()]


def types():
    """The names of all types, targets and extended types of Swift."""
    found = set(re.findall(r'name: "(\w+)"', PACKAGE))
    kinds = "struct|class|enum|protocol|extension|typealias"
    for path in files():
        if path.suffix == ".swift":
            found |= set(re.findall(rf"\b(?:{kinds}) ([A-Z]\w*)", path.read_text()))
            found.add(path.parent.name)
    return found


@check("every link of the pages for people who change usher leads to a file")
def _():
    missing = [
        f"{name}: {link}"
        for name, page in PAGES.items()
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page)
        if not (REPOSITORY / link).exists()
    ]
    expect(not missing, ", ".join(missing))


@check("every path and every file that the pages name is there")
def _():
    there = {path.name for path in [*files(), *REPOSITORY.iterdir()]}
    missing = set()
    for name, page in PAGES.items():
        for word in " ".join(quoted(page)).split():
            is_path = word.startswith(tuple(f"{folder}/" for folder in FOLDERS))
            is_file = re.fullmatch(r"[\w+]+\.(swift|lua|yaml|jq|txt)", word)
            found = (REPOSITORY / word).exists() if is_path else word in there
            # NAME is a stand-in.
            if (is_path or is_file) and not found and "name" not in word.lower():
                missing.add(f"{name}: {word}")
    expect(not missing, ", ".join(sorted(missing)))


@check("every type that the pages name is one")
def _():
    known = types() | {"Sendable", *FOLDERS}
    missing = {
        f"{name}: {words}"
        for name, page in PAGES.items()
        for words in quoted(page)
        if re.fullmatch(r"[A-Z][A-Za-z]*[a-z](?:\.(?!swift)\w+)?", words)
        if words.split(".")[0] not in known
    }
    expect(not missing, ", ".join(sorted(missing)))


@check("every route that usher has is in the tables of README.md")
def _():
    routes = (REPOSITORY / "Sources" / "API" / "Requests" / "Route.swift").read_text()
    paths = re.findall(r'case "(/api/[^"]+)"', routes)
    readme = (REPOSITORY / "README.md").read_text()
    missing = [path for path in paths if not re.search(rf"^\| `[A-Z]+ {path}[`?]", readme, re.M)]
    expect(len(paths) > 5 and not missing, ", ".join(missing))


@check("every Lua script has its Swift twin beside it, and a place among all scripts")
def _():
    missing = []
    for script in (REPOSITORY / "Sources").glob("*/Scripts/*.lua"):
        # What only others begin with returns nothing.
        if not re.search(r"^return ", script.read_text(), re.M):
            continue
        [listing] = script.parent.glob("*Scripts.swift")
        listed = re.search(r"var all: \[Script\] \{(.*?)\}", listing.read_text(), re.S)[1]
        if not script.with_name(f"{script.stem.capitalize()}Script.swift").exists():
            missing.append(f"{script.name}: no twin")
        if script.stem not in re.findall(r"\w+", listed):
            missing.append(f"{script.name}: not in all")
    expect(not missing, ", ".join(sorted(missing)))


@check("each room of ARCHITECTURE.md imports what it imports in Package.swift")
def _():
    ours = set(re.findall(r'\.(?:t|executableT)arget\(\s*name: "(\w+)"', PACKAGE))
    for room, said in re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", PAGES["ARCHITECTURE"], re.M):
        if room in ours:
            target = re.search(rf'arget\(\s*name: "{room}"(.*?)swiftSettings', PACKAGE, re.S)[1]
            dependencies = re.search(r"dependencies: \[(.*?)\]", target, re.S)
            imports = set(re.findall(r'"(\w+)"', dependencies[1] if dependencies else "")) & ours
            told = set(re.findall(r"\w+", said))
            expect(imports == told, f"{room}: {sorted(imports ^ told)}")
            ours.discard(room)
    sources = {path.name for path in (REPOSITORY / "Sources").iterdir()}
    expect(not ours & sources, f"no room for {sorted(ours & sources)}")


@check("the line that admits a person stands where ARCHITECTURE.md says")
def _():
    [line] = re.findall(r"^ *```lua\n *(.*)\n *```$", PAGES["ARCHITECTURE"], re.M)
    script = REPOSITORY / "Sources" / "Queue" / "Scripts" / "enter.lua"
    expect(line in map(str.strip, script.read_text().splitlines()), line)


if __name__ == "__main__":
    main()
