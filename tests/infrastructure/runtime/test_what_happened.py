"""What the ledger says of pupils: stages, answers of people, days on which rules leave alone."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from domain.attendance.ladder import Away
from domain.attendance.what_if import Step
from domain.case.commands import CloseCase, OpenCase, case_id
from domain.exemption.commands import EndExemption, GrantExemption
from domain.intervention.commands import ApproveStage, DeclineStage
from domain.shared.ids import TenantId
from infrastructure.runtime.happened import Past
from infrastructure.store.database import Database
from tests.support.examples import LETTER_1
from tests.support.front import NOON, TENANT, Family, Front, front_on

pytestmark = pytest.mark.postgres
YEAR = date(2025, 9, 1)
OWNER = TenantId(TENANT)


@pytest.fixture
def front(database: Database, tmp_path: Path) -> Iterator[Front]:
    with front_on(database, tmp_path) as front:
        front.clock(NOON)
        yield front


def past(front: Front, **more: object) -> Past:
    with front.house.database.tenant(TENANT) as conn:
        return Past(conn, OWNER, {Family().school: "Europe/Dublin"}, **more)  # type: ignore[arg-type]  # streams only


def test_a_proposal_and_a_persons_yes_are_told_by_their_days(front: Front) -> None:
    family = Family()
    front.propose(family)
    front.tell(
        ApproveStage(
            intervention_id=family.intervention,
            student_id=family.student,
            school_id=family.school,
            case_id=family.case,
            stage=LETTER_1.type,
        ),
        by="staff:7",
    )
    told = past(front)
    asked = told.happened(YEAR, NOON.date())[family.student]["LETTER_1"]
    assert asked == Step(asked.proposed, NOON.date())
    assert told.acts(YEAR, date(2026, 6, 30)).approved[family.student] == {"LETTER_1": NOON.date()}
    assert told.happened(YEAR, date(2025, 9, 2)) == {family.student: {}}
    assert told.happened(date(2023, 9, 1), NOON.date()) == {}


def test_a_persons_no_is_kept_with_its_day(front: Front) -> None:
    family = Family()
    front.propose(family)
    front.tell(DeclineStage(family.intervention, "LETTER_1", "KNOWN"), by="staff:7")
    acts = past(front).acts(YEAR, date(2026, 6, 30))
    assert acts.declined[family.student] == {"LETTER_1": NOON.date()}
    assert past(front).happened(YEAR, NOON.date())[family.student]["LETTER_1"].entered is None


def test_exemptions_and_closed_cases_keep_rules_away_from_their_day_on(front: Front) -> None:
    family, exemption, endless = Family(), uuid4(), uuid4()
    later = date(2025, 11, 1)
    front.tell(GrantExemption(family.student, exemption, YEAR, later))
    front.tell(GrantExemption(family.student, endless, later))
    front.tell(EndExemption(family.student, endless))
    case = case_id(OWNER, family.student, YEAR)
    front.tell(OpenCase(case, family.student, family.school))
    front.tell(CloseCase(case, "RESOLVED"), by="staff:7")
    told = past(front)
    acts = told.acts(YEAR, date(2026, 6, 30))
    first, ended = acts.exempt[family.student]
    (closed,) = acts.closed[family.student]
    assert first == Away(NOON.date(), later)
    assert ended.last < ended.first
    assert closed == Away(NOON.date(), date(2026, 6, 30))
    assert told.exempt_on(family.student, NOON.date())
    assert not told.exempt_on(family.student, date(2025, 12, 1))
    assert told.closed_on(family.student, date(2025, 12, 1))
    assert not past(front, streams=[case]).exempt_on(family.student, NOON.date())
