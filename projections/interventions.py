"""Interventions: where each student stands on the ladder, for rules, reactions and people."""

from typing import Final, get_args

from domain.intervention import events as e
from projections.kit import Query, ReadModel, row_a_stream
from projections.ladders import InterventionRow, evolve
from projections.stage_lines import StageLine

__all__ = ["INTERVENTIONS", "InterventionRow", "StageLine"]

_LISTENS: Final = get_args(e.InterventionEvent)

INTERVENTIONS = ReadModel(
    "interventions",
    version=7,
    row=InterventionRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("student_id", "school_id", "case_id", "status", "school_year_from", "clock", "due_on"),
    indexes=("student_id", "school_id, status", "due_on"),
)
OF_SCHOOLS = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s"
    " and school_id = any(%(schools)s) and school_year_from = any(%(years)s)"
    " and (%(students)s::uuid[] is null or student_id = any(%(students)s))"
    " order by school_year_from, key limit 1000000",
)
OF_STUDENT = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s and student_id = %(student)s"
    " order by school_year_from, key limit 100",
)
ONE = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s and key = %(key)s limit 1",
)
SOME = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s and key = any(%(keys)s)"
    " order by key limit 100000",
)
OPEN_OF_STUDENTS = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s and student_id = any(%(students)s)"
    " and status in ('ACTIVE', 'ESCALATED') order by school_year_from, key limit 100000",
)
# Asked by a worker for every tenant: its policy shows them all. A tenant whose calendar has news is
# asked about every clock that runs, for its last day may have moved.
CLOCKS = Query(
    "interventions",
    "select tenant, doc from {interventions} where due_on < %(day)s"
    " or (clock and tenant = any(%(tenants)s)) order by due_on, key limit 100000",
)
