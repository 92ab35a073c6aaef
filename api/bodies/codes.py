"""Shapes of attendance codes."""

from datetime import date
from typing import Any, Final, Literal

from pydantic import BaseModel

from api.bodies.shared import example

_CODE: Final[dict[str, Any]] = {
    "code": "J1",
    "meaning": "leave: interview",
    "status": "ABSENT_AUTHORISED",
    "possible": True,
    "attending": False,
    "authorised": True,
    "unauthorised": False,
    "late": False,
}


class Code(BaseModel):
    """One code, and how it is counted: possible = attending + authorised + unauthorised."""

    model_config = example(_CODE)

    code: str
    meaning: str
    status: str
    possible: bool
    attending: bool
    authorised: bool
    unauthorised: bool
    late: bool


class CodeList(BaseModel):
    """The codes in force on a day. A partial table does not know every code of its place.

    `authorised` and `unauthorised` are what the place calls the two kinds of absence: an Irish
    school says explained and unexplained.
    """

    model_config = example(
        {
            "jurisdiction": "GB-ENG",
            "date": "2024-08-19",
            "version": "gb-eng-2024-08-19",
            "completeness": "complete",
            "note": "Two registers a day.",
            "authorised": "authorised",
            "unauthorised": "unauthorised",
            "items": [_CODE],
        }
    )

    jurisdiction: str
    date: date
    version: str
    completeness: Literal["complete", "partial"]
    note: str
    authorised: str
    unauthorised: str
    items: list[Code]
