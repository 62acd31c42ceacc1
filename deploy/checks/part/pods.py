"""deploy/kubernetes: the pods are confined, and outlive what happens to pods."""

import yaml

from manifests import (
    KUBERNETES,
    OVERLAYS,
    container,
    containers,
    every,
    gateway,
    label,
    pod_templates,
)
from report import check, expect, main

ADAPTER = KUBERNETES / "components" / "monitoring" / "prometheus-adapter.yaml"


@check("every container meets the restricted Pod Security Standard, and the namespaces enforce it")
def _():
    for overlay in OVERLAYS:
        labels = every("Namespace", overlay)["ticketing"]["metadata"]["labels"]
        for mode in ("enforce", "audit", "warn"):
            expect(
                labels[f"pod-security.kubernetes.io/{mode}"] == "restricted", f"{overlay}: {mode}"
            )
        for owner, template in pod_templates(overlay):
            spec = template["spec"]
            where = f"{overlay}: {label(owner)}"
            expect(owner["metadata"]["namespace"] == "ticketing", f"{where} is elsewhere")
            for field in ("hostNetwork", "hostPID", "hostIPC"):
                expect(not spec.get(field), f"{where}: {field}")
            pod = spec["securityContext"]
            expect(pod["runAsNonRoot"] is True and pod["runAsUser"] > 0, f"{where} may run as root")
            expect(pod["seccompProfile"] == {"type": "RuntimeDefault"}, f"{where}: seccomp")
            expect(
                spec["automountServiceAccountToken"] is False, f"{where} has a token for the API"
            )
            expect(spec["enableServiceLinks"] is False, f"{where}: Services become variables")
            kinds = {
                kind for volume in spec.get("volumes", []) for kind in volume if kind != "name"
            }
            expect(kinds <= {"configMap", "secret", "emptyDir"}, f"{where}: {kinds}")
            for each in containers(spec):
                context = each["securityContext"]
                name = f"{where}, {each['name']}"
                expect(context["allowPrivilegeEscalation"] is False, f"{name}: escalation")
                expect(context["readOnlyRootFilesystem"] is True, f"{name}: root file system")
                expect(context["capabilities"] == {"drop": ["ALL"]}, f"{name}: capabilities")
                surplus = set(context) - {
                    "allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities"
                }  # fmt: skip
                expect(not surplus, f"{name}: {surplus}")
                expect(
                    not any("hostPort" in port for port in each.get("ports", [])),
                    f"{name}: hostPort",
                )


@check("every container has its requests and a memory limit, and an image with a fixed tag")
def _():
    for overlay in OVERLAYS:
        for owner, template in pod_templates(overlay):
            for each in containers(template["spec"]):
                name = f"{overlay}: {label(owner)}, {each['name']}"
                resources = each["resources"]
                expect({"cpu", "memory"} <= set(resources["requests"]), f"{name}: requests")
                expect("memory" in resources["limits"], f"{name}: limits")
                # A throttled gateway is slow for everybody, while the node has time to spare.
                expect("cpu" not in resources["limits"], f"{name}: it is throttled")
                tag = each["image"].rpartition("/")[2].partition(":")[2]
                expect(tag not in ("", "latest"), f"{name}: {each['image']}")


@check("usher is a native sidecar with the probes that the reports ended on")
def _():
    for overlay in OVERLAYS:
        pod = gateway(overlay)
        usher = pod["initContainers"][0]
        expect(
            usher["name"] == "usher" and usher["restartPolicy"] == "Always",
            f"{overlay}: no sidecar",
        )
        ready, live, start = (
            usher[f"{kind}Probe"] for kind in ("readiness", "liveness", "startup")
        )
        numbers = ("initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold")
        expect([ready[each] for each in numbers] == [20, 10, 10, 3], f"{overlay}: {ready}")
        expect(
            ready["httpGet"] == {"path": "/readyz", "port": "usher-admin"}, f"{overlay}: {ready}"
        )
        for probe in (live, start):
            # A restart would not bring Redis back, so these two never ask for it.
            expect(
                probe["httpGet"] == {"path": "/livez", "port": "usher-admin"}, f"{overlay}: {probe}"
            )
        expect("lifecycle" not in usher, f"{overlay}: a sidecar's preStop runs while it is needed")
        expect(
            container(pod, "gateway")["lifecycle"]["preStop"]["sleep"]["seconds"] > 0,
            f"{overlay}: preStop",
        )


@check("an update, a drain and a lost zone leave gateways, and load brings more of them")
def _():
    for overlay in OVERLAYS:
        deployment = every("Deployment", overlay)["gateway"]
        rolling = deployment["spec"]["strategy"]["rollingUpdate"]
        expect(rolling["maxUnavailable"] == 0, f"{overlay}: {rolling}")
        expect("replicas" not in deployment["spec"], f"{overlay}: apply would undo the autoscaler")
        keys = {each["topologyKey"] for each in gateway(overlay)["topologySpreadConstraints"]}
        expect(
            keys == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}, f"{overlay}: {keys}"
        )
        budget = every("PodDisruptionBudget", overlay)["gateway"]["spec"]
        expect(budget["maxUnavailable"] == 1, f"{overlay}: {budget}")
        scaler = every("HorizontalPodAutoscaler", overlay)["gateway"]["spec"]
        expect(scaler["scaleTargetRef"]["name"] == "gateway", f"{overlay}: {scaler}")
        cpu = scaler["metrics"][0]["containerResource"]
        expect(cpu["name"] == "cpu" and cpu["container"] == "gateway", f"{overlay}: {cpu}")
        expect(
            cpu["target"] == {"type": "Utilization", "averageUtilization": 70}, f"{overlay}: {cpu}"
        )
    [_, requests] = every("HorizontalPodAutoscaler", "production")["gateway"]["spec"]["metrics"]
    expect(
        requests["pods"]["target"] == {"type": "AverageValue", "averageValue": "200"}, f"{requests}"
    )
    adapter = yaml.safe_load(ADAPTER.read_text())
    expect(adapter["rules"][0]["name"]["as"] == requests["pods"]["metric"]["name"], f"{requests}")
    expect("usher_http_requests_total" in adapter["rules"][0]["seriesQuery"], f"{adapter}")


if __name__ == "__main__":
    main()
