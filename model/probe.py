"""python -m model.probe: does the model server beside us price a car? The exit code says it: 0 yes, 1 no.

MLServer calls itself live and ready while it hangs; only an inference tells. The car is one that no version knows, so
that the same question does for all of them: it is answered with no price, and an answer is all that is asked for.
"""

import json
import os
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException

from model.schema.features import FEATURES, MODEL_NAME

ANSWERS_WITHIN_S = 30.0  # whoever probes has a shorter patience of his own
UNKNOWN_CAR = {"category": "-", "number": 1.0}


def main(environment: Mapping[str, str] = os.environ) -> int:
    try:
        ask(int(environment.get("MLSERVER_HTTP_PORT", "8080")), environment.get("MLSERVER_MODEL_NAME", MODEL_NAME))
    except (OSError, HTTPException, ValueError, LookupError) as error:
        print(f"the model server does not price: {error!r}", file=sys.stderr)
        return 1
    return 0


def ask(port: int, model: str) -> None:
    """Raises OSError, HTTPException, ValueError or LookupError unless a car is answered."""
    inputs = [
        {"name": feature.name, "datatype": feature.v2_datatype, "shape": [1, 1], "data": [UNKNOWN_CAR[feature.kind]]}
        for feature in FEATURES
    ]
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWERS_WITHIN_S)
    try:
        connection.request(
            "POST", f"/v2/models/{model}/infer", json.dumps({"inputs": inputs}), {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError(f"it answers {answer.status}: {body[:200]!r}")
    if not json.loads(body)["outputs"]:
        raise ValueError("it answers without outputs")


if __name__ == "__main__":
    sys.exit(main())
