"""What makes the load: wrk as fast as it goes, h2load at a rate, redis-benchmark for Redis."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import process

REPLAY = Path(__file__).resolve().parents[1] / "clients/replay.lua"

# Seconds that a tool has to begin and to end.
PATIENCE = 30


@dataclass
class Outcome:
    """How a load went; latencies in ms, None where the tool does not say."""

    requests: int
    per_second: float
    failed: int
    p50: float | None = None
    p99: float | None = None
    p999: float | None = None
    p95: float | None = None
    # Half of the refusals took no longer.
    refusal: float | None = None


def wrk(port, connections, seconds, *what):
    """As many requests as `connections` get answered, each after the other."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", REPLAY, f"http://127.0.0.1:{port}", "--", *what]
    output = process.run(command, seconds + PATIENCE)
    words = next(text for text in output.splitlines() if text.startswith("result ")).split()
    requests, micros, refused, broken, p50, p99, p999 = map(int, words[1:])
    return Outcome(
        requests, requests / micros * 1e6, refused + broken, p50 / 1e3, p99 / 1e3, p999 / 1e3
    )


def h2load(port, count, rate, tokens, directory, connections=100):
    """Status at a fixed rate, spread over the connections; who is late does not slow the others.
    Without a rate, as many as get answered.

    A number of requests and not a time (`-D`), at the end of which h2load once waited for ever on a
    busy machine. A connection whose answer does not come is given up (`-N`), and counts as failed.
    """
    urls, log = Path(directory) / "urls", Path(directory) / "h2load.log"
    path = f"http://127.0.0.1:{port}/api/v1/queue/status?token="
    urls.write_text("".join(path + token + "\n" for token in tokens))
    log.unlink(missing_ok=True)
    command = ["h2load", "--h1", "-t1", f"-c{connections}", f"-n{count}", "-N10s", "-i", urls]
    if rate:
        command.append(f"--rps={rate // connections}")
    process.run([*command, f"--log-file={log}"], PATIENCE + (count // rate if rate else 0))
    # Start in µs since 1970, status, duration in µs.
    rows = [row.split() for row in log.read_text().splitlines()]
    times = sorted(int(row[2]) for row in rows)
    failed = count - sum(row[1] == "200" for row in rows)
    micros = max(int(row[0]) + int(row[2]) for row in rows) - min(int(row[0]) for row in rows)

    def percentile(share):
        return times[min(len(times) - 1, int(len(times) * share))] / 1e3

    shares = [percentile(share) for share in (0.5, 0.99, 0.999, 0.95)]
    refusals = sorted(int(row[2]) for row in rows if row[1] in ("429", "503"))
    refusal = refusals[len(refusals) // 2] / 1e3 if refusals else None
    return Outcome(len(rows), len(rows) / micros * 1e6, failed, *shares, refusal)


def redis_benchmark(port, count, spread, *command):
    """One command over and over, from 64 connections, without pipelining."""
    words = ["redis-benchmark", "-p", port, "-c", 64, "-n", count, "-r", spread, "--csv", *command]
    output = process.run(words, 60 + PATIENCE)
    row = list(csv.DictReader(io.StringIO(output)))[-1]
    return Outcome(
        count, float(row["rps"]), 0, float(row["p50_latency_ms"]), float(row["p99_latency_ms"])
    )
