"""Debian 13: usher builds, starts and passes there, and with the servers that it has.

It takes an hour, so deploy/check has it only by name, and with `deploy/test --long`. Redis 7.0 is
what all the other tests have, on Debian 12.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import debian_root
from report import DEPLOY, check, expect, main, one_line, temporary_directory
from usher import free_port, is_ready

# What each server must pass, but for the ACL file: contract, failover, seats' history.
SERVER_TESTS = "|".join(
    (
        r"^RedisTests\.",
        r"^QueueTests\.QueueHistoryTests",
        r"^SeatsTests\.SeatHistoryTests",
        r"^Acceptance\..*/(ContractTests|SeatContractTests|SeatsTests|SentinelFaults)",
    )
)
SERVERS = {"Redis 8.0": "redis-server", "Valkey 8.1": "valkey-server"}


def passes(*command):
    """Fails the check if a command there does, with its last words."""
    debian_root.make()
    code, said = debian_root.run(*command)
    expect(code == 0, one_line(said[-4000:]))
    return said


def tests_pass(pattern, *environment):
    """Runs tests there, which must be some, and pass."""
    test = ["swift", "test", "--skip-build", "--disable-xctest", "--filter", pattern]
    debian_root.make()
    code, said = debian_root.run("env", *environment, *test)
    failed = "\n".join(line for line in said.splitlines() if line.startswith("✘"))
    expect(code == 0, one_line(failed or said[-4000:]))
    expect(re.search(r"✔ Test run with [1-9]\d* tests", said), "no test ran")


@check("with what deploy/setup installs, usher and its tests build on Debian 13 without a warning")
def _():
    passes("deploy/setup")
    passes("swift", "build", "--build-tests")


@check("the tests of HTTP and of Redis pass on Debian 13")
def _():
    tests_pass(r"^(HTTPTests|RedisTests)\.")


@check("the tests of the whole program pass on Debian 13")
def _():
    tests_pass(r"^Acceptance\.")


@check("deploy/run serves on Debian 13")
def _():
    debian_root.make()
    port, admin = free_port(), free_port()
    where = (f"--listen=127.0.0.1:{port}", f"--admin-listen=127.0.0.1:{admin}")
    with tempfile.TemporaryFile("w+") as output:
        usher = debian_root.start("deploy/run", *where, "--data-dir=/tmp/usher", output=output)
        try:
            end = time.monotonic() + 3600  # it is built first
            while not is_ready(f"127.0.0.1:{admin}"):
                output.seek(0)
                expect(usher.poll() is None, one_line(output.read()))
                expect(time.monotonic() < end, "it does not become ready")
                time.sleep(0.5)
            expect(join(port) == 202, "a person cannot join")
        finally:
            usher.terminate()
            usher.wait(timeout=60)


def join(port):
    """The status of the answer to a join."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/queue/join",
        data=json.dumps({"event_id": "debian"}).encode(),
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status


def write_wrapper(directory, program):
    """Writes a redis-server into a directory: one of Debian 13's, which runs here by its loader."""
    usr = debian_root.ROOT / "usr"
    libraries = next((usr / "lib").glob("*-linux-gnu"))
    loader = next(libraries.glob("ld-linux-*"))
    path = Path(directory, "redis-server")
    path.write_text(
        f"#!/bin/sh\nexec {loader} --library-path {libraries} --argv0 redis-server \\\n"
        f'  {usr}/bin/{program} "$@"\n'
    )
    path.chmod(0o755)


def check_server(name, program):
    """Registers the checks of a server."""

    @check(f"{name}: the ACL file lets usher do what usher does, and nothing else")
    def _():
        debian_root.make()
        with temporary_directory() as directory:
            write_wrapper(directory, program)
            run = subprocess.run(
                [sys.executable, DEPLOY / "checks" / "part" / "redis.py"],
                capture_output=True,
                text=True,
                env={**os.environ, "PATH": f"{directory}:{os.environ['PATH']}"},
            )
        expect(run.returncode == 0, run.stdout + run.stderr)

    @check(f"{name}: the contract, a failover and the histories of seats and of lines")
    def _():
        passes("mkdir", "-p", f"/opt/{program}")
        passes("ln", "-sf", f"/usr/bin/{program}", f"/opt/{program}/redis-server")
        path = f"/opt/{program}:/opt/swift/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        tests_pass(SERVER_TESTS, f"PATH={path}")


for server in SERVERS.items():
    check_server(*server)

if __name__ == "__main__":
    main()
