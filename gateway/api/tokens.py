"""/api/v1/tokens: keys for programs."""

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import allow, caller
from gateway.api.body import read_json
from gateway.api.inputs import takes
from gateway.api.replies import problems, reply
from gateway.api.schemas.accounts import MadeToken, NewToken, Tokens
from gateway.db.moments import in_words
from gateway.services import api_tokens
from gateway.services.api_tokens import ApiToken
from gateway.services.identity import ADMIN, DEALER

blueprint = APIBlueprint("tokens", __name__, tag="Tokens")

LARGEST_BODY_BYTES = 16 * 1024


@blueprint.post("/tokens")
@takes(blueprint, NewToken)
@blueprint.output(MadeToken, status_code=201)
@blueprint.doc(summary="Make an API token", responses=problems(400, 401, 403, 413, 415, 422, 503))
@allow(DEALER, ADMIN)
def make() -> Response:
    who = caller()
    name, scopes, days = api_tokens.read(read_json(LARGEST_BODY_BYTES))
    made, token = api_tokens.create(who, name, scopes, days)
    return reply({**_shown(made), "token": token}, 201)


@blueprint.get("/tokens")
@blueprint.output(Tokens)
@blueprint.doc(summary="One's own tokens, the newest first", responses=problems(401, 403, 503))
@allow(DEALER, ADMIN)
def mine() -> Response:
    return reply({"tokens": [_shown(token) for token in api_tokens.all_of(caller())]})


@blueprint.delete("/tokens/<string:prefix>")
@blueprint.output({}, status_code=204)
@blueprint.doc(summary="Revoke a token of one's own", responses=problems(401, 403, 404, 503))
@allow(own=(DEALER, ADMIN))
def revoke(prefix: str) -> Response:
    api_tokens.revoke(caller(), prefix)
    return Response(status=204)


def _shown(token: ApiToken) -> dict[str, object]:
    return {
        "prefix": token.prefix,
        "name": token.name,
        "scopes": token.scopes,
        "created_at": in_words(token.created_at),
        "expires_at": in_words(token.expires_at),
        "revoked_at": in_words(token.revoked_at),
    }
