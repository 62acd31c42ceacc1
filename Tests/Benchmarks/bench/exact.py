"""Figures of a request that are the same each time: one at a time, over one connection."""

import statistics
import time
from itertools import pairwise

import counters
import instructions
import programs
import routes
from subject import Subject


def figures(binary, directory):
    """`{"status.instructions": 54_600.0, …}`, of each route and each counter."""
    counts = directory / "allocations"
    options = ("-shared", "-fPIC")
    library = programs.compile_c("count.so", "tools/allocations.c", directory, *options)
    environment = {"LD_PRELOAD": str(library), "ALLOCATIONS": str(counts)}
    with Subject(binary, environment=environment) as subject:
        used = [instructions.Instructions(subject), counters.RedisCommands(subject)]
        used.append(counters.Allocations(counts))
        found = count(subject, used, requests_each=1_000, pause=0.0002)
    with Subject(binary) as subject:
        return found | count(
            subject, [counters.SystemCalls(subject)], requests_each=250, pause=0.003
        )


def usual(values):
    """The median, after the first tenth, which warms up: what is done once a second, moved memory
    and a machine that stalls fall into some of the requests only."""
    return statistics.median(values[len(values) // 10 :])


def count(subject, used, requests_each, pause):
    """What the counters say to each route; they are read after every request."""
    found = {}

    def run(route, requests, expected):
        bodies, readings = [], [[counter.read() for counter in used]]
        for request in requests:
            bodies.append(subject.client(request, expected))
            # What follows the answer is still the request's.
            time.sleep(pause)
            readings.append([counter.read() for counter in used])
        for counter, column in zip(used, zip(*readings, strict=True), strict=True):
            values = [after - before for before, after in pairwise(column)]
            found[f"{route}.{counter.name}"] = usual(values)
        return bodies

    routes.each(subject, requests_each, run)
    for counter in used:
        counter.close()
    return found
