"""The runs: each operation under each load, then what only usher is asked."""

import line
import load
import redis
from measure import Row, in_turn, measure
from report import at_twice_its_peak
from stage import BARE, NGINX, REDIS, USHER


def status(stage, plan):
    """Status of people all along a line of 100,000, from 1, 64 and 1,024 connections."""
    file, _ = stage.line(plan.people)
    started = {name: stage.start(name) for name in (USHER, NGINX, BARE)}
    rows = []
    for connections in plan.connections:
        loads = [Row("status", f"{connections:,} connections", name) for name in started]

        def run(row, _, connections=connections):
            program = started[row.program]
            server = None if row.program == BARE else stage.redis
            measure(
                row,
                program,
                server,
                lambda: load.wrk(program.port, connections, plan.seconds, "status", file),
            )

        rows += in_turn(plan.rounds, loads, run)
    rows += fixed_rate(stage, plan, started) + status_floor(stage, plan)
    for program in started.values():
        stage.stop(program)
    return rows


def fixed_rate(stage, plan, started):
    """Status at a fixed number of requests a second."""
    _, tokens = stage.line(plan.people)

    def run(row, _):
        program = started[row.program]
        server = None if row.program == BARE else stage.redis
        measure(
            row,
            program,
            server,
            lambda: load.h2load(
                program.port, plan.rate * plan.seconds, plan.rate, tokens, stage.directory
            ),
        )

    rows = [Row("status", f"{plan.rate:,} a second", name) for name in started]
    return in_turn(plan.rounds, rows, run)


def status_floor(stage, plan):
    """The two commands of a status, one after the other, by redis-benchmark: their times add up."""
    key = line.keys(f"status-{plan.people}")[0]

    def run(row, _):
        parts = []
        for command in ("ZSCORE", "ZRANK"):
            part = Row("", "", "")
            measure(
                part,
                None,
                stage.redis,
                lambda command=command: load.redis_benchmark(
                    stage.redis.port, plan.floor, plan.people, command, key, "user-__rand_int__"
                ),
            )
            parts.append(part)
        row.redis.append(sum(part.redis[0] for part in parts))
        row.rate.append(1 / sum(1 / part.rate[0] for part in parts))

    return in_turn(plan.rounds, [Row("status", "64 connections", REDIS)], run)


def join(stage, plan):
    """Joins of new people to one event, a new one each time."""
    started = {name: stage.start(name, "join") for name in (USHER, NGINX, BARE)}

    def run(row, connections):
        program = started[row.program]
        server = None if row.program == BARE else stage.redis
        event = stage.new_event()
        measure(
            row,
            program,
            server,
            lambda: load.wrk(program.port, connections, plan.seconds, "join", event),
        )
        stage.connection("UNLINK", *line.keys(event))

    return writes(stage, plan, "join", started, run)


def enter(stage, plan):
    """Enters of people who are all ready, each once."""
    started = {name: stage.start(name, "enter") for name in (USHER, NGINX, BARE)}

    def run(row, connections):
        program = started[row.program]
        server = None if row.program == BARE else stage.redis
        event, file = stage.ready_line(plan.seconds * plan.enters_a_second)
        measure(
            row,
            program,
            server,
            lambda: load.wrk(program.port, connections, plan.seconds, "enter", file),
        )
        stage.connection("UNLINK", *line.keys(event))

    return writes(stage, plan, "enter", started, run)


def writes(stage, plan, operation, started, run):
    """The rows of an operation that changes the line."""
    rows = []
    for connections in plan.connections:
        loads = [Row(operation, f"{connections:,} connections", name) for name in started]
        rows += in_turn(plan.rounds, loads, lambda row, _, c=connections: run(row, c))
    rows += in_turn(
        plan.rounds,
        [Row(operation, "64 connections", REDIS)],
        lambda row, _: script_floor(stage, plan, operation, row),
    )
    for program in started.values():
        stage.stop(program)
    return rows


def script_floor(stage, plan, operation, row):
    """The script alone, one person a call."""
    sha = stage.connection("SCRIPT", "LOAD", redis.script(operation)).decode()
    if operation == "join":
        people = 10**9
        event = stage.new_event()
        own = [0, 0, *line.TERMS, "user-__rand_int__"]
    else:
        people = plan.floor
        event, _ = stage.ready_line(people)
        now = stage.connection("TIME")
        ticket = int(now[0]) * 1_000_000 + 999_999
        own = ["user-__rand_int__", ticket, ticket]
    command = ["EVALSHA", sha, *line.call(event, *own)]
    measure(
        row,
        None,
        stage.redis,
        lambda: load.redis_benchmark(stage.redis.port, plan.floor, people, *command),
    )
    stage.connection("UNLINK", *line.keys(event))


def saturation(stage, plan):
    """Status of as many as usher can answer, then of twice as many, with its own limits.

    Who finds too many under way waits, with the processor full for up to 300 ms.
    """
    _, tokens = stage.line(plan.people)
    limits = {"--max-in-flight": 4096, "--redis-timeout": "500ms", "--redis-pool-wait": "100ms"}
    program = stage.start(USHER, more=limits)
    peak = Row("status", "at its peak", USHER)
    crowds = {at_twice_its_peak(count): count for count in plan.crowds}

    def run(row, number):
        # By the same tool: what it takes of the processors it takes from usher.
        rate, crowd = None, 64
        if row is not peak:
            rate, crowd = int(2 * peak.rate[number]), crowds[row.load]
        count = (rate or 3 * plan.rate) * plan.seconds
        outcome = measure(
            row,
            program,
            stage.redis,
            lambda: load.h2load(program.port, count, rate, tokens, stage.directory, crowd),
        )
        # Only what was served counts here.
        row.rate[-1] *= 1 - outcome.failed / outcome.requests
        row.refusal.append(outcome.refusal)

    rows = [peak, *(Row("status", name, USHER) for name in crowds)]
    in_turn(plan.rounds, rows, run)
    stage.stop(program)
    return rows


def sizes(stage, plan):
    """Status with few and with many people waiting, and what one of them costs Redis.

    As many poll in each line: whom usher saw is written down once a second, whoever waits besides.
    """
    program = stage.start(USHER)
    rows = [Row("status", f"{people:,} waiting", USHER) for people in plan.sizes]
    files = {}
    for row, people in zip(rows, plan.sizes, strict=True):
        some = line.sample(stage.line(people)[1], plan.sizes[0])
        files[row.load] = stage.file(f"some-of-{people}", some)

    def run(row, _):
        measure(
            row,
            program,
            stage.redis,
            lambda: load.wrk(program.port, 64, plan.seconds, "status", files[row.load]),
        )

    in_turn(plan.rounds, rows, run)
    stage.stop(program)
    return rows


def fronts(stage, plan):
    """One front against two."""
    file, _ = stage.line(plan.people)
    started = {f"{n} front{'s' if n > 1 else ''}": stage.start(USHER, fronts=n) for n in (1, 2)}
    rows = [Row("status", f"64 connections, {name}", USHER) for name in started]

    def run(row, _):
        program = started[row.load.split(", ")[1]]
        measure(
            row,
            program,
            stage.redis,
            lambda: load.wrk(program.port, 64, plan.seconds, "status", file),
        )

    in_turn(plan.rounds, rows, run)
    for program in started.values():
        stage.stop(program)
    return rows
