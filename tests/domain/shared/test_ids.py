"""Ids from natural keys: the same on every machine, in the order of their dates."""

import subprocess
import sys
from datetime import date, timedelta
from uuid import RFC_4122, UUID

from domain.case.commands import case_id
from domain.contact_choice.commands import contact_choice_id
from domain.evaluation.commands import evaluation_id
from domain.intervention.commands import intervention_id
from domain.letter.commands import letter_id
from domain.shared.ids import (
    PlaybookId,
    TenantId,
    anchored_id,
    derived_id,
    message_key,
    run_id,
)
from tests.support.examples import (
    GUARDIAN,
    INTERVENTION,
    PLAYBOOK,
    RULE_SET,
    RUN,
    SCHOOL,
    STUDENT,
    TENANT,
    TODAY,
    YEAR_FROM,
)

NATURAL_KEYS = {
    "case": case_id(TENANT, STUDENT, YEAR_FROM),
    "choice": contact_choice_id(GUARDIAN),
    "evaluation": evaluation_id(TENANT, SCHOOL, TODAY),
    "intervention": intervention_id(TENANT, STUDENT, RULE_SET, YEAR_FROM),
    "letter": letter_id(INTERVENTION, "LETTER_1", GUARDIAN),
    "run": run_id(TENANT, INTERVENTION, "LETTER_1", TODAY, PLAYBOOK, GUARDIAN),
}


def test_natural_keys_are_written_in_stone() -> None:
    """An id that changes between releases would start a family's run a second time."""
    assert {name: str(key) for name, key in NATURAL_KEYS.items()} == {
        "case": "0000000b-48a7-8780-9074-f1ff0ad18a8a",
        "choice": "d9372849-84b2-5d7f-a4fe-2ea6cd02adca",
        "evaluation": "0000000b-48bd-8fb9-a358-c24755fc3745",
        "intervention": "0000000b-48a7-83df-998e-1e5851073353",
        "letter": "e70d7b63-e3cb-53ff-a704-bf8fbb889e4c",
        "run": "0000000b-48bd-82e6-912d-27b564329b0f",
    }


def test_an_anchored_id_is_a_version_8_uuid_of_the_standard_variant() -> None:
    for n in range(500):
        made = anchored_id(TODAY + timedelta(days=n), "part", n)
        assert (made.version, made.variant) == (8, RFC_4122)
        assert UUID(str(made)) == made


def test_anchored_ids_are_in_the_order_of_their_dates() -> None:
    days = [date(1999, 12, 31) + timedelta(days=97 * n) for n in range(200)]
    made = [anchored_id(day, "same") for day in days]
    assert made == sorted(made)
    assert [m.int >> 80 for m in made] == [day.toordinal() for day in days]


def test_every_part_of_a_key_counts_and_so_does_where_it_ends() -> None:
    made = {
        anchored_id(TODAY, "a", "b"),
        anchored_id(TODAY, "ab"),
        anchored_id(TODAY, "b", "a"),
        anchored_id(TODAY + timedelta(days=1), "a", "b"),
        derived_id("a", "b"),
        derived_id("ab"),
        derived_id("b", "a"),
    }
    assert len(made) == 7


def test_ids_are_the_same_in_another_process() -> None:
    code = (
        "from datetime import date; from domain.shared.ids import anchored_id, derived_id;"
        "print(anchored_id(date(2025, 9, 23), 'x', 1), derived_id('x', None))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert told == [str(anchored_id(TODAY, "x", 1)), str(derived_id("x", None))]


def test_a_run_that_is_made_again_has_the_keys_that_it_had() -> None:
    """Trap 28: of instance, stage, window anchor, playbook and guardian; each of them counts."""
    parts = (INTERVENTION, "LETTER_1", TODAY, PLAYBOOK, GUARDIAN)
    first, again = run_id(TENANT, *parts), run_id(TENANT, *parts)
    assert message_key(first, "sms", GUARDIAN) == message_key(again, "sms", GUARDIAN)
    others = [
        run_id(TENANT, STUDENT, *parts[1:]),
        run_id(TENANT, INTERVENTION, "LETTER_2", *parts[2:]),
        run_id(TENANT, *parts[:2], TODAY + timedelta(days=1), *parts[3:]),
        run_id(TENANT, *parts[:3], PlaybookId(STUDENT), GUARDIAN),
        run_id(TENANT, *parts[:4], STUDENT),
        run_id(TenantId(SCHOOL), *parts),
    ]
    assert len({first, *others}) == 7
    keys = {message_key(first, step, who) for step in ("sms", "email") for who in (GUARDIAN, None)}
    assert len(keys) == 4


def test_a_messages_key_names_run_step_and_guardian() -> None:
    """000-097 The key has the form playbook:{runId}:{stepId}:{guardianId}, none for nobody."""
    assert message_key(RUN, "sms", GUARDIAN) == f"playbook:{RUN}:sms:{GUARDIAN}"
    assert message_key(RUN, "sms", None) == f"playbook:{RUN}:sms:none"
