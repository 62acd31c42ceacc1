"""deploy/observe: usher, Prometheus and Alertmanager run, know each other, and end together."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from report import (
    DEPLOY,
    REPOSITORY,
    Skipped,
    check,
    expect,
    main,
    temporary_directory,
    usher_binary,
)


def is_absent(*programs):
    """Skips the check where one of the programs is not installed: observing would install it."""
    for program in programs:
        if subprocess.run(["which", program], capture_output=True).returncode:
            raise Skipped(f"there is no {program}: deploy/setup --observe")


@contextlib.contextmanager
def observing(*arguments, directory="/tmp"):
    """Runs deploy/observe in a process group of its own, as a terminal does."""
    is_absent("prometheus", "prometheus-alertmanager")
    process = subprocess.Popen(
        [DEPLOY / "observe", *arguments],
        cwd=directory,
        env=os.environ | {"USHER": usher_binary()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()


def until(process, pattern):
    """Reads what it says until a line matches; all that was read, and the match."""
    said = ""
    for line in process.stdout:
        said += line
        if match := re.search(pattern, line):
            return said, match
    raise AssertionError(f"no {pattern}: {said}")


def addresses(process):
    """The addresses that it says to look at, by their captions."""
    said, _ = until(process, "Ctrl-C")
    return dict(re.findall(r"^(\S[\w ]+?)  +(http://[^/\s]+)", said, re.MULTILINE))


def ask(url):
    """The data of an answer of Prometheus or Alertmanager."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def soon(condition, otherwise):
    """Fails unless the condition holds within a minute."""
    end = time.monotonic() + 60
    while not condition():
        expect(time.monotonic() < end, otherwise)
        time.sleep(0.2)


def descendants(root):
    """The process ids of everything that a process has started, directly or not."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {root}


def typed():
    """The two commands of alerts/README.md: the flags of the first, and the second."""
    page = (REPOSITORY / "alerts" / "README.md").read_text()
    [(flags, other)] = re.findall(
        r"^```sh\ndeploy/observe (.*?) +#.*\n(.*?) +#.*\n```$", page, re.MULTILINE
    )
    return flags.split(), other


def directories():
    """What it stores, and what others like it do."""
    return set(Path("/tmp").glob("usher-observe-*"))


@check("one command: usher is scraped, the rules are loaded, Ctrl-C ends all that was started")
def _():
    others = directories()
    with observing() as process:
        found = addresses(process)
        api = f"{found['Prometheus']}/api/v1"

        def is_scraped():
            targets = ask(f"{api}/targets")["data"]["activeTargets"]
            return [target["health"] for target in targets] == ["up"]

        soon(is_scraped, "Prometheus does not reach usher")
        groups = ask(f"{api}/rules")["data"]["groups"]
        expect(sum(len(group["rules"]) for group in groups) > 50, f"{groups}")
        [known] = ask(f"{api}/alertmanagers")["data"]["activeAlertmanagers"]
        expect(known["url"].startswith(found["Alertmanager"]), f"{known}")

        started = descendants(process.pid)
        expect(len(started) >= 5, f"{started}")
        os.killpg(process.pid, signal.SIGINT)
        expect(process.wait(timeout=60) == 130, f"{process.returncode}")
        expect('"msg":"stopped"' in process.stdout.read(), "usher was not let finish")
        left = [pid for pid in started if Path(f"/proc/{pid}").exists()]
        expect(not left, f"{left} run on")
    expect(directories() <= others, "it left something in /tmp")


@check("KEYS, typed as alerts/README.md says, is printed as a page within a minute")
def _():
    flags, keys = typed()
    with temporary_directory() as directory, observing(*flags, directory=directory) as process:
        addresses(process)
        run = subprocess.run(keys, shell=True, cwd=directory, capture_output=True, text=True)
        expect(run.returncode == 0 and not run.stderr, f"{keys}: {run}")
        began = time.monotonic()
        until(process, "^PAGE +UsherKeysCommandSeen: .*: 1\\. ")
        # A scrape, a record, an evaluation and the wait for the rest of the group.
        expect(time.monotonic() - began < 60, f"it took {time.monotonic() - began} s")


@check("it takes the ports and flags that it is given, and other ports where its own are taken")
def _():
    with socket.create_server(("127.0.0.1", 0)) as someone:
        free = someone.getsockname()[1]
    with contextlib.ExitStack() as stack:
        for port in (8080, 9090, 9091, 9093):
            with contextlib.suppress(OSError):  # somebody else has it, which is as good
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
        flags = [f"--prometheus={free}", "--admission-rate", "3", "--log-format=text"]
        found = addresses(stack.enter_context(observing(*flags)))
        expect(found.pop("Prometheus") == f"http://127.0.0.1:{free}", f"{found}")
        ports = {url.rpartition(":")[2] for url in found.values()}
        expect(len(ports) == 3 and not ports & {"8080", "9090", "9091", "9093"}, f"{found}")


@check("when usher refuses its flags nothing runs on, and the exit code is usher's")
def _():
    others = directories()
    with observing("--admission-rate", "nobody") as process:
        said = process.communicate(timeout=60)[0]
        expect(process.returncode == 2 and "--admission-rate" in said, f"{process} {said}")
    expect(directories() <= others, "it left something in /tmp")


if __name__ == "__main__":
    main()
