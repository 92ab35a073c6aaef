"""A playbook whose steps would have nothing to say is told which, before anybody uses it."""

import msgspec
import pytest

from domain.playbook.wordless import only_when_asked, texts_of, wordless, wordless_fallbacks
from domain.shared.contact import Channel
from domain.shared.playbooks import LetterStep, OffsetUnit, Playbook, TaskStep
from domain.shared.texts import TextKind
from tests.support.examples import PLAYBOOK_1, STEPS

DAYS = OffsetUnit.SCHOOL_DAYS
LETTER = LetterStep(step_id="letter-4", order=4, offset=8, unit=DAYS, template_key="LAST_LETTER")
TASK = TaskStep(step_id="task-5", order=5, offset=9, unit=DAYS, task="CALL_HOME", within=2)
BY_BOTH = msgspec.structs.replace(STEPS[0], fallback=Channel.EMAIL)
BOOK = msgspec.structs.replace(PLAYBOOK_1, steps=(BY_BOTH, *STEPS[1:], LETTER, TASK))
ALL = texts_of(BOOK)


def by(channel: Channel, fallback: Channel | None = None) -> Playbook:
    step = msgspec.structs.replace(STEPS[0], channel=channel, fallback=fallback)
    return msgspec.structs.replace(PLAYBOOK_1, steps=(step,))


def test_each_text_is_asked_for_in_the_way_of_its_step() -> None:
    assert {
        ("NUDGE_SMS", TextKind.SMS),
        ("NUDGE_SMS", TextKind.EMAIL),
        ("NUDGE_EMAIL", TextKind.EMAIL),
        ("NUDGE_SMS_LAST", TextKind.SMS),
        ("LAST_LETTER", TextKind.LETTER),
    } == ALL
    assert wordless(BOOK, ALL) == wordless_fallbacks(BOOK, ALL) == []


def test_a_step_without_a_text_is_named_with_its_place() -> None:
    found = wordless(
        BOOK, ALL - {("NUDGE_EMAIL", TextKind.EMAIL), ("LAST_LETTER", TextKind.LETTER)}
    )
    assert [(one.path, one.code) for one in found] == [
        ("$.steps[1].template_key", "text-missing"),
        ("$.steps[3].template_key", "text-missing"),
    ]
    assert "no approved text NUDGE_EMAIL to say by EMAIL" in found[0].words


def test_a_step_that_names_no_text_is_a_fault_already() -> None:
    blank = msgspec.structs.replace(BY_BOTH, template_key=" ")
    book = msgspec.structs.replace(PLAYBOOK_1, steps=(blank,))
    assert wordless(book, ()) == wordless_fallbacks(book, ()) == []


def test_a_second_channel_without_a_text_is_worth_knowing_only() -> None:
    """The step goes by its first channel: nothing stands against using the playbook."""
    known = ALL - {("NUDGE_SMS", TextKind.EMAIL)}
    assert wordless(BOOK, known) == []
    (found,) = wordless_fallbacks(BOOK, known)
    assert (found.path, found.code) == ("$.steps[0].fallback", "text-missing-by-fallback")


@pytest.mark.parametrize(
    ("book", "places"),
    [
        (by(Channel.WHATSAPP), ["$.steps[0].channel"]),
        (by(Channel.SMS, Channel.WHATSAPP), ["$.steps[0].fallback"]),
        (by(Channel.SMS, Channel.EMAIL), []),
        (msgspec.structs.replace(PLAYBOOK_1, steps=(TASK,)), []),
    ],
    ids=["first", "second", "other ways", "no message"],
)
def test_whatsapp_without_an_approved_template_is_only_an_answer(
    book: Playbook, places: list[str]
) -> None:
    """Trap 44: outside the 24 hours free text is refused, so that nobody should count on it."""
    found = only_when_asked(book, ())
    assert [one.path for one in found] == places
    assert {one.code for one in found} <= {"whatsapp-template-missing"}
    assert only_when_asked(book, {"NUDGE_SMS"}) == []
