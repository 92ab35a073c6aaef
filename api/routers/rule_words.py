"""What a rule set may say: the catalogue of metrics and windows, and the JSON Schema."""

from http import HTTPStatus

import msgspec
from fastapi import APIRouter, Response

from api.bodies.rules import RulesCatalogue, RuleSetSchema
from api.dependencies import GuardedRoute
from api.pages import JSON, query
from api.rule_views import rules_catalogue as told
from domain.attendance.rule_schema import schema_text

router = APIRouter(prefix="/api/rules", tags=["rules"], route_class=GuardedRoute)


@router.get(
    "/catalogue",
    summary="What a rule set may count and say",
    response_model=RulesCatalogue,
    responses=query(),
)
async def rules_catalogue() -> Response:
    """Each metric and window with its unit, denominator and source; and the shipped rule sets."""
    return Response(msgspec.json.encode(told()), HTTPStatus.OK, media_type=JSON)


@router.get(
    "/schema",
    summary="The JSON Schema of a rule set",
    response_model=RuleSetSchema,
    responses=query(),
)
async def rule_set_schema() -> Response:
    """JSON Schema 2020-12; what it cannot say is checked by validation."""
    return Response(schema_text(), HTTPStatus.OK, media_type=JSON)
