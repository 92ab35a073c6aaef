"""Parts of a rule set: whom it is about, when its year begins, where its stages come from."""

from datetime import date
from enum import StrEnum
from typing import Literal

from domain.attendance.school_days import MonthDay
from domain.attendance.triggers import Count, MonthDayText, Name, Trigger, Written


class Unit(StrEnum):
    """What a rule set counts in; it is the unit of minPossible."""

    SESSION = "SESSION"
    DAY = "DAY"
    OCCASION = "OCCASION"


class Approval(StrEnum):
    """Who must say yes before anything leaves the school."""

    AUTO = "AUTO"
    STAFF = "STAFF"
    HEAD = "HEAD"


class Rearm(StrEnum):
    """How often a stage may be reached: once for each of these."""

    DAY = "DAY"
    HALF_TERM = "HALF_TERM"
    TERM = "TERM"
    SCHOOL_YEAR = "SCHOOL_YEAR"
    SPELL = "SPELL"  # an unbroken stretch of evaluations at which the condition holds
    ONCE = "ONCE"


class Retraction(StrEnum):
    """What a correction that takes a stage's cause away leaves behind. Nothing is ever deleted."""

    REARM = "REARM"  # retracted and kept; the same cause may lead to the stage again
    KEEP = "KEEP"  # retracted and kept; not again for the same school year, term or day


class SourceKind(StrEnum):
    """How binding it is what a stage comes from."""

    STATUTE = "STATUTE"
    GUIDANCE = "GUIDANCE"
    PRACTICE = "PRACTICE"


class TrackKind(StrEnum):
    """What a track is for: support never holds back a legal duty."""

    SUPPORT = "SUPPORT"
    STATUTORY = "STATUTORY"
    SAFEGUARDING = "SAFEGUARDING"


class Source(Written):
    """Where stages come from: a law with its paragraph, guidance, or practice of schools.

    `read` says whether its own text was read for this product, or only what others write of it, or
    neither (UNREAD: general knowledge). A person looks up all but the first before anything is
    printed with it.
    """

    id: Name
    kind: SourceKind
    law: str
    paragraph: str | None = None
    read: Literal["PRIMARY", "SECONDARY", "UNREAD"] = "SECONDARY"
    effective_from: date | None = None
    effective_to: date | None = None
    note: str | None = None


class Track(Written):
    """Stages that follow each other; what happens on one track waits for none of another."""

    id: Name
    kind: TrackKind = TrackKind.SUPPORT
    title: str | None = None


class SchoolYear(Written):
    """The nominal school year; a term that runs over its first day belongs to it as a whole."""

    start: MonthDayText = "08-01"
    end: MonthDayText | None = None

    @property
    def begins(self) -> MonthDay:
        """The first day, of any year."""
        return MonthDay(*map(int, self.start.split("-")))


class Population(Written):
    """Whom the rule set is about.

    From the birthday of `min_age` until the day before that of `max_age`: "between 6 and 16" as
    laws write it. Where an age or a year group is not known, nobody is left out for it.
    """

    min_age: Count | None = None
    max_age: Count | None = None
    compulsory_age: bool = False
    year_groups: tuple[str, ...] = ()
    on_roll: bool = True
    enrolled: bool = True


class Return(Written):
    """A report that is owed to an authority, and so the head's to approve."""

    id: str
    covers: str | None = None
    due_in: str | None = None
    due_within: str | None = None
    cumulative: bool = False
    trigger: Trigger | None = None
    to: str | None = None
    once_per_illness: bool = False
    approval: Approval = Approval.HEAD
    sources: tuple[Name, ...] = ()


class Parallel(Written):
    """Support that runs beside the ladder."""

    id: Name
    trigger: Trigger
    approval: Approval = Approval.STAFF
    sources: tuple[Name, ...] = ()
    note: str | None = None


class Occasion(Written):
    """What counts as one occasion where a rule set counts occasions."""

    any_of: tuple[Name, ...]
    max_per_day: Count | None = None
