"""Runs checks and says how each went: one line a check, which deploy/check counts.

A check is a function that raises to fail. Its line is its sentence after `pass`, `FAIL` or `skip`.
"""

import os
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DEPLOY = REPOSITORY / "deploy"

_checks = []


class Skipped(Exception):
    """What is checked cannot be tried on this machine; the message says why."""


def check(sentence):
    """Registers a function as the check of a sentence."""

    def register(function):
        _checks.append((sentence, function))
        return function

    return register


def expect(condition, otherwise):
    """Fails the running check with a message, unless the condition holds."""
    if not condition:
        raise AssertionError(otherwise)


def one_line(text):
    """A text without line ends, and without its middle where it is long: errors are told last."""
    line = " · ".join(filter(None, map(str.strip, str(text).splitlines())))
    return line if len(line) <= 800 else f"{line[:200]} … {line[-600:]}"


def usher_binary():
    """The program under test: $USHER, or what `swift build` left; skips the check without one."""
    places = [os.environ.get("USHER", "")]
    places += [str(REPOSITORY / ".build" / kind / "usher") for kind in ("release", "debug")]
    for place in filter(None, places):
        if os.access(place, os.X_OK):
            return os.path.abspath(place)
    raise Skipped("no usher is built: swift build, or USHER=path")


def temporary_directory():
    """A directory that ends with its `with` block; its name is short enough for a Unix socket."""
    return tempfile.TemporaryDirectory(prefix="usher-check-", dir="/tmp")


def main():
    """Runs the registered checks in order and ends the process, with 1 if any failed."""
    failed = False
    for sentence, function in _checks:
        try:
            function()
            print(f"pass {sentence}", flush=True)
        except Skipped as reason:
            print(f"skip {sentence}: {reason}", flush=True)
        except Exception as reason:  # any way to fail is a failure of this check alone
            failed = True
            kind = "" if isinstance(reason, AssertionError) else f"{type(reason).__name__}: "
            print(f"FAIL {sentence}: {kind}{one_line(reason)}", flush=True)
    sys.exit(1 if failed else 0)
