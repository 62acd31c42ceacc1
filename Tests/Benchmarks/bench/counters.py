"""What is counted of a program, each with a `read()` that says how much it has been so far."""

import re
import struct

import inside
import process
import redis


class Allocations:
    """Calls of malloc and its kind, as tools/allocations.c counts them in a file."""

    name = "allocations"

    def __init__(self, path):
        self._path = path

    def read(self):
        """Allocations so far."""
        return struct.unpack("Q", self._path.read_bytes())[0]

    def close(self):
        """Nothing is open."""


class RedisCommands:
    """Commands that Redis ran, those of scripts among them."""

    name = "redis-commands"

    def __init__(self, subject):
        self._connection = redis.Connection(subject.socket)

    def read(self):
        """Commands so far, but for the question itself."""
        text = self._connection("INFO", "commandstats").decode()
        calls = dict(re.findall(r"^cmdstat_(\S+):calls=(\d+)", text, re.MULTILINE))
        return sum(map(int, calls.values())) - int(calls.get("info", 0))

    def close(self):
        """Closes the connection."""
        self._connection.close()


class SystemCalls:
    """System calls of all threads: a line of strace's each."""

    name = "system-calls"

    def __init__(self, subject):
        report = subject.directory / "strace"
        command = ["strace", "-f", "-qq", "-e", "signal=none", "-o", report, "-p", subject.pid]
        self._trace = process.Process("strace", command)
        process.eventually(lambda: inside.is_traced(subject.pid), "strace is not there")
        self._report = report.open()
        self._count = 0

    def read(self):
        """System calls that have begun so far."""
        text = self._report.read()
        # A call during which another thread's begins or ends has two lines.
        self._count += text.count("\n") - text.count(" resumed>")
        return self._count

    def close(self):
        """Lets the program go."""
        self._trace.stop()
        self._report.close()
