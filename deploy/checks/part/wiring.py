"""deploy/kubernetes: what objects name is there, and nothing talks to what it need not talk to."""

import re

from manifests import (
    OVERLAYS,
    build,
    containers,
    every,
    files_of,
    label,
    pod_templates,
)
from report import check, expect, main

# What production takes for granted; its kustomization.yaml says so.
MADE_BY_OTHERS = {("Secret", "usher-redis"), ("Secret", "usher-token"), ("ConfigMap", "redis-ca")}


@check("whatever is referred to by name is there: settings, secrets, ports, pods")
def _():
    for overlay in OVERLAYS:
        there = {(obj["kind"], obj["metadata"]["name"]) for obj in build(overlay)}
        there |= MADE_BY_OTHERS if overlay == "production" else set()
        pods = [template for _, template in pod_templates(overlay)]
        for template in pods:
            spec = template["spec"]
            for kind, name in references(spec):
                expect((kind, name) in there, f"{overlay}: no {kind} {name}")
            volumes = {volume["name"] for volume in spec.get("volumes", [])} | {"data"}
            for each in containers(spec):
                ports = {port["name"] for port in each.get("ports", [])}
                for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                    action = each.get(probe, {}).get("httpGet") or each.get(probe, {}).get(
                        "tcpSocket"
                    )
                    expect(
                        not action or action["port"] in ports, f"{overlay}: {each['name']}, {probe}"
                    )
                mounted = {mount["name"] for mount in each.get("volumeMounts", [])}
                expect(mounted <= volumes, f"{overlay}: {each['name']} mounts {mounted - volumes}")
        for obj in build(overlay):
            for labels, ports in selections(obj):
                chosen = [
                    pod for pod in pods if labels.items() <= pod["metadata"]["labels"].items()
                ]
                expect(chosen, f"{overlay}: {label(obj)} selects no pod by {labels}")
                named = {
                    p["name"]
                    for pod in chosen
                    for c in containers(pod["spec"])
                    for p in c.get("ports", [])
                }
                expect(ports <= named, f"{overlay}: {label(obj)}: no port {ports - named}")


def references(spec):
    """The ConfigMaps and Secrets that a pod must find, as (kind, name)."""
    for volume in spec.get("volumes", []):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
        if "secret" in volume:
            yield "Secret", volume["secret"]["secretName"]
    for each in containers(spec):
        for source in each.get("envFrom", []):
            yield "ConfigMap", source["configMapRef"]["name"]


def selections(obj):
    """The labels by which an object chooses pods, each with the named ports it expects on them."""
    spec = obj.get("spec", {})
    if obj["kind"] == "Service":
        yield spec["selector"], {port["targetPort"] for port in spec["ports"]}
    elif obj["kind"] == "PodMonitor":
        yield (
            spec["selector"]["matchLabels"],
            {each["port"] for each in spec["podMetricsEndpoints"]},
        )
    elif obj["kind"] in ("PodDisruptionBudget", "Deployment", "StatefulSet"):
        yield spec["selector"]["matchLabels"], set()
    elif obj["kind"] == "NetworkPolicy":
        rules = spec.get("ingress", [])
        ports = {port["port"] for rule in rules for port in rule["ports"]}
        yield spec["podSelector"].get("matchLabels", {}), ports


@check("nothing comes in and nothing goes out but clients, Prometheus, DNS and Redis")
def _():
    for overlay, allowed in {
        "dev": {"clients-to-gateway", "gateway-to-dns", "gateway-to-redis", "redis-from-gateway"},
        "production": {
            "clients-to-gateway",
            "gateway-to-dns",
            "gateway-to-redis",
            "prometheus-to-usher",
        },
    }.items():
        policies = every("NetworkPolicy", overlay)
        deny = policies.pop("default-deny")["spec"]
        expect(
            deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}, f"{overlay}: {deny}"
        )
        expect(set(policies) == allowed, f"{overlay}: {set(policies)}")
        for name, policy in policies.items():
            spec = policy["spec"]
            # A rule without ports or peers allows all of them; only clients come from anywhere.
            for rule in spec.get("ingress", []) + spec.get("egress", []):
                peers = rule.get("from", []) + rule.get("to", [])
                expect(
                    rule["ports"] and (peers or name == "clients-to-gateway"), f"{overlay}: {name}"
                )
                expect(all(peers), f"{overlay}: {name}: an empty peer is everybody")


@check("no manifest contains a secret: production names them, dev has none")
def _():
    for overlay in OVERLAYS:
        expect(set(every("Secret", overlay)) <= {"alertmanager-usher"}, f"{overlay}: a Secret")
        for obj in every("ConfigMap", overlay).values():
            for name in obj["data"]:
                expect(
                    not re.search("PASSWORD|TOKEN_SECRET", name),
                    f"{overlay}: {name} is in a ConfigMap",
                )
        for _, template in pod_templates(overlay):
            for each in containers(template["spec"]):
                # Whoever changed the Secret would have to restart every pod.
                named = [one["name"] for one in each.get("env", []) if "valueFrom" in one]
                expect(not named, f"{overlay}: {named} never changes")
    mounted = {
        file.volume["secret"]["secretName"]
        for file in files_of("production")
        if "secret" in file.volume
    }
    expect(mounted == {"usher-redis", "usher-token"}, f"{mounted}")


if __name__ == "__main__":
    main()
