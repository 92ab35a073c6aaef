"""Letters to make: requested and neither rendered nor withdrawn."""

from datetime import date
from typing import get_args

from domain.kernel.recorded import Told
from domain.letter import events as e
from domain.shared.ids import GuardianId, LetterId, SchoolId, StudentId
from domain.shared.numbers import DecidingNumbers
from projections.kit import Query, ReadModel, Row, row_a_stream

_LISTENS = get_args(e.LetterEvent)


class LetterWorkRow(Row):
    """One letter that a press has to make."""

    letter_id: LetterId
    school_id: SchoolId
    student_id: StudentId
    guardian_id: GuardianId
    stage: str
    template_key: str
    requested_on: date
    numbers: tuple[DecidingNumbers, ...]
    failed: bool = False


def evolve(row: LetterWorkRow | None, fact: Told, key: str) -> LetterWorkRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its letter."""
    match fact.event:
        case e.LetterRequested() as r:
            return LetterWorkRow(
                letter_id=LetterId(fact.stream),
                school_id=r.school_id,
                student_id=r.student_id,
                guardian_id=r.guardian_id,
                stage=r.stage,
                template_key=r.template_key,
                requested_on=r.requested_on,
                numbers=r.numbers,
            )
        case e.LetterRenderingFailed():
            return None if row is None else row.but(failed=True)
        case _:
            return None


LETTER_WORK = ReadModel(
    "letter_work",
    version=1,
    row=LetterWorkRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("failed",),
    indexes=("failed",),
)
CLAIM = Query(
    "letter_work",
    "select w.tenant, w.doc from {letter_work} as w left join lease as l"
    " on l.tenant = w.tenant and l.work = w.key::uuid"
    " where not w.failed and (l.work is null or l.until < clock_timestamp())"
    " order by w.key limit %(limit)s for update of w skip locked",
)
WAITING = Query("letter_work", "select count(*) from {letter_work} where not failed")
