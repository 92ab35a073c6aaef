"""`anseo guardians …`: what a guardian chose is seen and recorded in a person's name."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from api.commandline.opening import tenant_id
from infrastructure.store.database import Database
from tests.support.csv_school import CALENDAR, SCHOOLS, STUDENTS
from tests.support.typed import anseo, told

pytestmark = pytest.mark.postgres
BY = ("--by", "staff:office")
GUARDIANS = (
    "student,guardian,given,family,relation,priority,phone,may_receive_info\n"
    "001,G1,Máire,Uí Néill,MOTHER,1,0850001001,yes\n"
)
_FIND = "select guardian from guardian_link where tenant = %s limit 1"


@pytest.fixture
def guardian(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UUID:
    monkeypatch.setenv("DATABASE_URL", database.url)
    monkeypatch.setenv("ANSEO_HOME", str(tmp_path))
    texts = {
        "schools": SCHOOLS,
        "calendar": CALENDAR,
        "students": STUDENTS,
        "guardians": GUARDIANS,
    }
    for what, text in texts.items():
        path = tmp_path / f"{what}.csv"
        path.write_text(text, encoding="utf-8")
        anseo("import", what, str(path), *(() if what == "schools" else ("--school", "19876A")))
    with database.worker() as conn:
        row = conn.execute(_FIND, (tenant_id("demo"),)).fetchone()
    assert row is not None
    found: UUID = row[0]
    return found


def test_what_a_guardian_says_is_recorded_shown_and_told_with_its_history(guardian: UUID) -> None:
    who = (guardian, *BY)
    told("guardians", "consent", *who, "--channel", "SMS", "--source", "GUARDIAN")
    told("guardians", "notice-email", *who, "--no")
    told("guardians", "prefer", *who, "--language", "ga", "--quiet", "20:00-10:30")
    told("guardians", "suppress", *who, "--channel", "EMAIL", "--cause", "HARD_BOUNCE")
    again = ("--channel", "EMAIL", "--cause", "HARD_BOUNCE")
    assert "known already" in anseo("guardians", "suppress", *who, *again).stdout
    seen = told("guardians", "show", *who)
    assert (seen["version"], seen["legal_notice_email_consent"]) == (4, False)
    assert seen["preferences"]["quiet_until"] == "10:30:00"
    said = anseo("guardians", "show", *who).stdout
    assert "SMS NUDGE: yes (CONSENT, GUARDIAN)" in said
    assert "EMAIL is stopped: HARD_BOUNCE" in said
    mend = ("--channel", "EMAIL", "--reason", "ADDRESS_CORRECTED")
    assert told("guardians", "lift", *who, *mend)["version"] == 5
    items = told("guardians", "history", *who)["items"]
    assert [one["by"] for one in items] == ["staff:office"] * 5
    assert "suppression_lifted" in anseo("guardians", "history", *who).stdout.splitlines()[0]


def test_what_cannot_be_is_refused_with_what_to_do(guardian: UUID) -> None:
    who = (guardian, *BY)
    start = ("--channel", "SMS", "--reason", "START_WORD")
    assert "own number" in anseo("guardians", "lift", *who, *start, status=2).output
    odd = anseo("guardians", "consent", *who, "--channel", "SMS", "--source", "X", status=2)
    assert "GUARDIAN, STAFF, FORM" in odd.output
    quiet = anseo("guardians", "prefer", *who, "--quiet", "late", status=2)
    assert "20:00-10:30" in quiet.output
    post = ("--channel", "POST", "--cause", "COMPLAINT")
    assert "letters-never-off" in anseo("guardians", "suppress", *who, *post, status=2).output
    nobody = anseo("guardians", "show", uuid4(), *BY, status=2)
    assert "import guardians first" in nobody.output
    anseo("guardians", "suppress", uuid4(), *BY, "--channel", "SMS", "--cause", "STOP", status=2)
    unnamed = anseo("guardians", "show", guardian, "--by", "somebody", status=2)
    assert "staff:NAME" in unnamed.output
