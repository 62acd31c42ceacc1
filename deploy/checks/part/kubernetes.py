"""deploy/kubernetes: what kustomize builds is valid, and is what alerts/ and dashboards/ say."""

import base64
import copy
import json
import subprocess
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

from custom_resources import SCHEMAS
from manifests import KUBERNETES, OVERLAYS, build, every, label
from report import REPOSITORY, Skipped, check, expect, main, temporary_directory

MONITORING = KUBERNETES / "components" / "monitoring"
ALERTS = REPOSITORY / "alerts"
VERSIONS = ("1.33", kubernetes_validate.latest_version())


def validate(obj, version):
    """Fails unless an object is valid, and has no field that its schema does not know."""
    try:
        if obj["kind"] in SCHEMAS:
            jsonschema.validate(obj, SCHEMAS[obj["kind"]])
        else:
            kubernetes_validate.validate(obj, version, strict=True)
    except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as error:
        raise AssertionError(
            f"{label(obj)}, {version}: {error.message} in {list(error.path)}"
        ) from None


def rule_groups():
    """The rule groups of alerts/, in order."""
    files = [ALERTS / "usher.rules.yaml", ALERTS / "usher.alerts.yaml"]
    return [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]


@check("kustomize builds every overlay")
def _():
    for overlay in OVERLAYS:
        expect(len(build(overlay)) > 10, f"{overlay}: {len(build(overlay))} objects")


@check(
    f"every object is valid in Kubernetes {' and '.join(VERSIONS)}, with no field that is unknown"
)
def _():
    for overlay in OVERLAYS:
        for obj in build(overlay):
            for version in VERSIONS:
                validate(obj, version)


@check("the schemas refuse a misspelt field in every kind of object")
def _():
    kinds = {obj["kind"]: obj for overlay in OVERLAYS for obj in build(overlay)}
    for obj in kinds.values():
        wrong = copy.deepcopy(obj)
        wrong.get("spec", wrong)["mispelt"] = 1
        for version in VERSIONS:
            try:
                validate(wrong, version)
            except AssertionError:
                continue
            raise AssertionError(f"{label(obj)}, {version}")


@check("no object is too large for kubectl apply")
def _():
    for overlay in OVERLAYS:
        for obj in build(overlay):
            # The annotation that keeps what was applied last.
            expect(len(json.dumps(obj)) < 262144, f"{overlay}: {label(obj)}")


@check("the PrometheusRule is what alerts/ says, and render makes it")
def _():
    rule = every("PrometheusRule", "production")["usher"]
    expect(rule["spec"]["groups"] == rule_groups(), f"it differs: run {MONITORING}/render")
    with temporary_directory() as directory:
        made = Path(directory, "made.yaml")
        subprocess.run([MONITORING / "render", ALERTS, made], check=True)
        same = made.read_bytes() == (MONITORING / "prometheusrule.yaml").read_bytes()
        expect(same, f"it differs in comments: run {MONITORING}/render")


@check("render refuses files that are no rule groups")
def _():
    good = "# about\ngroups:\n  - name: a\n    rules: []\n"
    broken = [
        "",
        "# about\n",
        "groups: []\n",
        good + "other: 1\n",
        good + "groups:\n",
        "  - name: a\n" + good,
    ]
    for number, text in enumerate([good, "groups:\n- name: a\n  rules: []\n", *broken]):
        with temporary_directory() as directory:
            Path(directory, "usher.rules.yaml").write_text(text)
            Path(directory, "usher.alerts.yaml").write_text(good)
            out = Path(directory, "out.yaml")
            run = subprocess.run([MONITORING / "render", directory, out], capture_output=True)
            expect((run.returncode == 0) == (number < 2), f"{text!r}: {run}")
            expect(out.exists() == (number < 2), f"{text!r} left a file")


@check(
    "promtool accepts the rules as the PrometheusRule has them, and the rule of prometheus-adapter"
)
def _():
    [rule] = yaml.safe_load((MONITORING / "prometheus-adapter.yaml").read_text())["rules"]
    series, _, matchers = rule["seriesQuery"].partition("{")
    query = rule["metricsQuery"].replace("<<.GroupBy>>", "pod").replace("<<.Series>>", series)
    query = query.replace("<<.LabelMatchers>>", matchers.rstrip("}"))
    expect("<<" not in query, query)
    groups = every("PrometheusRule", "production")["usher"]["spec"]["groups"]
    adapter = {"name": "adapter", "rules": [{"record": "adapter:x", "expr": query}]}
    with temporary_directory() as directory:
        file = Path(directory, "rules.yaml")
        file.write_text(yaml.safe_dump({"groups": groups + [adapter]}))
        try:
            run = subprocess.run(
                ["promtool", "check", "rules", file], capture_output=True, text=True
            )
        except FileNotFoundError:
            raise Skipped("there is no promtool: apt-get install prometheus") from None
    expect(run.returncode == 0, run.stderr)


@check("dashboard and Alertmanager's configuration reach the cluster byte for byte")
def _():
    dashboard = every("ConfigMap", "production")["usher-dashboard"]
    expect(
        dashboard["data"]["usher.json"] == (REPOSITORY / "dashboards/usher.json").read_text(),
        "dashboard",
    )
    expect(dashboard["metadata"]["labels"]["grafana_dashboard"] == "1", "Grafana would not find it")
    routes = every("Secret", "production")["alertmanager-usher"]["data"]["alertmanager.yaml"]
    expect(base64.b64decode(routes) == (ALERTS / "alertmanager.yaml").read_bytes(), "routes")


if __name__ == "__main__":
    main()
