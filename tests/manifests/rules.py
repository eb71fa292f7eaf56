"""What must hold of manifests beyond their schemas: rules of KServe's, and of a promotion's."""

from collections.abc import Iterator

# Where what a promotion writes of each InferenceService stands in the ConfigMap model-version.
WRITTEN = {
    "car-price": ("version", "storageUri"),
    "car-price-challenger": ("challengerVersion", "challengerStorageUri"),
}
LOADABLE = "s3://"
MODEL = "car-price"


def faults_in_serving(found: list[dict]) -> list[str]:
    """A line for each rule that the InferenceServices among these documents break."""
    runtimes = {each["metadata"]["name"]: each["spec"] for each in found if each["kind"] == "ServingRuntime"}
    (promoted,) = [
        each["data"] for each in found if each["kind"] == "ConfigMap" and each["metadata"]["name"] == "model-version"
    ]
    return [
        f"{service['metadata']['name']}: {fault}"
        for service in found
        if service["kind"] == "InferenceService"
        for fault in (
            *_faults_of_mode(service), *_faults_of_runtime(service, runtimes), *_faults_of_version(service, promoted)
        )
    ]  # fmt: skip


def _faults_of_mode(service: dict) -> Iterator[str]:
    spec, predictor = service["spec"], service["spec"]["predictor"]
    if service["metadata"].get("annotations", {}).get("serving.kserve.io/deploymentMode") != "Standard":
        yield "its mode is not Standard"
    if "canaryTrafficPercent" in predictor:
        yield "canaryTrafficPercent is ignored in Standard mode, and the gateway splits the traffic"
    shares = [each["trafficPercent"] for each in spec.get("canary", ())]
    if not all(0 <= share <= 100 for share in shares) or sum(shares) > 100:
        yield f"its canary gets {sum(shares)}% of the traffic"
    if not 1 <= predictor["scaleTarget"] <= 100:
        yield f"scaleTarget {predictor['scaleTarget']} is no percentage"
    least, most = predictor["minReplicas"], predictor["maxReplicas"]
    if not 2 <= least <= most:
        yield f"of {least} to {most} replicas none may go without an outage"


def _faults_of_runtime(service: dict, runtimes: dict[str, dict]) -> Iterator[str]:
    model = service["spec"]["predictor"]["model"]
    if model["runtime"] not in runtimes:
        yield f"there is no runtime {model['runtime']}"
        return
    runtime = runtimes[model["runtime"]]
    loads, wanted = runtime["supportedModelFormats"], model["modelFormat"]
    if not any((each["name"], each["version"]) == (wanted["name"], wanted["version"]) for each in loads):
        yield f"its runtime loads no {wanted['name']} {wanted['version']}"
    if model["protocolVersion"] not in runtime["protocolVersions"]:
        yield f"its runtime speaks no {model['protocolVersion']}"


def _faults_of_version(service: dict, promoted: dict[str, str]) -> Iterator[str]:
    name, model = service["metadata"]["name"], service["spec"]["predictor"]["model"]
    environment = {each["name"]: each["value"] for each in model["env"]}
    version, address = (promoted[key] for key in WRITTEN[name])
    if not model["storageUri"].startswith(LOADABLE):
        yield f"storageUri {model['storageUri']} is not at {LOADABLE}, which KServe loads"
    elif model["storageUri"] != address:
        yield f"its files are {model['storageUri']}, model-version.yaml says {address}"
    if environment.get("MLSERVER_MODEL_VERSION") != version:
        yield f"serves version {environment.get('MLSERVER_MODEL_VERSION')}, model-version.yaml says {version}"
    if environment.get("MLSERVER_MODEL_NAME", name) != MODEL:
        yield f"names its model {environment.get('MLSERVER_MODEL_NAME', name)}, the gateway asks for {MODEL}"
