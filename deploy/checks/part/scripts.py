"""All of deploy/: scripts, Python and YAML are clean, and scripts can be run."""

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
        longest = max(lines, key=len)
        expect(len(longest) <= 100, f"{name}: a line is too long: {longest}")


@check("ruff has nothing to say about the Python")
def _():
    options = ["--quiet", "--no-cache"]
    files = [DEPLOY / "checks", DEPLOY / "notices"]
    for verb in (["check"], ["format", "--check"]):
        run = subprocess.run(["ruff", *verb, *options, *files], capture_output=True, text=True)
        expect(run.returncode == 0, run.stdout or f"ruff {verb[0]} would change it")


@check("yamllint has nothing to say")
def _():
    # What is generated is as its sources are.
    files = [path for path in DEPLOY.rglob("*.yaml") if path.name != "prometheusrule.yaml"]
    files += [
        REPOSITORY / directory / "kustomization.yaml" for directory in ("alerts", "dashboards")
    ]
    options = ["--strict", "--config-file", DEPLOY / "checks" / "yamllint.yaml"]
    run = subprocess.run(["yamllint", *options, *files], capture_output=True, text=True)
    expect(len(files) > 15 and run.returncode == 0, run.stdout)


if __name__ == "__main__":
    main()
