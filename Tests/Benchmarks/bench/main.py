"""Runs what Tests/Benchmarks/run asks for, and prints and writes the table."""

import argparse
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cases
import inside
from process import say
from report import Findings, table
from stage import open_stage

CASES = ["status", "join", "enter", "saturation", "sizes", "fronts"]
CASES += ["calls", "allocations", "memory"]


@dataclass
class Plan:
    """How much of everything."""

    rounds: int = 3
    seconds: int = 5
    people: int = 100_000
    connections: tuple = (1, 64, 1024)
    rate: int = 10_000
    floor: int = 200_000
    enters_a_second: int = 40_000
    sizes: tuple = (1_000, 100_000, 1_000_000)
    clients: int = 10_000
    crowds: tuple = (100, 1_000, 6_000, 9_000)


PLANS = {
    "full": Plan(),
    "quick": Plan(2, 2, connections=(64,), sizes=(1_000, 100_000), clients=2000, crowds=(1_000,)),
    # Only to see that everything still runs.
    "smoke": Plan(1, 1, 1_000, (8,), 500, 2_000, 10_000, (250, 1_000), 50, (50,)),
}


def arguments():
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="Tests/Benchmarks/run", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"some of {' '.join(CASES)}")
    parser.add_argument("--quick", action="store_const", const="quick", dest="plan")
    parser.add_argument("--smoke", action="store_const", const="smoke", dest="plan")
    parser.add_argument("--rounds", type=int, help="how often each is run, in turn")
    parser.add_argument("--seconds", type=int, help="how long a run is")
    parser.add_argument("--output", help="the Markdown file; .build/benchmarks.md")
    options = parser.parse_args()
    for name in options.cases:
        if name not in CASES:
            parser.error(f"there is no case {name}")
    return options


def run(stage, plan, wanted):
    """The rows of the table, and the findings."""
    rows = []
    for name in wanted:
        if name in ("status", "join", "enter", "saturation", "sizes", "fronts"):
            say(name)
            rows += getattr(cases, name)(stage, plan)
    found = Findings(rows)
    found.compare(plan)
    if "sizes" in wanted:
        found.add(
            "Redis' memory a waiting person", stage.bytes_a_person[plan.sizes[-1]], 400, "bytes"
        )
    if "memory" in wanted:
        say("memory")
        idle, held = inside.memory(stage, plan)
        limit = 64 + plan.clients * 40 / 1024
        found.add(f"usher's memory, {plan.clients:,} connections", held / 2**20, limit, "MiB")
        found.add("usher's memory, none", idle / 2**20, 64, "MiB")
    counts = {}
    for name, sentence in (("calls", "system calls"), ("allocations", "allocations")):
        if name in wanted:
            say(name)
            counts[sentence] = getattr(inside, name)(stage, plan)
    return rows, found, counts


def document(rows, found, counts, plan):
    """Everything as Markdown."""
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    parts = [
        f"{when}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}: medians of {plan.rounds}"
        f" rounds of {plan.seconds} s, the programs in turn."
    ]
    if rows:
        parts.append(table(rows))
    if found.lines:
        parts.append(found.text())
    for sentence, values in counts.items():
        each = ", ".join(f"{name} {value:.1f}" for name, value in values.items())
        parts.append(f"{sentence.capitalize()} a status request, 64 connections: {each}.")
    return "\n\n".join(parts) + "\n"


def main():
    """The command."""
    options = arguments()
    plan = PLANS[options.plan or "full"]
    plan.rounds = options.rounds or plan.rounds
    plan.seconds = options.seconds or plan.seconds
    stage = open_stage()
    try:
        text = document(*run(stage, plan, options.cases or CASES), plan)
    finally:
        stage.close()
    print(text)
    output = Path(options.output or Path(__file__).resolve().parents[3] / ".build/benchmarks.md")
    output.parent.mkdir(exist_ok=True)
    output.write_text(text)
    say(f"written to {output}")


if __name__ == "__main__":
    sys.exit(main())
