"""The programs that are compared, each with one thread, at a port of its own."""

import os
import time
import urllib.request
from pathlib import Path

import line
import redis
from process import Process, free_port, run

HERE = Path(__file__).resolve().parents[1]
REPOSITORY = HERE.parents[1]

# What the bare program answers: as long as what the others answer.
BODIES = {
    "status": '{"status":"waiting","position":50000,"eta_sec":4987,"waiting_time":12,'
    '"ready_for_entry":false,"poll_after_sec":17,"queue_length":100000}',
    "join": '{"waiting_token":"AXcABmDBsAqIXQ9zdGF0dXMtMTAwMDAwMHVzZXItMDAwMDAwMDAwMDEyggoKBx4Lbc66'
    'rej33hj4","position_hint":12345,"status":"waiting","eta_sec":1234,"poll_after_sec":17}',
    "enter": '{"admission":"granted","reservation_token":"AWcABmDAWH02aAAAAAAAAAAeBGRlbW9hbmFZFDc-'
    'OAo56tA3AI83gQ-pdXNlci0wMDAwMDAwMDAwMTI","ttl_sec":30}',
}


def compile_c(name, source, directory, *options):
    """Builds one of the small C programs, with the compiler that came with Swift if need be."""
    target = Path(directory) / name
    compiler = os.environ.get("CC", "clang")
    run([compiler, "-O2", "-o", target, HERE / source, *options], 60)
    return target


def usher(directory, server, fronts=1, environment=None, more=None):
    """usher as it is shipped, with everybody present for as long as it takes."""
    port, admin = free_port(), free_port()
    options = {
        "--listen": f"127.0.0.1:{port}",
        "--admin-listen": f"127.0.0.1:{admin}",
        "--fronts": fronts,
        "--redis-url": f"redis://127.0.0.1:{server.port}",
        "--token-secret-file": secret_file(directory),
        "--presence-ttl": "6h",
        "--presence-head-ttl": "6h",
        "--max-in-flight": 8192,
        # nginx has as much: who stalls a shared machine for half a second is not measured here.
        "--redis-timeout": "10s",
        "--redis-pool-wait": "10s",
        # No other sidecar knows anything of this Redis.
        "--store-grace": "0s",
        **(more or {}),
    }
    words = [word for pair in options.items() for word in pair]
    program = Process("usher", [os.environ["USHER"], "serve", *words], environment)
    program.wait_for_port(port)
    program.port, program.admin = port, admin
    wait_until_ready(program)
    return program


def wait_until_ready(usher):
    """Returns when usher serves: it asks first what its Redis holds."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{usher.admin}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("usher is not ready after 10 s")


def nginx(directory, server, environment=None):
    """nginx with the same queue in Lua."""
    port = free_port()
    place = Path(directory) / f"nginx-{port}"
    place.mkdir()
    text = (HERE / "nginx/nginx.conf").read_text()
    text = text.replace("127.0.0.1:PORT", f"127.0.0.1:{port}").replace("DIRECTORY", str(place))
    (place / "nginx.conf").write_text(text.replace("HERE", str(HERE / "nginx")))
    settings = {
        "BENCH_REDIS_PORT": str(server.port),
        "BENCH_SECRET_FILE": secret_file(directory),
        "BENCH_SCRIPTS": str(redis.SCRIPTS),
    }
    command = ["nginx", "-p", place, "-c", place / "nginx.conf", "-e", place / "nginx.log"]
    program = Process("nginx + Lua", command, {**settings, **(environment or {})})
    program.wait_for_port(port)
    program.port = port
    return program


def bare(binary, operation, environment=None):
    """libmicrohttpd alone."""
    port = free_port()
    status = 202 if operation == "join" else 200
    program = Process("bare libmicrohttpd", [binary, port, status, BODIES[operation]], environment)
    program.wait_for_port(port)
    program.port = port
    return program


def secret_file(directory):
    """The file with the secret that all sign with."""
    path = Path(directory) / "secret"
    path.write_bytes(line.SECRET)
    return str(path)
