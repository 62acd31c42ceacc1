"""What the manifests give usher, usher takes; and their numbers fit usher's.

It asks usher itself, with `usher check`, so it needs one that is built.
"""

import re
import subprocess

import yaml

from manifests import KUBERNETES, OVERLAYS, container, gateway, seconds, settings_of
from report import DEPLOY, check, expect, main, usher_binary

STAND_INS = {
    "USHER_REDIS_PASSWORD": "x" * 32,
    "USHER_TOKEN_SECRET": "y" * 32,
    "USHER_TOKEN_PREVIOUS_SECRET": "z" * 32,
}
# Some CA certificates, as any machine has them.
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def in_force(environment, arguments=()):
    """What `usher check` says is in force, by flag; fails if usher refuses the settings."""
    run = subprocess.run(
        [usher_binary(), "check", *arguments], env=environment, capture_output=True, text=True
    )
    expect(run.returncode == 0, run.stderr)
    expect("did you mean" not in run.stdout, run.stdout)
    rows = (line.split() for line in run.stdout.splitlines())
    return {row[0].removeprefix("--"): row[1] for row in rows if len(row) >= 2}


def variables():
    """Every environment variable of usher, as its help names them."""
    run = subprocess.run([usher_binary(), "serve", "--help"], capture_output=True, text=True)
    return set(re.findall(r"\bUSHER_[A-Z_]+\b", run.stdout))


def of_overlay(overlay):
    """What is in force in a pod of an overlay, but for Redis."""
    usher, settings = container(gateway(overlay), "usher"), settings_of(overlay, STAND_INS)
    others = {name: each for name, each in settings.items() if not name.startswith("USHER_REDIS")}
    return in_force(others, usher["args"][1:])


def of_compose():
    """What is in force in deploy/compose.yaml."""
    usher = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["usher"]
    return in_force(usher["environment"], usher["command"][1:])


def of_unit():
    """What is in force in deploy/systemd/usher.service."""
    unit = (DEPLOY / "systemd" / "usher.service").read_text()
    [command] = re.findall(r"^ExecStart=\S+ serve((?: .*)?)$", unit, re.MULTILINE)
    arguments = command.replace("%S", "/var/lib").split()
    return in_force({}, arguments)


def take_whole(overlay):
    """Fails unless usher knows every variable of an overlay, and takes what is in it."""
    settings = settings_of(overlay, STAND_INS)
    unknown = set(settings) - variables()
    expect(not unknown, f"usher knows no {', '.join(sorted(unknown))}")
    # Files that are only in the pod; what they are is checked below.
    settings |= {name: CERTIFICATES for name in settings if name == "USHER_REDIS_TLS_CA"}
    in_force(settings, container(gateway(overlay), "usher")["args"][1:])


for name in OVERLAYS:
    check(f"usher takes the settings of overlays/{name}")(lambda overlay=name: take_whole(overlay))


@check("the CA of Redis is mounted where usher looks for it, under the name that the page gives it")
def _():
    usher = container(gateway("production"), "usher")
    [mount] = [each for each in usher["volumeMounts"] if each["name"] == "redis-ca"]
    [(name, key)] = re.findall(
        r"create configmap (\S+) --from-file=(\S+)", (DEPLOY / "README.md").read_text()
    )
    volumes = {each["name"]: each for each in gateway("production")["volumes"]}
    expect(volumes["redis-ca"]["configMap"]["name"] == name, f"{volumes['redis-ca']}")
    path = settings_of("production", STAND_INS)["USHER_REDIS_TLS_CA"]
    expect(path == f"{mount['mountPath']}/{key}", f"{path}: {mount}, {key}")


@check("usher takes the settings of compose.yaml and usher.service")
def _():
    of_compose()
    of_unit()


@check("one health check fits into the probe, and usher is unready when the kubelet would say so")
def _():
    for overlay in OVERLAYS:
        settings = of_overlay(overlay)
        probe = container(gateway(overlay), "usher")["readinessProbe"]
        budget, grace = seconds(settings["health-timeout"]), seconds(settings["ready-grace"])
        expect(probe["timeoutSeconds"] >= budget, f"{overlay}: a check may take {budget} s")
        patience = probe["periodSeconds"] * probe["failureThreshold"]
        expect(grace == patience, f"{overlay}: ready-grace is {grace} s, the probe's {patience} s")


@check("a pod may take as long to end as the gateway and usher need one after the other")
def _():
    [gateways] = re.findall(
        r"worker_shutdown_timeout (\d+s);", (KUBERNETES / "base" / "nginx.conf").read_text()
    )
    for overlay in OVERLAYS:
        settings, pod = of_overlay(overlay), gateway(overlay)
        needed = container(pod, "gateway")["lifecycle"]["preStop"]["sleep"]["seconds"]
        needed += seconds(gateways)
        needed += seconds(settings["drain-delay"]) + seconds(settings["drain-timeout"])
        expect(pod["terminationGracePeriodSeconds"] > needed, f"{overlay}: it needs {needed} s")


@check("systemd and compose wait for the drain, too")
def _():
    unit = (DEPLOY / "systemd" / "usher.service").read_text()
    [patience] = re.findall(r"^TimeoutStopSec=(\d+s)$", unit, re.MULTILINE)
    settings = of_unit()
    needed = seconds(settings["drain-delay"]) + seconds(settings["drain-timeout"])
    expect(seconds(patience) > needed, f"usher.service: it needs {needed} s")
    usher = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["usher"]
    settings = of_compose()
    needed = seconds(settings["drain-delay"]) + seconds(settings["drain-timeout"])
    expect(seconds(usher["stop_grace_period"]) > needed, f"compose.yaml: it needs {needed} s")


@check("the ports are usher's: the admin port on the pod's address, the data plane on loopback")
def _():
    conf = (KUBERNETES / "base" / "nginx.conf").read_text()
    [upstream] = re.findall(r"^\s*server (127\.0\.0\.1:\d+);", conf, re.MULTILINE)
    for overlay in OVERLAYS:
        settings = of_overlay(overlay)
        expect(settings["listen"] == upstream, f"{overlay}: {settings['listen']}, {upstream}")
        [port] = container(gateway(overlay), "usher")["ports"]
        expect(settings["admin-listen"] == f"[::]:{port['containerPort']}", f"{overlay}: {port}")
    expect(of_compose()["listen"] == upstream, "compose.yaml")
    expect(of_unit()["listen"].startswith("127.0.0.1:"), "usher.service")


if __name__ == "__main__":
    main()
