"""Compares this usher with another commit's: what a request costs, and whether it costs more."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import accepted
import cpu
import exact
import revisions
from process import say

# By which share a figure that is the same each time may be over the base, and the CPU time.
EXACT, CPU = 0.03, 0.10

# The decimals of each kind of figure, in the table's order; CPU time is in µs.
DIGITS = {"instructions": 0, "system-calls": 2, "allocations": 1, "redis-commands": 2, "cpu": 1}


@dataclass
class Figure:
    """One line of the table; shares are of the base."""

    name: str
    base: float
    now: float
    change: float
    limit: float
    accepted: float
    spread: float | None = None

    def is_worse(self):
        """Whether it costs more than it may."""
        return self.change > self.limit + self.accepted

    def verdict(self):
        """What the table says."""
        if self.is_worse():
            return "**worse**"
        return "accepted" if self.change > self.limit else "ok"

    def cells(self):
        """The line's cells."""
        digits = DIGITS[self.name.split(".")[1]]
        spread = "" if self.spread is None else f" ± {self.spread:.1%}"
        values = [f"{value:,.{digits}f}" for value in (self.base, self.now)]
        return [self.name, *values, f"{self.change:+.1%}{spread}", self.verdict()]


def exact_figures(base, now, rises):
    """The figures that are the same each time."""
    with tempfile.TemporaryDirectory(prefix="usher-compare-") as directory:
        found = []
        for name, binary in (("base", base), ("now", now)):
            say(f"counting: {name}")
            found.append(exact.figures(binary, Path(directory)))
    return [
        Figure(name, before, after, change(before, after), EXACT, rises.get(name, 0))
        for name, before, after in in_order(*found)
    ]


def in_order(base, now):
    """The names and both values, route by route."""
    routes = list(dict.fromkeys(name.split(".")[0] for name in base))
    names = [f"{route}.{kind}" for route in routes for kind in DIGITS]
    return [(name, base[name], now[name]) for name in names if name in base]


def change(base, now):
    """By which share `now` is over `base`; anything is infinitely more than nothing."""
    if base:
        return now / base - 1
    return float("inf") if now else 0.0


def cpu_figures(base, now, rises):
    """CPU time, which is worse only if that is more than chance."""
    say("CPU time")
    ratios, micros = cpu.ratios(base, now)
    figures = []
    for route, values in ratios.items():
        name, spread = f"{route}.cpu", cpu.spread(values)
        figures.append(
            Figure(
                name,
                *micros[route],
                statistics.median(values) - 1,
                max(CPU, spread),
                rises.get(name, 0),
                spread,
            )
        )
    return figures


def document(figures, base):
    """The table, as Markdown."""
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    head = f"{when}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}: a request now, and at "
    rows = [["", "base", "now", "change", ""], ["---", "---:", "---:", "---:", "---"]]
    rows += [figure.cells() for figure in figures]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    worse = [figure.name for figure in figures if figure.is_worse()]
    end = f"Worse: {', '.join(worse)}." if worse else "Nothing is worse."
    return f"{head}{base}.\n\n{table}\n\n{end}\n"


def main():
    """The command; 1 if something is worse."""
    parser = argparse.ArgumentParser(prog="Tests/Benchmarks/run --compare", description=__doc__)
    parser.add_argument("--compare", metavar="BASE", required=True, help="any revision of git's")
    parser.add_argument("--quick", action="store_true", help="no CPU time: a minute")
    parser.add_argument("--output", type=Path, default=revisions.REPOSITORY / ".build/compare.md")
    options = parser.parse_args()
    commit = revisions.commit(options.compare)
    rises = accepted.shares(commit, accepted.read())
    base, now = revisions.program_of(commit), Path(os.environ["USHER"])
    figures = exact_figures(base, now, rises)
    if not options.quick:
        figures += cpu_figures(base, now, rises)
    text = document(figures, commit[:7])
    print(text, end="")
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(text)
    say(f"written to {options.output}")
    return 1 if any(figure.is_worse() for figure in figures) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, RuntimeError, ValueError, subprocess.CalledProcessError) as error:
        say(f"Tests/Benchmarks/run: {error}")
        # 1 says that something is worse.
        sys.exit(2)
