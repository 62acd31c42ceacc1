"""The load tests of the incident reports: whole journeys with locust, status at a fixed rate."""

import argparse
import csv
import os
import re
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import load
import process
from process import say
from stage import USHER, open_stage

JOURNEYS = Path(__file__).resolve().parents[1] / "clients/journeys.py"

# Name, stages, p95 in ms, failures in percent: what report 004 demands.
SCENARIOS = [
    ("Baseline: 100 users", "60:100", 300, 0.5),
    ("Spike: 10, 500, 10 users", "30:10 60:500 30:10", 500, 1),
    ("Extreme: 1,000 users", "60:1000", 1000, 5),
]

# The shop behind the door serves so many; the rest are usher's defaults, unlike in the other
# benchmarks.
SETTINGS = {
    "--admission-rate": 100,
    "--max-in-flight": 4096,
    "--presence-ttl": "60s",
    "--presence-head-ttl": "15s",
    "--redis-timeout": "500ms",
    "--redis-pool-wait": "100ms",
}


class Readiness:
    """Asks /readyz five times a second while its block runs; counts what was not `ready`."""

    def __init__(self, port):
        self._url = f"http://127.0.0.1:{port}/readyz"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.asked = self.missed = 0

    def _watch(self):
        while not self._over.wait(0.2):
            self.asked += 1
            try:
                urllib.request.urlopen(self._url, timeout=3).close()
            except (urllib.error.URLError, OSError):
                self.missed += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


class Durations:
    """How long usher itself says that the requests took while its block ran."""

    _bucket = re.compile(
        r'^usher_http_request_duration_seconds_bucket\{.*le="(.+)"\} (\d+)$', re.MULTILINE
    )

    def __init__(self, port):
        self._url = f"http://127.0.0.1:{port}/metrics"

    def _counts(self):
        with urllib.request.urlopen(self._url, timeout=10) as answer:
            buckets = self._bucket.findall(answer.read().decode())
        counts = {}
        for edge, count in buckets:
            counts[float(edge)] = counts.get(float(edge), 0) + int(count)
        return counts

    def __enter__(self):
        self._before = self._counts()
        return self

    def __exit__(self, *_):
        after = self._counts()
        counts = {edge: after[edge] - self._before[edge] for edge in sorted(after)}
        enough = 0.95 * counts[max(counts)]
        self.p95 = 1000 * next(edge for edge, count in counts.items() if count >= enough)


def journeys(stage, program, name, stages, quick):
    """One scenario: requests, p95 in ms and failures in percent."""
    say(name)
    if quick:
        stages = " ".join(f"5:{stage.split(':')[1]}" for stage in stages.split())
    prefix = stage.directory / "locust"
    command = [os.environ["LOCUST"], "-f", JOURNEYS, "--headless", "--only-summary"]
    command += [
        "--host",
        f"http://127.0.0.1:{program.port}",
        "--csv",
        prefix,
        "--stop-timeout",
        "2",
    ]
    seconds = sum(int(stage.split(":")[0]) for stage in stages.split())
    # Code 0 also if a request failed, which is counted below.
    command += ["--exit-code-on-error", "0"]
    process.run(command, seconds + load.PATIENCE, env={**os.environ, "STAGES": stages})
    with open(f"{prefix}_stats.csv", newline="") as file:
        total = list(csv.DictReader(file))[-1]
    requests, failed = int(total["Request Count"]), int(total["Failure Count"])
    return requests, float(total["95%"]), 100 * failed / max(1, requests)


def status(stage, program, quick):
    """Report 000's status test: p95 in ms, failures in percent, Redis' CPU, readiness."""
    say("Status: 10,000 a second")
    _, tokens = stage.line(100_000)
    seconds = 5 if quick else 30
    before, began = process.cpu_seconds(stage.redis.pid), time.monotonic()
    with Readiness(program.admin) as readiness:
        outcome = load.h2load(program.port, 10_000 * seconds, 10_000, tokens, stage.directory)
    busy = process.cpu_seconds(stage.redis.pid) - before
    return outcome, 100 * busy / (time.monotonic() - began), readiness


def verdict(is_met):
    """As the table says it."""
    return "yes" if is_met else "**no**"


def main():
    """The command."""
    parser = argparse.ArgumentParser(prog="Tests/Benchmarks/scenarios", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="five seconds of each stage")
    quick = parser.parse_args().quick
    stage = open_stage()
    rows = ["| scenario | requests | p95 ms | in usher | failed | demanded | met |"]
    rows.append("| --- | ---: | ---: | ---: | ---: | --- | --- |")
    try:
        program = stage.start(USHER, more=SETTINGS)
        for name, stages, p95_limit, failed_limit in SCENARIOS:
            with Durations(program.admin) as inside:
                requests, p95, failed = journeys(stage, program, name, stages, quick)
            met = p95 < p95_limit and failed < failed_limit
            demand = f"p95 < {p95_limit} ms, failed < {failed_limit} %"
            cells = [name, f"{requests:,}", f"{p95:.0f}", f"≤ {inside.p95:.0f}"]
            cells += [f"{failed:.2f} %", demand, verdict(met)]
            rows.append("| " + " | ".join(cells) + " |")
        with Durations(program.admin) as inside:
            outcome, busy, readiness = status(stage, program, quick)
        failed = 100 * outcome.failed / outcome.requests
        met = outcome.p95 < 100 and failed < 1 and busy < 30 and not readiness.missed
        rows.append(
            f"| Status: 10,000 a second; Redis' CPU {busy:.0f} %, ready "
            f"{readiness.asked - readiness.missed} times of {readiness.asked} "
            f"| {outcome.requests:,} | {outcome.p95:.1f} | ≤ {inside.p95:.0f} | {failed:.2f} % "
            f"| p95 < 100 ms, failed < 1 %, CPU < 30 %, ready throughout | {verdict(met)} |"
        )
    finally:
        stage.close()
    print("\n".join(rows))


if __name__ == "__main__":
    sys.exit(main())
