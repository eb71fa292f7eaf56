"""Holds InferenceServices and ServingRuntimes against the models of KServe's own SDK, more strictly than that does: an
unknown field, a value of another type and a missing one that is required are each told.

It runs in the environment of the SDK, which agrees with no other package: JSON documents in, a line for each fault out.
"""

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import kserve.models
import kubernetes.client.models
from kubernetes.client import Configuration

TOP = {"InferenceService": "V1beta1InferenceService", "ServingRuntime": "V1alpha1ServingRuntime"}
PLAIN: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "bool": bool, "float": (int, float)}
OF_ANY_SHAPE = {"object", "ResourceQuantity", "IntOrString", "V1ObjectMeta"}
# Kubernetes' own types have a longer name in KServe's document than in Kubernetes' client.
LONG_NAME = re.compile("^K8sIo(ApiAppsV1|ApiCoreV1|ApiAutoscalingV2|ApimachineryPkgApisMetaV1)")
SHORT_NAME = {"ApiAppsV1": "V1", "ApiCoreV1": "V1", "ApiAutoscalingV2": "V2", "ApimachineryPkgApisMetaV1": "V1"}


def faults(document: dict) -> list[str]:
    """A line each, with the way to the field."""
    return list(_faults(document, TOP[document["kind"]], f"{document['kind']} {document['metadata']['name']}"))


def _faults(value: Any, kind: str, at: str) -> Iterator[str]:
    if kind in OF_ANY_SHAPE:
        return
    if kind in PLAIN:
        if not isinstance(value, PLAIN[kind]) or (isinstance(value, bool) and kind != "bool"):
            yield f"{at}: {value!r} is no {kind}"
    elif found := re.fullmatch(r"list\[(.+)\]", kind):
        if not isinstance(value, list):
            yield f"{at}: {value!r} is no list"
            return
        for number, each in enumerate(value):
            yield from _faults(each, found[1], f"{at}[{number}]")
    elif found := re.fullmatch(r"dict\(str, (.+)\)", kind):
        if not isinstance(value, dict):
            yield f"{at}: {value!r} is no map"
            return
        for name, each in value.items():
            yield from _faults(each, found[1], f"{at}.{name}")
    else:
        yield from _faults_of_model(value, _model(kind), at)


def _faults_of_model(value: Any, model: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: {value!r} is no {model.__name__}"
        return
    attributes = {name: attribute for attribute, name in model.attribute_map.items()}
    for name, each in value.items():
        if name not in attributes:
            yield f"{at}.{name}: {model.__name__} has no such field"
        else:
            yield from _faults(each, model.openapi_types[attributes[name]], f"{at}.{name}")
    strict = Configuration()
    strict.client_side_validation = True
    given = {attribute: value[name] for name, attribute in attributes.items() if name in value}
    try:
        model(**given, local_vars_configuration=strict)
    except ValueError as error:  # what it requires
        yield f"{at}: {error}"


def _model(kind: str) -> Any:
    kind = LONG_NAME.sub(lambda found: SHORT_NAME[found[1]], kind)
    for models in (kserve.models, kubernetes.client.models):
        if hasattr(models, kind):
            return getattr(models, kind)
    raise LookupError(f"neither KServe nor Kubernetes has a model {kind}")


def main() -> int:
    found = [fault for document in json.load(sys.stdin) for fault in faults(document)]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
