"""Codes that facts about interventions carry."""

from enum import StrEnum


class ResumeReason(StrEnum):
    """Why a stopped intervention goes on in the same school year."""

    ABSENT_AGAIN = "ABSENT_AGAIN"
    BACK_ON_ROLL = "BACK_ON_ROLL"


class ReviewOutcome(StrEnum):
    """What a person found in looking at a stage that lost its support."""

    FAMILY_TOLD = "FAMILY_TOLD"
    STANDS = "STANDS"
    NOTHING_TO_DO = "NOTHING_TO_DO"


class AttemptWay(StrEnum):
    """How the school tried to reach the family about a meeting."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    TEXT = "TEXT"
    LETTER = "LETTER"
    IN_PERSON = "IN_PERSON"


class AttemptOutcome(StrEnum):
    """What came of an attempt."""

    AGREED = "AGREED"
    DECLINED = "DECLINED"
    REACHED = "REACHED"
    LEFT_MESSAGE = "LEFT_MESSAGE"
    NO_ANSWER = "NO_ANSWER"
    SENT = "SENT"
