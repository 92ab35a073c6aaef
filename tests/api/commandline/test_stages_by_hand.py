"""`anseo stage`: a named person proposes, asks what has to hold, and logs an attempt."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.commandline.opening import DEFAULT_TENANT, opened, tenant_id
from api.receipts import founding
from domain.attendance.rules import shipped_text
from domain.intervention.events import InterventionOpened
from domain.shared.ids import InterventionId
from infrastructure.clock import move_school_clock
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.wiring import workers
from infrastructure.wiring.house import House
from infrastructure.wiring.rule_sets import put_into_use
from infrastructure.wiring.stages_by_hand import Word
from projections.interventions import INTERVENTIONS
from tests.support import typed
from tests.support.csv_school import STUDENTS
from tests.support.english_school import CALENDAR, CONSIDER, HEADER, PACK, SCHOOLS, TEN, TWICE
from tests.support.front import NOON
from tests.support.typed import anseo

HALF_PAST_MIDNIGHT = datetime(2025, 10, 13, 23, 30, tzinfo=UTC)  # of British summer time
TENANT = tenant_id(DEFAULT_TENANT)
WHO = ("--school", "19876A", "--student", "001", "--by", "staff:office")


def told(*words: str) -> Any:
    return typed.told(*words, *WHO)


def settle(house: House) -> None:
    """Let read models come to rest, as the roles of `anseo up` do."""
    crew = workers.project(house)
    while sum(worker.step() for worker in crew):
        pass


def considered(house: House) -> None:
    """Let the head say yes to the stage that the pack needs."""
    settle(house)
    with house.database.worker() as conn:
        row = conn.execute(f"select key from {INTERVENTIONS.table}").fetchone()
        assert row is not None
        found = InterventionId(UUID(row[0]))
        began = founding(conn, found, InterventionOpened)
    assert began is not None
    Word(house, TENANT, "staff:head", uuid4()).approve(found, began, CONSIDER, {})


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    keep = EmbeddedPostgres(folder)
    keep.ensure()
    marks = HEADER + TEN.replace("PM,N", "PM,U")
    texts = {"schools": SCHOOLS, "calendar": CALENDAR, "students": STUDENTS, "marks": marks}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANSEO_HOME", str(folder))
        for what, text in texts.items():
            path = folder / f"{what}.csv"
            path.write_text(text, encoding="utf-8")
            anseo("import", what, str(path), *(() if what == "schools" else WHO[:2]))
        with opened() as house:
            put_into_use(house, TENANT, shipped_text("gb-eng-default-1"), "staff:head")
            with house.database.worker() as conn:
                move_school_clock(conn, NOON)
            settle(house)
        yield folder
    keep.remove()


def test_a_person_proposes_asks_and_logs_an_attempt() -> None:
    early = anseo("stage", "propose", *WHO, "--stage", PACK, status=2)
    assert "stage-out-of-order" in early.output
    assert (
        "intervention-unknown" in anseo("stage", "guards", *WHO, "--stage", PACK, status=2).output
    )
    anseo("evaluate", "--school", "19876A", "--date", "2025-10-10")
    with opened() as house:
        considered(house)
    done = told("stage", "propose", "--stage", PACK, "--reason", "nothing has changed")
    assert done["position"] > 0
    seen = told("stage", "guards", "--stage", PACK)
    assert (seen["status"], seen["waits_for"]) == ("PROPOSED", [TWICE])
    asked = anseo("stage", "guards", *WHO, "--stage", PACK).stdout
    assert "NO_N_MARKS: holds (0 counted)" in asked
    assert f"{TWICE}: waits for an answer" in asked
    rang = ("--way", "PHONE", "--outcome", "NO_ANSWER")
    assert told("stage", "attempt", "--stage", CONSIDER, *rang)["stream"] == done["stream"]
    tomorrow = ("--stage", CONSIDER, *rang, "--date", "2025-10-14")
    assert "attempt-in-future" in anseo("stage", "attempt", *WHO, *tomorrow, status=2).output
    with opened() as house, house.database.worker() as conn:
        move_school_clock(conn, HALF_PAST_MIDNIGHT)
    today = anseo("stage", "attempt", *WHO, "--stage", CONSIDER, *rang).stdout
    assert "attempt of 2025-10-14 on record" in today  # trap 24: in Greenwich it is the 13th


def test_a_wish_that_is_none_says_what_to_do() -> None:
    for words, said in (
        (("--stage", "NO_SUCH"), "stage-unknown"),
        (("--stage", CONSIDER), "stage-not-by-hand"),
        (("--stage", PACK, "--by", "process:x"), "as staff:NAME"),
    ):
        assert said in anseo("stage", "propose", *WHO, *words, status=2).output


def test_a_person_asks_why_nothing_was_sent() -> None:
    lines = anseo("why", *WHO, "--on", "2025-10-12").stdout
    assert "NOT_A_SCHOOL_DAY" in lines
    answered = told("why", "--stage", "NO_SUCH")
    assert answered["answer"]["code"] == "NO_STAGE"
    assert [one["level"] for one in answered["findings"]] == ["STAGE"]
    assert "as staff:NAME" in anseo("why", *WHO, "--by", "process:x", status=2).output


def test_the_sheet_of_messages_adds_up_for_a_school_and_for_all() -> None:
    days = ("--from", "2025-10-13", "--to", "2025-10-17")
    here = typed.told("balance", *days, "--school", "19876A")
    assert (here["asked"], here["agrees"]) == (0, True)
    assert "it adds up" in anseo("balance", *days).stdout
    assert "no school X" in anseo("balance", *days, "--school", "X", status=1).output
    backwards = ("--from", "2025-10-17", "--to", "2025-10-13")
    assert "the earlier day first" in anseo("balance", *backwards, status=2).output
