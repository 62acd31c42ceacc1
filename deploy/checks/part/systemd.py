"""deploy/systemd: the unit is one that systemd takes, and hardened."""

import re
import subprocess
from pathlib import Path

from report import DEPLOY, Skipped, check, expect, main, temporary_directory

UNIT = DEPLOY / "systemd" / "usher.service"


def analyze(verb, *options):
    """Runs systemd-analyze on the unit, with a program that is there in the place of usher."""
    with temporary_directory() as directory:
        copy = Path(directory, UNIT.name)
        copy.write_text(UNIT.read_text().replace("=/usr/local/bin/usher ", "=/bin/true "))
        command = ["systemd-analyze", "--no-pager", verb, *options, copy]
        try:
            return subprocess.run(command, capture_output=True, text=True)
        except FileNotFoundError:
            raise Skipped("there is no systemd-analyze: apt-get install systemd") from None


@check("systemd-analyze verify has nothing to say about usher.service")
def _():
    run = analyze("verify")
    # What is wrong with other units of this machine is not usher's affair.
    complaints = [line for line in run.stderr.splitlines() if "usher.service" in line]
    expect(run.returncode == 0 and not complaints, run.stderr)


@check("systemd-analyze security puts usher.service below 3.0")
def _():
    run = analyze("security", "--offline=true", "--threshold=30")
    expect(run.returncode == 0, (run.stdout + run.stderr).splitlines()[-1])


@check("usher.service ends its redis-server last, keeps its data, and does not retry bad settings")
def _():
    pairs = re.findall(r"^([A-Za-z]+)=(.*)$", UNIT.read_text(), re.MULTILINE)
    settings = dict(pairs)
    # SIGTERM to all of the group would stop Redis under the requests in flight.
    expect(settings["KillMode"] == "mixed", settings["KillMode"])
    expect(settings["StateDirectory"] == "usher", settings["StateDirectory"])
    expect("--data-dir=%S/usher" in settings["ExecStart"], settings["ExecStart"])
    expect(settings["RestartPreventExitStatus"] == "2", "it would retry settings that are refused")
    expect(settings["Restart"] == "on-failure", settings["Restart"])


if __name__ == "__main__":
    main()
