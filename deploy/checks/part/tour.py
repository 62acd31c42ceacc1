"""README.md: what it tells people to type works, and answers what it shows.

usher runs as `deploy/run` starts it, with the program that is built already, on ports of its own.
"""

import re
import subprocess
import time
import urllib.request
from pathlib import Path

from report import (
    DEPLOY,
    REPOSITORY,
    check,
    expect,
    main,
    temporary_directory,
    usher_binary,
)
from usher import free_port, running

README = (REPOSITORY / "README.md").read_text()
MARK = "--- next ---"

# What differs each time: tokens, times, and what comes of them.
MASKS = [
    (r"[\w-]{40,}", "TOKEN"),
    (r'"(eta_sec|eta_low|eta_high|waiting_time|poll_after_sec)":\d+', r'"\1":N'),
    (r"answered [\d.]+ s ago", "answered N s ago"),
    (r"(usher_queue_tokens_available\{.*\}) [\d.]+", r"\1 N"),
]


def masked(text):
    """A text without what differs each time."""
    for pattern, replacement in MASKS:
        text = re.sub(pattern, replacement, text)
    return text.strip()


def session():
    """The commands of the page's console block, each with what it shows as their answer."""
    [block] = re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, answer = entry.partition("\n")
        yield command, answer


def typed(commands, directory):
    """What a shell prints for each of the commands, typed no faster than people type."""
    script = "".join(f"{command}\necho '{MARK}'\nsleep 1\n" for command in commands)
    run = subprocess.run(
        ["bash", "-c", script], cwd=directory, capture_output=True, text=True, timeout=60
    )
    expect(not run.stderr, run.stderr)
    return run.stdout.split(f"{MARK}\n")[:-1]


@check("the tour of README.md: every command answers what the page shows")
def _():
    listen, admin = (f"127.0.0.1:{free_port()}" for _ in range(2))

    def here(text):
        return text.replace("127.0.0.1:8080", listen).replace("127.0.0.1:9090", admin)

    commands, expected = zip(*session(), strict=True)
    with (
        temporary_directory() as directory,
        running(directory, listen=listen, admin=admin),
    ):
        answers = typed(map(here, commands), directory)
        expect(len(commands) > 10 and len(answers) == len(commands), f"{answers}")
        for command, answer, shown in zip(commands, answers, expected, strict=True):
            expect(masked(answer) == masked(shown), f"{command}: {answer}")


@check("the gateway of README.md lets people in one after the other, and no one twice")
def _():
    listen, admin = (f"127.0.0.1:{free_port()}" for _ in range(2))
    [source] = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    host, port = listen.split(":")
    page = {}
    exec(source.replace('"127.0.0.1", 8080', f'"{host}", {port}'), page)
    flags = ["--admission-rate", "1", "--admission-burst", "1"]
    with (
        temporary_directory() as directory,
        running(directory, *flags, listen=listen, admin=admin),
    ):
        ana, bo = {}, {}
        expect(page["at_the_door"]("demo", "ana", ana) == (True, 0), f"{ana}")
        grant = ana["grant"]
        expect(page["at_the_door"]("demo", "ana", ana) == (True, 0), "a grant is no grant")
        passes, seconds = page["at_the_door"]("demo", "bo", bo)
        expect(not passes and seconds >= 1 and "ticket" in bo, f"{passes} {seconds} {bo}")
        end = time.monotonic() + 20
        while not page["at_the_door"]("demo", "bo", bo)[0]:
            expect(time.monotonic() < end, f"the second person waits: {bo}")
            time.sleep(0.2)
        del ana["grant"]  # as if the answer to the enter had been lost
        expect(page["at_the_door"]("demo", "ana", ana) == (True, 0), f"{ana}")
        expect(ana["grant"] == grant, "a repeated enter has another grant")


@check("what README.md tells the operator to say of events, seats and stock, usher takes")
def _():
    listen, admin = (f"127.0.0.1:{free_port()}" for _ in range(2))
    commands = re.findall(r"^curl -X (?:PUT|PATCH) (?:.*\\\n)*.*$", README, re.MULTILINE)
    expect(len(commands) == 5, f"{commands}")
    status = "curl -s -o answer -w '%{http_code}'"
    with temporary_directory() as directory:
        Path(directory, "admin-token").write_text("x" * 32)
        flags = ["--admin-token-file", "admin-token"]
        with running(directory, *flags, listen=listen, admin=admin):
            for command in commands:
                here = command.replace("127.0.0.1:9090", admin).replace("curl", status, 1)
                [answer] = typed([here], directory)
                told = Path(directory, "answer").read_text()
                expect(answer == "200", f"{command}: {answer} {told}")
            joined = f'{status} http://{listen}/api/v1/queue/join -d \'{{"event_id":"demo"}}\''
            expect(typed([joined], directory) == ["403"], "nobody joins before prequeue_at")
            [patch] = [command for command in commands if "prequeue_at" in command]
            patch = re.sub(r'"(\w+_at)":"[^"]*"', r'"\1":null', patch)
            patch = patch.replace("127.0.0.1:9090", admin).replace("curl", status, 1)
            expect(typed([patch], directory) == ["200"], patch)
            expect(typed([joined], directory) == ["202"], "a paused event takes people")


@check("flags after deploy/run are usher's, as README.md says")
def _():
    [flags] = re.findall(r"`deploy/run (--(?!help)[^`]+)`", README)
    admin = f"127.0.0.1:{free_port()}"
    listen = f"127.0.0.1:{free_port()}"
    flags = flags.replace("127.0.0.1:8088", listen).split()
    with (
        temporary_directory() as directory,
        running(directory, *flags, listen=listen, admin=admin),
    ):
        urllib.request.urlopen(
            urllib.request.Request(
                f"http://{listen}/api/v1/queue/join", b'{"event_id":"demo"}', method="POST"
            ),
            timeout=10,
        ).close()
        expect(Path(directory, "data").is_dir(), "data is not where the page says it is")


@check("deploy/run --help builds nothing, and shows what usher itself shows")
def _():
    with temporary_directory() as directory:
        swift = Path(directory, "swift")
        swift.write_text("#!/bin/sh\nexit 1\n")
        swift.chmod(0o755)
        here = {"PATH": f"{directory}:/usr/bin:/bin"}
        shown = subprocess.run(
            [DEPLOY / "run", "--help"], env=here, capture_output=True, text=True, timeout=60
        )
    expect(shown.returncode == 0 and not shown.stderr, f"{shown}")
    help = subprocess.run([usher_binary(), "serve", "--help"], capture_output=True, text=True)
    expect(help.returncode == 0 and "--listen" in help.stdout, f"{help}")
    expect(shown.stdout.endswith(help.stdout.strip() + "\n"), "README.md has another table")


@check("what README.md says of deploy/test and deploy/observe, they know")
def _():
    named = set(re.findall(r"\bdeploy/(\w+)((?: --[a-z]+)*)", README))
    expect({("test", " --quick"), ("run", "")} <= named, f"{named}")
    # The others have checks of their own.
    for script, flags in {each for each in named if each[0] in ("test", "observe")}:
        path = DEPLOY / script
        run = subprocess.run([path, "--help"], capture_output=True, text=True, timeout=60)
        expect(run.returncode == 0 and f"deploy/{script}" in run.stdout, f"{script}: {run}")
        for flag in flags.split():
            expect(flag in run.stdout, f"deploy/{script} knows no {flag}")


if __name__ == "__main__":
    main()
