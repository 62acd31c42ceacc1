"""Compares mutants of HEAD, and HEAD itself, with HEAD."""

import os
import re
import shutil
import subprocess
import sys

import revisions
from mutants import MUTANTS, Mutant
from process import say


def compare(binary, head, *more):
    """The exit code and the table of `run --compare`."""
    command = [revisions.REPOSITORY / "Tests/Benchmarks/run", "--compare", head, *more]
    environment = {**os.environ, "USHER": str(binary)}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
    return done.returncode, done.stdout


def changes(table):
    """`{figure: (change in percent, whether it is worse)}` of a table's lines."""
    pattern = r"^\| (\S+\.\S+) \|.*\| ([+-][\d.]+)%.*\| (\S+) \|$"
    lines = re.findall(pattern, table, re.MULTILINE)
    return {name: (float(percent), verdict == "**worse**") for name, percent, verdict in lines}


def find(figure, source, head):
    """Whether the mutant that makes `figure` worse is found."""
    with Mutant(figure, source / "Sources"):
        say(f"building the mutant of {figure}")
        code, table = compare(revisions.build(source), head, "--quick")
    percent, is_worse = changes(table).get(figure, (0, False))
    is_found = code == 1 and is_worse
    verdict = "pass" if is_found else "FAIL"
    print(f"{verdict} the mutant: {figure} {percent:+.1f} %, exit code {code}", flush=True)
    return is_found


def is_quiet(binary, number, head):
    """Whether a program beside itself is said to be the same."""
    code, table = compare(binary, head)
    found = changes(table)
    exact = [name for name in found if not name.endswith(".cpu")]
    words = [farthest(found, names) for names in (exact, found.keys() - exact)]
    verdict = "FAIL" if code else "pass"
    print(f"{verdict} the same, {number}: {', '.join(words)}, exit code {code}", flush=True)
    return code == 0


def farthest(found, names):
    """The figure of these that is farthest from what it was."""
    name = max(names, key=lambda each: abs(found[each][0]), default=None)
    return f"{name} {found[name][0]:+.1f} %" if name else "no figure"


def main():
    """The command; 1 if one of them failed."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    head = revisions.commit("HEAD")
    source = revisions.BUILDS / "mutants"
    shutil.rmtree(source, ignore_errors=True)
    revisions.unpack(head, source)
    say("building HEAD")
    kept = revisions.BUILDS / head / "usher"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(revisions.build(source), kept)
    results = [find(figure, source, head) for figure in MUTANTS]
    shutil.rmtree(source)
    results += [is_quiet(kept, number + 1, head) for number in range(times)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
