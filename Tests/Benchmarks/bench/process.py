"""Processes that the benchmark starts, and what the kernel says about them."""

import os
import random
import socket
import subprocess
import sys
import time

TICK = os.sysconf("SC_CLK_TCK")


def say(*words):
    """Progress, on stderr: stdout is for the table."""
    print(*words, file=sys.stderr, flush=True)


def free_port():
    """A TCP port of loopback that nobody listened on a moment ago, and no client is given."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def bound(command):
    """The command, so that it ends with the benchmark, however that ends."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *(str(word) for word in command)]


def run(command, seconds, **options):
    """What a command printed, which has so many seconds for it."""
    try:
        done = subprocess.run(
            bound(command), capture_output=True, text=True, timeout=seconds, **options
        )
    except subprocess.TimeoutExpired as late:
        raise RuntimeError(f"{command[0]} did not end within {seconds} s") from late
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-300:]}")
    return done.stdout


def eventually(condition, otherwise, seconds=30):
    """Returns when the condition holds, which has so many seconds for it."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError(otherwise)
        time.sleep(0.02)


class Process:
    """A server that runs until `stop`; what it prints is lost."""

    def __init__(self, name, command, environment=None):
        self.name = name
        self._process = subprocess.Popen(
            bound(command),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        self.pid = self._process.pid

    def wait_for_port(self, port, seconds=30):
        """Returns when something accepts at `port`."""

        def is_there():
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with code {self._process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                return False
            return True

        eventually(is_there, f"{self.name} does not listen", seconds)

    def stop(self):
        """Ends it and waits for the end."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def children(pid):
    """The processes that `pid` has started."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def cpu_seconds(pid):
    """User and system time of a process so far, all its threads together."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_bytes(pid):
    """Memory of a process that is in RAM."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
