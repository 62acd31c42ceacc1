"""What the manifests give usher, usher takes; and their numbers fit usher's.

It asks usher itself, with `usher check`, so it needs one that is built.
"""

import re
import subprocess
import tempfile

import yaml

from manifests import KUBERNETES, OVERLAYS, container, files_of, gateway, seconds, settings_of
from report import DEPLOY, check, expect, main, usher_binary

# What a pod of production reads again when it changes.
FILES = {
    "--redis-password-file",
    "--redis-tls-ca",
    "--token-secret-file",
    "--token-previous-secret-file",
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
    """What is in force in a pod of an overlay; its files have stand-ins."""
    arguments = container(gateway(overlay), "usher")["args"][1:]
    with tempfile.NamedTemporaryFile("w", prefix="usher-check-") as secret:
        secret.write("x" * 32)
        secret.flush()
        for file in files_of(overlay):
            stand_in = CERTIFICATES if file.flag == "--redis-tls-ca" else secret.name
            arguments = [each.replace(file.path, stand_in) for each in arguments]
        return in_force(settings_of(overlay), arguments)


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
    unknown = set(settings_of(overlay)) - variables()
    expect(not unknown, f"usher knows no {', '.join(sorted(unknown))}")
    of_overlay(overlay)


for name in OVERLAYS:
    check(f"usher takes the settings of overlays/{name}")(lambda overlay=name: take_whole(overlay))


@check("what usher reads from files is mounted whole, and of what the page makes")
def _():
    page = (DEPLOY / "README.md").read_text()
    flags = set()
    for file in files_of("production"):
        flags.add(file.flag)
        # A file that is mounted by itself stays as it was when what it is from changes.
        expect("subPath" not in file.mount, f"{file}")
        if "secret" in file.volume:
            name = file.volume["secret"]["secretName"]
            made = re.search(f"create secret generic {name} .*--from-file={file.key}[= ]", page)
            # usher warns of secrets that every user may read, and fsGroup lets its group.
            expect(file.volume["secret"]["defaultMode"] == 0o440, f"{file}")
        else:
            name = file.volume["configMap"]["name"]
            made = re.search(f"create configmap {name} --from-file={file.key}$", page, re.MULTILINE)
        expect(made, f"the page makes no {name} with {file.key}")
    expect(flags == FILES, f"{flags}")


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
