"""What people run: every script is clean, can be run, and says what it is for."""

import os
import subprocess

from report import DEPLOY, REPOSITORY, Skipped, check, expect, main


def scripts():
    """The shell scripts below deploy/."""
    return [
        path
        for path in sorted(DEPLOY.rglob("*"))
        if path.is_file() and path.read_bytes()[:64].startswith(b"#!/usr/bin/env bash\n")
    ]


@check("shellcheck has nothing to say")
def _():
    try:
        run = subprocess.run(["shellcheck", *scripts()], capture_output=True, text=True)
    except FileNotFoundError:
        raise Skipped("there is no shellcheck: apt-get install shellcheck") from None
    expect(run.returncode == 0, run.stdout)


@check("every script can be run, stops at the first error, and begins by saying what it does")
def _():
    expect(DEPLOY / "check" in scripts(), "no scripts were found")
    for path in scripts():
        name, lines = path.relative_to(REPOSITORY), path.read_text().splitlines()
        expect(os.access(path, os.X_OK), f"{name} is not executable")
        expect(lines[1].startswith("# "), f"{name} does not say what it does")
        expect("set -euo pipefail" in lines, f"{name} goes on after an error")


if __name__ == "__main__":
    main()
