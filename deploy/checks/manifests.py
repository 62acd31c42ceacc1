"""The manifests as kustomize builds them, and how their parts are found."""

import collections
import functools
import re
import subprocess

import yaml

from report import DEPLOY, Skipped

KUBERNETES = DEPLOY / "kubernetes"
OVERLAYS = sorted(path.name for path in (KUBERNETES / "overlays").iterdir() if path.is_dir())

# What a flag of usher's names: one key of a volume that is mounted in usher's container.
File = collections.namedtuple("File", "flag path key mount volume")


@functools.cache
def build(overlay):
    """The objects of an overlay, or of another directory below deploy/kubernetes."""
    directory = KUBERNETES / "overlays" / overlay
    try:
        run = subprocess.run(["kubectl", "kustomize", directory], capture_output=True, text=True)
    except FileNotFoundError:
        raise Skipped("there is no kubectl, and none from PyPI for this CPU") from None
    if run.returncode != 0:
        raise AssertionError(f"{overlay}: {run.stderr}")
    return [document for document in yaml.safe_load_all(run.stdout) if document]


def every(kind, overlay):
    """The objects of a kind, by name."""
    return {obj["metadata"]["name"]: obj for obj in build(overlay) if obj["kind"] == kind}


def label(obj):
    """What an object is called in a message."""
    return f"{obj['kind']} {obj['metadata']['name']}"


def pod_templates(overlay):
    """Each workload with the pods it makes."""
    for obj in build(overlay):
        if obj["kind"] in ("Deployment", "StatefulSet"):
            yield obj, obj["spec"]["template"]


def containers(pod):
    """All containers of a pod's spec, sidecars included."""
    return pod.get("initContainers", []) + pod["containers"]


def gateway(overlay):
    """The gateway's pod spec."""
    return every("Deployment", overlay)["gateway"]["spec"]["template"]["spec"]


def container(pod, name):
    """One container of a pod's spec."""
    return next(each for each in containers(pod) if each["name"] == name)


def settings_of(overlay):
    """usher's environment in an overlay."""
    usher = container(gateway(overlay), "usher")
    environment = {}
    for source in usher.get("envFrom", []):
        environment |= every("ConfigMap", overlay)[source["configMapRef"]["name"]]["data"]
    return environment | {each["name"]: each["value"] for each in usher.get("env", [])}


def files_of(overlay):
    """The files that usher's flags name in an overlay, and where the pod has each from."""
    pod = gateway(overlay)
    usher = container(pod, "usher")
    volumes = {each["name"]: each for each in pod["volumes"]}
    mounts = {each["mountPath"]: each for each in usher.get("volumeMounts", [])}
    for argument in usher["args"][1:]:
        flag, _, path = argument.partition("=")
        directory, _, key = path.rpartition("/")
        if directory:
            mount = mounts[directory]
            yield File(flag, path, key, mount, volumes[mount["name"]])


def seconds(duration):
    """A duration as usher writes it, in seconds."""
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h)", duration).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]
