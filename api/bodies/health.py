"""Shapes of health."""

from typing import Literal

from pydantic import BaseModel

from api.bodies.shared import example


class Alive(BaseModel):
    """The process lives."""

    model_config = example({"status": "alive"})

    status: Literal["alive"]


class Ready(BaseModel):
    """How the machine stands. `late` names the followers that have been behind for too long.

    `hazards` names what a person should look at with `anseo doctor`; it does not close the door,
    nor do `notices`: what is wrong with the settings, in words.
    """

    model_config = example(
        {
            "status": "ready",
            "late": [],
            "head": 1042,
            "bound": 1042,
            "stalled_seconds": 0.0,
            "hazards": [],
            "behind_seconds": 0.0,
            "parked": 0,
            "outbox_waiting": 0,
            "outbox_oldest_seconds": 0.0,
            "outcomes_unknown": 0,
            "steps_due": 0,
            "syncs_failing": 0,
            "sms_provider": "configured",
            "mail_provider": "configured",
            "broker": "not configured",
            "notices": [],
        }
    )

    status: Literal["ready", "unready"]
    late: list[str]
    head: int
    bound: int
    stalled_seconds: float
    hazards: list[str]
    behind_seconds: float
    parked: int
    outbox_waiting: int
    outbox_oldest_seconds: float
    outcomes_unknown: int
    steps_due: int
    syncs_failing: int
    sms_provider: Literal["configured", "not configured"]
    mail_provider: Literal["configured", "not configured"]
    broker: Literal["configured", "not configured"]
    notices: list[str]


class Explanation(BaseModel):
    """What a code means."""

    model_config = example(
        {
            "code": "stage-not-proposed",
            "title": "Stage not proposed",
            "meaning": "This stage is not waiting for an approval.",
        }
    )

    code: str
    title: str
    meaning: str
