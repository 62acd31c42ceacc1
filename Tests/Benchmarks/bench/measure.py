"""Runs of the programs side by side: the CPU that each took, medians of the rounds, the spread."""

import statistics
from dataclasses import dataclass, field

import process


@dataclass
class Row:
    """What one program did under one load, a value a round."""

    operation: str
    load: str
    program: str
    cpu: list = field(default_factory=list)
    redis: list = field(default_factory=list)
    rate: list = field(default_factory=list)
    p50: list = field(default_factory=list)
    p99: list = field(default_factory=list)
    p999: list = field(default_factory=list)
    refusal: list = field(default_factory=list)
    failed: int = 0

    def median(self, column):
        """The median of a column over the rounds; None if it has no values."""
        values = [value for value in getattr(self, column) if value is not None]
        return statistics.median(values) if values else None

    def spread(self):
        """How far the CPU time of single rounds was from the median, in percent."""
        middle = self.median("cpu") or self.median("redis")
        values = self.cpu if self.median("cpu") else self.redis
        return max(abs(value - middle) for value in values) / middle * 100 if middle else 0


def measure(row, program, server, load):
    """One round: what `load` does to `program`, with `server` as its Redis; either may be None."""
    watched = [each for each in (program, server) if each]
    before = {each.pid: process.cpu_seconds(each.pid) for each in watched}
    outcome = load()
    if not outcome.requests:
        raise RuntimeError(f"{row.program} answered nothing: {row.operation}, {row.load}")
    used = {each.pid: process.cpu_seconds(each.pid) - before[each.pid] for each in watched}
    if program:
        row.cpu.append(used[program.pid] / outcome.requests * 1e6)
    if server:
        row.redis.append(used[server.pid] / outcome.requests * 1e6)
    row.rate.append(outcome.per_second)
    row.p50.append(outcome.p50)
    row.p99.append(outcome.p99)
    row.p999.append(outcome.p999)
    row.failed += outcome.failed
    return outcome


def in_turn(rounds, rows, run):
    """A B A B: `run(row, number)` for each row in each round."""
    for number in range(rounds):
        for row in rows:
            run(row, number)
            process.say(
                f"  {row.operation}, {row.load}, {row.program}:",
                f"{(row.cpu or row.redis)[-1]:.1f} µs a request, {row.rate[-1]:,.0f} a second,",
                f"{row.failed} failed",
            )
    return rows
