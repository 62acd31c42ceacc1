"""deploy/cluster: six real nodes start, serve every slot, survive a restart, and stop."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
from pathlib import Path

from report import DEPLOY, check, expect, main, temporary_directory


def cluster(verb, *arguments):
    """Runs deploy/cluster."""
    return subprocess.run(
        [DEPLOY / "cluster", verb, *arguments], capture_output=True, text=True, timeout=180
    )


def start(directory, *arguments):
    """Starts a cluster; its URL's scheme and ports."""
    run = cluster("start", directory, *arguments)
    expect(run.returncode == 0, run.stderr)
    scheme, _, hosts = run.stdout.strip().partition("://")
    return scheme, [int(host.rpartition(":")[2]) for host in hosts.split(",")]


def ask(directory, port, *words):
    """One command to a node, by redis-cli."""
    tls = Path(directory, "tls")
    options = ["--tls", "--cacert", tls / "ca.crt"] if tls.exists() else []
    command = ["redis-cli", "-c", "-h", "127.0.0.1", "-p", str(port), *options, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.strip()


def processes(directory):
    """The process ids of the nodes that run in a directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd").startswith(f"{directory}/"):
                found.append(int(entry.name))
        except OSError:
            pass  # it ended meanwhile, or is a kernel thread
    return found


def try_whole_life(directory, *arguments, scheme):
    """Starts, uses, stops, starts again: the same ports, and what was stored."""
    try:
        given, ports = start(directory, *arguments)
        expect(given == scheme and len(ports) == 3, f"{given} {ports}")
        expect(len(processes(directory)) == 6, f"{len(processes(directory))} nodes run")
        roles = [
            line.split()[2] for line in ask(directory, ports[0], "CLUSTER", "NODES").splitlines()
        ]
        masters = sum("master" in role for role in roles)
        expect(masters == 3 and len(roles) == 6, f"{roles}")
        expect(
            "cluster_slots_ok:16384" in ask(directory, ports[0], "CLUSTER", "INFO"),
            "slots are missing",
        )
        expect(
            ask(directory, ports[0], "CONFIG", "GET", "cluster-node-timeout").endswith("2000"),
            "timeout",
        )
        for number in range(20):
            expect(ask(directory, ports[0], "SET", f"queue:x:{number}", "v") == "OK", "SET")
        running = cluster("start", directory, *arguments)
        expect(
            running.returncode == 1 and "is running" in running.stderr, f"started twice: {running}"
        )
        expect(len(processes(directory)) == 6, "the second start has stopped the first")
        yield ports
        cluster("stop", directory)
        expect(not processes(directory), "some nodes run after stop")
        expect(start(directory, *arguments) == (given, ports), "other ports after a restart")
        expect(ask(directory, ports[1], "GET", "queue:x:7") == "v", "what was stored is gone")
    finally:
        cluster("stop", directory)


@check("a cluster of six starts, keeps what it stores, and stops, even a frozen node")
def _():
    with temporary_directory() as directory:
        for _ports in try_whole_life(directory, scheme="redis+cluster"):
            os.kill(processes(directory)[0], signal.SIGSTOP)
        expect(not processes(directory), "some nodes run after stop")


@check("with --tls its certificates are good for 127.0.0.1, and plain text is refused")
def _():
    with temporary_directory() as directory:
        for ports in try_whole_life(directory, "--tls", scheme="rediss+cluster"):
            tls = Path(directory, "tls")
            context = ssl.create_default_context(cafile=tls / "ca.crt")
            context.load_cert_chain(tls / "client.crt", tls / "client.key")
            for name in ("127.0.0.1", "localhost"):
                with (
                    socket.create_connection(("127.0.0.1", ports[0]), timeout=10) as plain,
                    context.wrap_socket(plain, server_hostname=name) as secure,
                ):
                    secure.sendall(b"PING\r\n")
                    expect(secure.recv(16) == b"+PONG\r\n", "no PONG")
            with socket.create_connection(("127.0.0.1", ports[0]), timeout=10) as plain:
                plain.sendall(b"PING\r\n")
                # To close the connection is to refuse, too.
                with contextlib.suppress(ConnectionResetError):
                    expect(b"PONG" not in plain.recv(64), "plain text is answered")
            expect(
                oct((tls / "ca.key").stat().st_mode)[-3:] == "600", "others may read the CA's key"
            )


@check("wrong arguments are refused with exit code 2, and nothing is started")
def _():
    with temporary_directory() as directory:
        for arguments in (
            ["start"],
            ["start", directory, "--ssl"],
            ["stop", directory, "x"],
            ["go", directory],
        ):
            run = cluster(*arguments)
            expect(run.returncode == 2 and "usage" in run.stderr, f"{arguments}: {run}")
        spaced = Path(directory, "a b")
        expect(cluster("start", str(spaced)).returncode == 2, "a directory with a space")
        expect(not processes(directory), "something runs")


if __name__ == "__main__":
    main()
