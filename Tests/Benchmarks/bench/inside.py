"""What happens inside: system calls and allocations a request, memory with many connections."""

import re
import resource
import socket
import struct
from pathlib import Path

import load
import process
import programs
from stage import BARE, NGINX, USHER


def calls(stage, plan):
    """System calls a request at 64 connections, as strace counts them, of each program."""
    file, _ = stage.line(plan.people)
    counts = {}
    for name in (USHER, NGINX, BARE):
        program = stage.start(name)
        load.wrk(program.port, 64, 1, "status", file)
        report = stage.directory / "strace"
        trace = process.Process("strace", ["strace", "-c", "-f", "-o", report, "-p", program.pid])
        process.eventually(lambda program=program: is_traced(program.pid), "strace is not there")
        outcome = load.wrk(program.port, 64, plan.seconds, "status", file)
        trace.stop()
        total = re.search(r"^100\.00 +\S+ +\S+ +(\d+)", report.read_text(), re.MULTILINE)
        counts[name] = int(total[1]) / outcome.requests
        stage.stop(program)
    return counts


def is_traced(pid):
    """Whether all threads of a process have a tracer."""
    statuses = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return all("TracerPid:\t0\n" not in status for status in statuses)


def allocations(stage, plan):
    """Calls of malloc and its kind a request, of each program."""
    library = programs.compile_c(
        "count.so", "tools/allocations.c", stage.directory, "-shared", "-fPIC"
    )
    file, _ = stage.line(plan.people)
    counts = {}
    for name in (USHER, NGINX, BARE):
        counter = stage.directory / f"count-{name.split()[0]}"
        environment = {"LD_PRELOAD": str(library), "ALLOCATIONS": str(counter)}
        program = stage.start(name, environment=environment)
        load.wrk(program.port, 64, 1, "status", file)
        before = struct.unpack("Q", counter.read_bytes())[0]
        outcome = load.wrk(program.port, 64, plan.seconds, "status", file)
        after = struct.unpack("Q", counter.read_bytes())[0]
        counts[name] = (after - before) / outcome.requests
        stage.stop(program)
    return counts


def memory(stage, plan):
    """Resident bytes of usher alone, and with many clients that have been answered and stay."""
    _, tokens = stage.line(plan.people)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    program = stage.start(USHER)
    idle = process.resident_bytes(program.pid)
    clients = []
    for number in range(plan.clients):
        client = socket.create_connection(("127.0.0.1", program.port), timeout=10)
        token = tokens[number % len(tokens)]
        client.sendall(
            f"GET /api/v1/queue/status?token={token} HTTP/1.1\r\nHost: usher\r\n\r\n".encode()
        )
        if not client.recv(4096).startswith(b"HTTP/1.1 200"):
            raise RuntimeError("a client was not answered")
        clients.append(client)
    held = process.resident_bytes(program.pid)
    for client in clients:
        client.close()
    stage.stop(program)
    return idle, held
