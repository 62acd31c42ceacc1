"""deploy/systemd: the unit is one that systemd takes, and hardened."""

import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from report import DEPLOY, Skipped, check, expect, main, temporary_directory, usher_binary
from usher import free_port, is_ready

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


@check("what usher and its redis-server ask of the kernel, usher.service lets them")
def _():
    used = system_calls_of_a_life()
    expect({"epoll_wait", "execve", "fork", "clone", "clone3", "vfork"} & used, f"{used}")
    refused = used - allowed_system_calls()
    expect(not refused, f"{', '.join(sorted(refused))} would fail")


def allowed_system_calls():
    """What the unit's SystemCallFilter= lines add up to."""
    run = subprocess.run(
        ["systemd-analyze", "--no-pager", "syscall-filter"], capture_output=True, text=True
    )
    groups = {}
    for line in run.stdout.splitlines():
        if line.startswith("@"):
            members = groups.setdefault(line.strip(), [])
        elif line.startswith("    ") and not line.strip().startswith("#"):
            members.append(line.strip())

    def expand(name):
        return set().union(*map(expand, groups[name])) if name in groups else {name}

    # systemd always allows what a program needs to start and to end.
    allowed = expand("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$", UNIT.read_text(), re.MULTILINE):
        named = set().union(*map(expand, line.removeprefix("~").split()))
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed


def system_calls_of_a_life():
    """The system calls of an usher that starts a redis-server, takes a join, and ends."""
    if not shutil.which("strace"):
        raise Skipped("there is no strace: apt-get install strace")
    front, admin = free_port(), free_port()
    with temporary_directory() as directory:
        trace, log = Path(directory, "trace"), Path(directory, "log")
        command = ["strace", "-f", "-qq", "-o", trace, usher_binary(), "serve"]
        command += [f"--listen=127.0.0.1:{front}", f"--admin-listen=127.0.0.1:{admin}"]
        command += [f"--data-dir={directory}/data"]
        with log.open("w") as output:
            strace = subprocess.Popen(command, stderr=output, start_new_session=True)
        try:
            wait_until_ready(admin, strace, log)
            expect_join(front)
        finally:
            end(strace)
        expect(strace.returncode == 0, f"usher ended with {strace.returncode}: {log.read_text()}")
        return set(re.findall(r"^\d+ +([a-z_0-9]+)\(", trace.read_text(), re.MULTILINE))


def wait_until_ready(port, process, log):
    """Waits until /readyz is 200; fails if the process ends before that."""
    deadline = time.monotonic() + 30
    while not is_ready(f"127.0.0.1:{port}"):
        expect(process.poll() is None, f"usher ended: {log.read_text()}")
        expect(time.monotonic() < deadline, "it is not ready after 30 s")
        time.sleep(0.1)


def expect_join(port):
    """Joins a queue, so that more than the start is seen."""
    body = b'{"event_id":"systemd","user_id":"somebody"}'
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/queue/join", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        expect(answer.status == 202, f"join answered {answer.status}")


def end(strace):
    """Sends SIGTERM to usher; strace ends with it, and with its exit code."""
    if strace.poll() is not None:
        return
    children = Path(f"/proc/{strace.pid}/task/{strace.pid}/children").read_text().split()
    for child in children[:1]:
        os.kill(int(child), signal.SIGTERM)
    try:
        strace.wait(timeout=30)
    except subprocess.TimeoutExpired:
        # The session is this check's own: strace, usher and its redis-server.
        os.killpg(strace.pid, signal.SIGKILL)
        strace.wait()


if __name__ == "__main__":
    main()
