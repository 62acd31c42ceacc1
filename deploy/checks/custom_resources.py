"""Schemas of the custom resources, closed: just the fields that our manifests use.

Written from the API reference of the Prometheus Operator, monitoring.coreos.com/v1. The operator's
own schemas are far larger, and would accept fields that we never meant to set.
"""

DURATION = {"type": "string", "pattern": r"^\d+(ms|s|m|h|d)$"}
LABELS = {"type": "object", "additionalProperties": {"type": "string"}}


def record(required, **properties):
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def some(items):
    """A list of at least one."""
    return {"type": "array", "items": items, "minItems": 1}


def resource(kind, spec):
    """A namespaced object of the Prometheus Operator."""
    text = {"type": "string"}
    return record(
        "apiVersion kind metadata spec",
        apiVersion={"const": "monitoring.coreos.com/v1"},
        kind={"const": kind},
        metadata=record(
            "name namespace", name=text, namespace=text, labels=LABELS, annotations=LABELS
        ),
        spec=spec,
    )


_RELABELING = record(
    "targetLabel",
    action={"enum": ["replace"]},
    sourceLabels=some({"type": "string"}),
    targetLabel={"type": "string"},
    replacement={"type": "string"},
)

_ENDPOINT = record(
    "port",
    port={"type": "string", "maxLength": 15},
    path={"type": "string", "pattern": "^/"},
    interval=DURATION,
    scrapeTimeout=DURATION,
    relabelings=some(_RELABELING),
)

_RECORDING = record(
    "record expr", record={"type": "string"}, expr={"type": "string"}, labels=LABELS
)

_ALERT = record(
    "alert expr labels annotations",
    alert={"type": "string"},
    expr={"type": "string"},
    labels=LABELS,
    annotations=LABELS,
    **{"for": DURATION, "keep_firing_for": DURATION},
)

_GROUP = record(
    "name rules",
    name={"type": "string", "minLength": 1},
    interval=DURATION,
    labels=LABELS,
    rules=some({"if": {"required": ["alert"]}, "then": _ALERT, "else": _RECORDING}),
)

SCHEMAS = {
    "PodMonitor": resource(
        "PodMonitor",
        record(
            "selector podMetricsEndpoints",
            selector=record("matchLabels", matchLabels=LABELS),
            podMetricsEndpoints=some(_ENDPOINT),
        ),
    ),
    "PrometheusRule": resource("PrometheusRule", record("groups", groups=some(_GROUP))),
}
