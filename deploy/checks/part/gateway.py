"""deploy/kubernetes/base/nginx.conf: the stand-in for a gateway, before a real usher."""

import contextlib
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from manifests import KUBERNETES, OVERLAYS, container, gateway, seconds
from report import REPOSITORY, Skipped, check, expect, main, temporary_directory
from usher import free_port, running

CONF = (KUBERNETES / "base" / "nginx.conf").read_text()

# A client that could call these would let itself in, or have seats that nobody paid for.
FOR_THE_GATEWAY = {"/api/v1/queue/verify", "/api/v1/seats/confirm"}


@check("it never hangs on usher, and it has the time to drain")
def _():
    for directive in ("proxy_connect_timeout", "proxy_read_timeout", "worker_shutdown_timeout"):
        expect(re.search(rf"^\s*{directive} \d+s;", CONF, re.MULTILINE), directive)
    [drain] = re.findall(r"worker_shutdown_timeout (\d+s);", CONF)
    for overlay in OVERLAYS:
        pod = gateway(overlay)
        sleep = container(pod, "gateway")["lifecycle"]["preStop"]["sleep"]["seconds"]
        expect(
            pod["terminationGracePeriodSeconds"] > sleep + seconds(drain),
            f"{overlay}: grace period",
        )


@contextlib.contextmanager
def nginx(directory, listen, upstream):
    """nginx with that configuration, at other addresses, for as long as it is needed."""
    conf = CONF.replace("/tmp/", f"{directory}/").replace("127.0.0.1:8080", upstream)
    conf = conf.replace("listen 8000;", f"listen {listen};")
    file = Path(directory, "nginx.conf")
    file.write_text(f"daemon off;\n{conf}")
    try:
        tried = subprocess.run(["nginx", "-t", "-c", file], capture_output=True, text=True)
    except FileNotFoundError:
        raise Skipped("there is no nginx: apt-get install nginx-light") from None
    expect(tried.returncode == 0, tried.stderr)
    process = subprocess.Popen(["nginx", "-c", file], stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 30
        while not is_healthy(listen):
            expect(process.poll() is None and time.monotonic() < end, "nginx does not answer")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def is_healthy(listen):
    """Whether the gateway's own probe says so."""
    try:
        return asked(listen, "/healthz") == "ok\n"
    except OSError:
        return False


def asked(listen, path):
    """What is answered to GET, whatever the status."""
    try:
        with urllib.request.urlopen(f"http://{listen}{path}", timeout=5) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.read().decode()


@check("clients reach every route of usher through it but those that are the gateway's own")
def _():
    source = (REPOSITORY / "Sources" / "API" / "Requests" / "Route.swift").read_text()
    routes = set(re.findall(r'case "(/api/v1/[a-z/]+)":', source)) | {"/api/v1/events/demo/seats"}
    expect(routes > FOR_THE_GATEWAY and len(routes) > 8, f"{routes}")
    listen, upstream, admin = (f"127.0.0.1:{free_port()}" for _ in range(3))
    with (
        temporary_directory() as directory,
        running(directory, listen=upstream, admin=admin),
        nginx(directory, listen, upstream),
    ):
        for route in routes:
            # Only usher's errors have a trace id; which error it is does not matter here.
            reached = "trace_id" in asked(listen, route)
            expect(reached == (route not in FOR_THE_GATEWAY), f"{route}: reached: {reached}")
        expect(asked(listen, "/") == "the shop\n", "the shop")


if __name__ == "__main__":
    main()
