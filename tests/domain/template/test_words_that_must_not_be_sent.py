"""Every fault of a text is found, with its place, its line and what would be right."""

from datetime import date
from typing import Any

import msgspec
import pytest

from domain.shared.texts import TextKind, TranslationOf, Wording
from domain.template.faults import Fault, faults_of, warnings_of
from domain.template.fields import FIELDS, needed
from tests.support.examples import HASH, WORDING

LETTER = Wording(
    key="LETTER_1_ATTENDANCE",
    kind=TextKind.LETTER,
    language="en",
    subject="Attendance at school",
    body="<p>Dear {{ guardian_name }},</p>\n<p>{{ student_name }} was missed.</p>",
    merge_fields={"guardian_name": "text", "student_name": "text", "absence_dates": "dates?"},
)
WHATSAPP = msgspec.structs.replace(WORDING, kind=TextKind.WHATSAPP, key="ATTENDANCE_WHATSAPP")


def found(wording: Wording, **changes: Any) -> list[tuple[str, str, int]]:
    changed = msgspec.structs.replace(wording, **changes)
    return [(fault.path, fault.code, fault.line) for fault in faults_of(changed)]


@pytest.mark.parametrize("wording", [WORDING, LETTER, WHATSAPP])
def test_plain_words_have_no_fault(wording: Wording) -> None:
    assert found(wording) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"key": "letter 1"}, ("$.key", "key-unfit", 0)),
        ({"key": "A" * 65}, ("$.key", "key-unfit", 0)),
        ({"key": "AUTISM_LETTER"}, ("$.key", "special-words", 0)),
        ({"language": "en-IE"}, ("$.language", "language-unfit", 0)),
        ({"subject": " "}, ("$.subject", "subject-missing", 0)),
        ({"subject": "Two\nlines"}, ("$.subject", "subject-unfit", 0)),
        ({"body": "\n"}, ("$.body", "body-empty", 0)),
        (
            {"merge_fields": {"shoe_size": "number"}},
            ("$.merge_fields.shoe_size", "field-unknown", 0),
        ),
        (
            {"merge_fields": {"guardian_name": "number"}},
            ("$.merge_fields.guardian_name", "field-kind", 0),
        ),
        (
            {"merge_fields": {"absence_dates": "dates"}},
            ("$.merge_fields.absence_dates", "field-kind", 0),
        ),
        ({"merge_fields": {"days_missed": "x"}}, ("$.merge_fields.days_missed", "field-kind", 0)),
        (
            {"merge_fields": {"meeting_on": "weekday"}},
            ("$.merge_fields.meeting_on", "field-unfit", 0),
        ),
        ({"content_sid": "HX" + "0" * 32}, ("$.content_sid", "content-sid-unfit", 0)),
        ({"jurisdiction": "Ireland"}, ("$.jurisdiction", "jurisdiction-unfit", 0)),
    ],
)
def test_each_fault_is_named_with_its_place(
    changes: dict[str, Any], fault: tuple[str, str, int]
) -> None:
    assert found(LETTER, **changes) == [fault]


def test_a_translation_is_in_another_language_than_its_source() -> None:
    source = TranslationOf(language="en", source_hash=HASH)
    assert found(LETTER, translation_of=source) == [
        ("$.translation_of.language", "translation-same-language", 0)
    ]
    assert found(LETTER, language="ga", translation_of=source) == []


def test_an_invitation_may_say_when_to_meet() -> None:
    fields = {"meeting_on": "weekday"}
    assert found(LETTER, key="MEETING_INVITATION", merge_fields=fields) == []


def test_only_texts_that_have_a_subject_may_say_one() -> None:
    assert found(WORDING, subject="Hello") == [("$.subject", "subject-unfit", 0)]
    assert found(WORDING, kind=TextKind.EMAIL) == [("$.subject", "subject-missing", 0)]
    assert found(WORDING, kind=TextKind.EMAIL, subject="From school") == []


@pytest.mark.parametrize("name", ["student_first_name", "days_missed", "guardian_name"])
def test_a_subject_names_nobody(name: str) -> None:
    """Trap 55: a subject line is read by whoever sees the screen."""
    assert found(LETTER, subject=f"About {{{{ {name} }}}}") == [
        ("$.subject", "subject-names-somebody", 0)
    ]


@pytest.mark.parametrize("greeting", ["Dear ,", "Dear,", "dear :", "Hi!", "Drogi ,"])
def test_a_greeting_that_names_nobody_is_a_fault(greeting: str) -> None:
    """Trap 40: "Dear ,"."""
    assert found(LETTER, body=f"\n<p>{greeting}</p>") == [("$.body", "greeting-empty", 2)]


@pytest.mark.parametrize("greeting", ["Dear {{ guardian_name }},", "A chara,", "My dears,"])
def test_a_whole_greeting_is_none(greeting: str) -> None:
    assert found(LETTER, body=greeting) == []


