"""deploy/README.md: its commands can be typed, and what it names is there.

Each command is run in a directory of the check's own. What would need a cluster is sent to one that
does not exist: kubectl understands the command, reads the files, and fails for that reason alone.
"""

import os
import re
import subprocess
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

README = (DEPLOY / "README.md").read_text()

NO_CLUSTER = """\
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: none, context: {cluster: none}}]
current-context: none
"""


def commands():
    """The lines of the page's shell blocks, in order."""
    for block in re.findall(r"^ *```sh\n(.*?)^ *```$", README, re.MULTILINE | re.DOTALL):
        yield from filter(None, map(str.strip, block.splitlines()))


def prepare(directory):
    """A place like a clone in which people type, with what the page takes for granted."""
    for name in ("deploy", "alerts", "dashboards"):
        Path(directory, name).symlink_to(REPOSITORY / name)
    Path(directory, ".build", "release").mkdir(parents=True)
    Path(directory, ".build", "release", "usher").write_bytes(b"")
    Path(directory, "ca.crt").write_text("a certificate\n")
    Path(directory, "kubeconfig").write_text(NO_CLUSTER)


def as_tried(command, directory):
    """What is run in the place of a command that would change the machine, or take minutes."""
    command = re.sub(r"^deploy/size$", "deploy/size 500 1", command)
    command = re.sub(r" (/usr/local|/etc)/", rf" {directory}\1/", command)
    command = command.replace("systemctl enable --now", f"systemctl --root={directory} enable")
    return re.sub(r"^(docker compose .*) up --build$", r"\1 config --quiet", command)


def run(command, directory):
    """Runs a command as a shell would, to its end."""
    environment = os.environ | {
        "KUBECONFIG": f"{directory}/kubeconfig",
        "USHER": usher_binary(),
    }
    shell = ["bash", "-o", "pipefail", "-c", as_tried(command, directory)]
    return subprocess.run(
        shell, cwd=directory, env=environment, capture_output=True, text=True, timeout=60
    )


def is_about_the_cluster(result):
    """Whether the only thing wrong is that there is no cluster."""
    lines = result.stderr.strip().splitlines()
    return bool(lines) and all(
        "connection refused" in line or "127.0.0.1:1 was refused" in line for line in lines
    )


def try_all(kind, belongs):
    """Runs the commands of a kind; the others run too, as one command needs what another made."""
    tried = 0
    with temporary_directory() as directory:
        prepare(directory)
        for command in commands():
            if command.startswith("docker ") and not has_compose():
                continue
            result = run(command, directory)
            if belongs(command):
                tried += 1
                fine = result.returncode == 0 or kind == "kubectl" and is_about_the_cluster(result)
                expect(fine, f"{command}: {result.stdout}{result.stderr}")
    expect(tried, "the page has none")


def has_compose():
    """Whether there is a docker that knows compose."""
    try:
        return subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@check("every kubectl command of the page is understood, and its files are read")
def _():
    try_all("kubectl", lambda command: command.startswith("kubectl "))


@check("every other command of the page works")
def _():
    try_all("shell", lambda command: not command.startswith(("kubectl ", "docker ")))


@check("the docker command of the page works")
def _():
    if not has_compose():
        raise Skipped("there is no docker compose")
    try_all("docker", lambda command: command.startswith("docker "))


@check("every path that the page names is there")
def _():
    paths = set(re.findall(r"`((?:deploy|alerts|dashboards)/[^` :=]*)", README))
    expect(len(paths) > 8, f"{paths}")
    missing = [path for path in sorted(paths) if not (REPOSITORY / path).exists()]
    expect(not missing, f"{', '.join(missing)}")


@check("every flag and variable of usher that the page names is one")
def _():
    shown = subprocess.run([usher_binary(), "serve", "--help"], capture_output=True, text=True)
    named = set(re.findall(r"`(--[a-z-]+|USHER_[A-Z_]+)`", README))
    missing = [name for name in sorted(named) if not re.search(rf"{name}\b", shown.stdout)]
    expect(len(named) > 3 and not missing, f"{', '.join(missing)}")


if __name__ == "__main__":
    main()
