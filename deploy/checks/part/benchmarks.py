"""Tests/Benchmarks still run: a second of each case, with nobody refused."""

import os
import subprocess

from report import REPOSITORY, check, expect, main, temporary_directory, usher_binary

BENCHMARKS = REPOSITORY / "Tests" / "Benchmarks"


@check("every case runs, every program in it answers, and the table is written")
def _():
    with temporary_directory() as directory:
        output = f"{directory}/table.md"
        run = subprocess.run(
            [BENCHMARKS / "run", "--smoke", "--output", output],
            capture_output=True,
            text=True,
            env={**os.environ, "USHER": usher_binary()},
            timeout=150,
        )
        expect(run.returncode == 0, run.stderr[-600:])
        with open(output) as file:
            text = file.read()
    rows = [
        line.split(" | ") for line in text.splitlines() if line.startswith(("| s", "| j", "| e"))
    ]
    rows = [row for row in rows if len(row) == 11]
    programs = {(row[0], row[2]) for row in rows}
    for operation in ("| status", "| join", "| enter"):
        for program in ("usher", "nginx + Lua", "bare libmicrohttpd", "Redis alone"):
            expect((operation, program) in programs, f"no row of {operation}, {program}")
    refused = [row for row in rows if row[-1] != "0 |"]
    expect(not refused, f"requests failed: {refused}")
    expect("System calls a status request" in text, "no system calls were counted")
    expect("Allocations a status request" in text, "no allocations were counted")


@check("ruff and shellcheck have nothing to say about them")
def _():
    config = REPOSITORY / "deploy" / "ruff.toml"
    for verb in (["check"], ["format", "--check"]):
        command = ["ruff", *verb, "--quiet", "--no-cache", "--config", config, "bench", "clients"]
        run = subprocess.run(command, capture_output=True, text=True, cwd=BENCHMARKS)
        expect(run.returncode == 0, run.stdout or f"ruff {verb[0]} would change it")
    scripts = [BENCHMARKS / name for name in ("run", "scenarios", "compare-test")]
    run = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True)
    expect(run.returncode == 0, run.stdout)


if __name__ == "__main__":
    main()