@pytest.mark.parametrize(
    "word", ["autism", "ADHD", "diagnosis", "Hospital", "self-harm", "diaibéiteas", "in care"]
)
@pytest.mark.parametrize("kind", [TextKind.SMS, TextKind.WHATSAPP, TextKind.IN_APP])
def test_a_diagnosis_never_stands_on_a_locked_screen(word: str, kind: TextKind) -> None:
    """Trap 55: diagnosis in a text message, a push notification, a subject line."""
    subject = "School" if kind is TextKind.IN_APP else ""
    assert found(WORDING, kind=kind, subject=subject, body=f"Ring.\nIt is {word}.") == [
        ("$.body", "special-words", 2)
    ]
    assert found(LETTER, subject=f"Your {word}") == [("$.subject", "special-words", 0)]


def test_a_letter_may_speak_of_a_hospital_but_somebody_looks_at_it() -> None:
    body = "<p>Dear {{ guardian_name }},</p>\n<p>After the hospital.</p>"
    assert found(LETTER, body=body) == []
    warned = warnings_of(msgspec.structs.replace(LETTER, body=body))
    assert [(one.code, one.line) for one in warned] == [("special-words", 2)]
    assert warned[0].words == "$.body line 2: “hospital” tells of health, origin or care"


@pytest.mark.parametrize("name", ["absence_reason", "medical_plan", "exemption_effect"])
def test_why_a_child_is_away_is_never_a_field(name: str) -> None:
    """Trap 55: special-category fields are refused, not only unknown."""
    assert found(WORDING, merge_fields={name: "text"}) == [
        (f"$.merge_fields.{name}", "field-special", 0)
    ]


@pytest.mark.parametrize("kind", [TextKind.SMS, TextKind.WHATSAPP])
def test_a_child_is_named_by_the_first_name_on_a_screen(kind: TextKind) -> None:
    assert found(WORDING, kind=kind, merge_fields={"student_name": "text"}) == [
        ("$.merge_fields.student_name", "field-unfit", 0)
    ]


@pytest.mark.parametrize(
    "words",
    [
        "a payment of £160",
        "60 euro",
        "you may be fined",
        "a penalty notice",
        "the Education (Welfare) Act 2000",
        "section 444 of the law",
        "§ 1666",
        "SI 2024/208",
        "Education Code 48260.5",
        "you could be prosecuted",
    ],
)
def test_money_and_law_are_said_with_place_and_last_day(words: str) -> None:
    """Trap 52: printing fine amounts or statute text without date and jurisdiction."""
    body = f"<p>Dear {{{{ guardian_name }}}}, {words}.</p>"
    assert found(LETTER, body=body) == [("$.jurisdiction", "law-undated", 0)]
    assert found(LETTER, body=body, jurisdiction="IE") == [("$.valid_until", "law-undated", 0)]
    dated = {"jurisdiction": "IE", "valid_until": date(2026, 8, 31)}
    assert found(LETTER, body=body, **dated) == []


def test_a_text_with_legal_effect_has_a_place_and_a_last_day() -> None:
    assert found(LETTER, legal_effect=True) == [("$.jurisdiction", "law-undated", 0)]


@pytest.mark.parametrize("words", ["That is fine.", "Act now.", "7 days", "Class 5 in room 2"])
def test_words_that_only_sound_like_law_are_not(words: str) -> None:
    assert found(WORDING, body=words) == []


def test_californias_truancy_wording_of_before_july_2025_is_a_fault() -> None:
    """Trap 52: Education Code 48260.5 as amended on 1 July 2025 threatens nobody any more."""
    dated = {"jurisdiction": "US-CA", "valid_until": date(2026, 6, 30)}
    body = "Your child is truant.\nYou may be prosecuted."
    assert found(LETTER, body=body, **dated) == [("$.body", "law-superseded", 2)]
    assert found(LETTER, body="Your child is truant (Education Code 48260.5).", **dated) == []


def test_the_providers_template_belongs_to_whatsapp() -> None:
    assert found(WHATSAPP, content_sid="HX" + "0a" * 16) == []
    assert found(WHATSAPP, content_sid="HX1") == [("$.content_sid", "content-sid-unfit", 0)]
    assert [one.code for one in warnings_of(WHATSAPP)] == ["window-only"]
    sid = msgspec.structs.replace(WHATSAPP, content_sid="HX" + "0a" * 16)
    assert warnings_of(sid) == warnings_of(WORDING) == []


def test_a_fault_says_itself_in_one_line_and_as_an_error() -> None:
    assert Fault("$.key", "key-unfit", "no").words == "$.key: no"
    assert Fault("$.body", "x", "no", 3).as_dict() == {
        "path": "$.body",
        "code": "x",
        "message": "$.body line 3: no",
    }


def test_every_field_says_what_it_is_in_a_preview() -> None:
    assert all(field.made_up != "" and field.ways for field in FIELDS.values())
    assert needed("dates?") is FIELDS["absence_dates"].kind
    assert needed("shoe") is None
