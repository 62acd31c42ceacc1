"""usher as `deploy/run` starts it, for checks that talk to it."""

import contextlib
import os
import socket
import subprocess
import time
import urllib.request

from report import DEPLOY, expect, usher_binary


def free_port():
    """One that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as someone:
        return someone.getsockname()[1]


@contextlib.contextmanager
def running(directory, *flags, listen, admin):
    """usher as `deploy/run` starts it, until it is ready and for as long as it is needed."""
    command = [DEPLOY / "run", *flags, "--admin-listen", admin]
    if "--listen" not in flags:
        command += ["--listen", listen]
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=os.environ | {"USHER": usher_binary()},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + 60
        while not is_ready(admin):
            if process.poll() is not None:
                raise AssertionError(f"{command}: {process.stderr.read()}")
            expect(time.monotonic() < end, "it does not become ready")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def is_ready(admin):
    """Whether usher says that it is."""
    try:
        with urllib.request.urlopen(f"http://{admin}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
