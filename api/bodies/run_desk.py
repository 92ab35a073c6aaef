"""Shapes of what is done to runs: started by hand, held, stopped and moved, also many at once."""

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from api.bodies.shared import ID, OTHER_ID, Code, example

_SEEN: Final = "9f86d081884c7d659a2feaa0c55ad015"
_MOVE: Final[dict[str, Any]] = {
    "run_id": OTHER_ID,
    "from_version": 1,
    "refused": None,
    "dropped_step": None,
    "next_step": "email-7",
    "next_at": "2025-10-22T08:00:00Z",
    "completes": False,
}
Version = Annotated[int, Field(ge=1, le=1_000_000)]
Token = Annotated[str, Field(max_length=64, description="`token` of the estimate.")]


class StartBody(BaseModel):
    """A playbook in use, and the intervention in whose name it runs.

    Without a stage it is the latest one that was entered.
    """

    model_config = example({"playbook_id": ID, "intervention_id": OTHER_ID, "stage": "LETTER_1"})

    playbook_id: UUID
    intervention_id: UUID
    stage: Code | None = None


class StartedRuns(BaseModel):
    """The runs that were begun, one for each guardian or home."""

    model_config = example({"runs": [OTHER_ID]})

    runs: list[UUID]


class StopEstimate(BaseModel):
    """What a stop would do at this moment. Its token says so to the stop itself."""

    model_config = example(
        {"runs": 12, "students": 8, "guardians": 12, "active": 11, "paused": 1, "token": _SEEN}
    )

    runs: int
    students: int
    guardians: int
    active: int
    paused: int
    token: str


class StopRunsBody(BaseModel):
    """The filters of the estimate, and its token."""

    model_config = example({"playbook": ID, "token": _SEEN})

    playbook: UUID | None = None
    version: Version | None = None
    school: UUID | None = None
    student: UUID | None = None
    stage: Code | None = None
    token: Token


class ManyRuns(BaseModel):
    """How many runs were changed."""

    model_config = example({"runs": 12})

    runs: int


class MovedRun(BaseModel):
    """What a move does to one run: what it drops, and what comes next and when.

    `refused` is the code of what stands against it: a run that holds still does not move.
    """

    model_config = example(_MOVE)

    run_id: UUID
    from_version: int
    refused: str | None
    dropped_step: str | None
    next_step: str | None
    next_at: AwareDatetime | None
    completes: bool


class MovePreview(BaseModel):
    """What a move would do at this moment, run by run. Its token says so to the move itself."""

    model_config = example(
        {
            "playbook_id": ID,
            "version": 2,
            "runs": 1,
            "refused": 0,
            "dropping": 0,
            "completing": 0,
            "token": _SEEN,
            "items": [_MOVE],
        }
    )

    playbook_id: UUID
    version: int
    runs: int
    refused: int
    dropping: int
    completing: int
    token: str
    items: list[MovedRun]


class MoveRunsBody(BaseModel):
    """The playbook, the version to go to, the filters of the preview, and its token."""

    model_config = example({"playbook": ID, "version": 2, "token": _SEEN})

    playbook: UUID
    version: Version
    from_version: Version | None = None
    school: UUID | None = None
    student: UUID | None = None
    stage: Code | None = None
    token: Token
