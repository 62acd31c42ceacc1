"""deploy/compose.yaml: it is valid, reaches nobody but this machine, and its files fit together."""

import subprocess
from pathlib import Path

import yaml

from report import DEPLOY, REPOSITORY, Skipped, check, expect, main, temporary_directory

COMPOSE = DEPLOY / "compose.yaml"
SERVICES = yaml.safe_load(COMPOSE.read_text())["services"]


def mounts():
    """The files of this repository that services see, as (service, source, target)."""
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source, target, *mode = volume.split(":")
            if source.startswith("."):
                expect(mode == ["ro"], f"{name} may write to {source}")
                yield name, (DEPLOY / source).resolve(), target


@check("docker compose takes compose.yaml")
def _():
    try:
        subprocess.run(["docker", "compose", "version"], capture_output=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        raise Skipped("there is no docker compose") from None
    command = ["docker", "compose", "--file", COMPOSE, "config", "--quiet"]
    run = subprocess.run(command, capture_output=True, text=True)
    expect(run.returncode == 0, run.stderr)


@check("every service is confined, has a fixed image, and listens on loopback alone")
def _():
    wanted = {"gateway", "usher", "redis", "relay", "postgres", "tables"}
    wanted |= {"prometheus", "alertmanager", "grafana"}
    expect(set(SERVICES) == wanted, f"{set(SERVICES)}")
    for name, service in SERVICES.items():
        expect(service["read_only"] is True and service["cap_drop"] == ["ALL"], name)
        expect("no-new-privileges:true" in service["security_opt"], name)
        tag = service["image"].rpartition("/")[2].partition(":")[2]
        expect(tag not in ("", "latest"), f"{name}: {service['image']}")
        for port in service.get("ports", []):
            expect(port.startswith("127.0.0.1:"), f"{name}: {port}")
    expect(
        SERVICES["usher"]["network_mode"] == "service:gateway", "usher is not beside the gateway"
    )
    expect("noeviction" in SERVICES["redis"]["command"], "Redis may evict a queue")


@check("every file that a service sees is there")
def _():
    for name, source, _target in mounts():
        expect(source.exists(), f"{name}: {source}")
        expect(source.is_relative_to(REPOSITORY), f"{name}: {source} is not of this repository")


@check("Prometheus takes its configuration with the rules at the places where compose puts them")
def _():
    with temporary_directory() as directory:
        for name, source, target in mounts():
            if name == "prometheus":
                Path(directory, Path(target).name).write_bytes(source.read_bytes())
        command = ["promtool", "check", "config", f"{directory}/prometheus.yml"]
        try:
            run = subprocess.run(command, capture_output=True, text=True)
        except FileNotFoundError:
            raise Skipped("there is no promtool: apt-get install prometheus") from None
    expect(run.returncode == 0, run.stdout + run.stderr)
    expect(run.stdout.count("rules found") == 2, run.stdout)


@check("Alertmanager takes its configuration")
def _():
    [source] = [source for name, source, _ in mounts() if name == "alertmanager"]
    try:
        run = subprocess.run(["amtool", "check-config", source], capture_output=True, text=True)
    except FileNotFoundError:
        raise Skipped("there is no amtool: apt-get install prometheus-alertmanager") from None
    expect(run.returncode == 0, run.stdout + run.stderr)


@check(
    "Prometheus scrapes usher, Grafana asks Prometheus, and the dashboard is where it is looked for"
)
def _():
    scrape = yaml.safe_load((DEPLOY / "compose/prometheus.yaml").read_text())["scrape_configs"]
    [usher] = [job for job in scrape if job["job_name"] == "usher"]
    # usher has no name of its own: it lives in the gateway's network.
    expect(usher["static_configs"] == [{"targets": ["gateway:9090"]}], f"{usher}")
    grafana = DEPLOY / "compose" / "grafana"
    [source] = yaml.safe_load((grafana / "datasources/prometheus.yaml").read_text())["datasources"]
    expect(source["url"] == "http://prometheus:9090", f"{source}")
    [provider] = yaml.safe_load((grafana / "dashboards/usher.yaml").read_text())["providers"]
    [target] = [target for _, file, target in mounts() if file.name == "usher.json"]
    expect(str(Path(target).parent) == provider["options"]["path"], f"{provider}")
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    expect(home == target, home)


if __name__ == "__main__":
    main()
