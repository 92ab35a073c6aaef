"""A school's own text is looked at before anybody approves it: where it is wrong, and how."""

from typing import Any

import msgspec
import pytest

from domain.shared.texts import TextKind, Wording
from domain.template.fields import FIELDS
from infrastructure.documents.merge_fields import LANGUAGES
from infrastructure.documents.text_checks import (
    FRAME_FIELDS,
    every_fault,
    every_warning,
    filled,
    made_up,
)
from infrastructure.documents.texts import Texts
from tests.support.examples import WORDING

FRAMED = {
    name: f"{FIELDS[name].kind}{'?' if FIELDS[name].sometimes else ''}" for name in FRAME_FIELDS
}
LETTER = Wording(
    key="LETTER_1_ATTENDANCE",
    kind=TextKind.LETTER,
    language="en",
    subject="Attendance at school",
    body="<p>Dear {{ guardian_name }},</p>\n<p>We missed {{ student_first_name }}.</p>",
    merge_fields={**FRAMED, "student_first_name": "text"},
)
WHATSAPP = msgspec.structs.replace(WORDING, key="ATTENDANCE_WHATSAPP", kind=TextKind.WHATSAPP)


def found(wording: Wording, **changes: Any) -> list[tuple[str, str, int]]:
    changed = msgspec.structs.replace(wording, **changes)
    return [(one.path, one.code, one.line) for one in every_fault(changed)]


@pytest.mark.parametrize("wording", [WORDING, LETTER, WHATSAPP])
def test_a_good_text_has_no_fault_and_can_be_filled(wording: Wording) -> None:
    assert every_fault(wording) == []
    rendered = filled(wording, made_up(wording))
    assert "Ella" in (rendered.text or rendered.html or "")


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        ("One\n{{ 1 + 1 }}", "syntax-forbidden", 2),
        ("{% for a in b %}{% endfor %}", "syntax-forbidden", 1),
        ("One\nTwo\n{{ school_name", "syntax-forbidden", 3),
        ("One\n{{ shoe_size }}", "field-missing", 2),
        ("{{ days_missed }} days", "field-missing", 1),
        ("{{ school_name }}" * 200, "too-long", 0),
        ("{{ school_name }} " + "a" * 450, "too-long", 0),
        ("{{ school_name }} " + "a" * 430, "", 0),
    ],
)
def test_what_cannot_be_filled_is_named_with_its_line(body: str, code: str, line: int) -> None:
    """Row 001-116: the schema of merge fields is checked before use."""
    assert [one[1:] for one in found(WORDING, body=body)] == ([(code, line)] if code else [])


def test_a_used_field_says_how_it_is_declared() -> None:
    [fault] = every_fault(msgspec.structs.replace(WORDING, body="{{ days_missed }} days"))
    assert fault.message == ("days_missed is used and not declared in merge_fields: write number")


def test_a_field_that_may_be_empty_is_never_printed_without_asking() -> None:
    """Trap 40: "Dear ," and "has missed days" come from fields that were left empty."""
    fields = {**LETTER.merge_fields, "absence_dates": "dates?"}
    gap = "<p>Missed:\n{{ absence_dates }}.</p>"
    assert found(LETTER, body=gap, merge_fields=fields) == [("$.body", "field-may-be-empty", 2)]
    for asked in (
        "{% if absence_dates %}{{ absence_dates }}{% endif %}",
        "{% if absence_dates and true %}{{ absence_dates }}{% else %}none{% endif %}",
    ):
        assert found(LETTER, body=asked, merge_fields=fields) == []
    other = "{% if not absence_dates %}{{ absence_dates }}{% endif %}"
    assert found(LETTER, body=other, merge_fields=fields) == [("$.body", "field-may-be-empty", 1)]


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        '<img src="https://elsewhere.example/x">',
        '<p onclick="x">a</p>',
        "<style>p{}</style>",
        "<p >a</p>",
        "<!-- a -->",
        "a < b",
    ],
)
def test_a_letter_has_plain_markup_only(markup: str) -> None:
    """RELIABILITY 4, row Templates: refused when it is written, not cleaned behind one's back."""
    assert found(LETTER, body=f"<p>a</p>\n{markup}") == [("$.body", "markup-forbidden", 2)]


def test_a_letter_declares_what_is_printed_around_it() -> None:
    fields = {name: kind for name, kind in LETTER.merge_fields.items() if name != "letter_on"}
    assert found(LETTER, merge_fields=fields) == [("$.merge_fields.letter_on", "field-missing", 0)]


def test_a_language_without_names_of_months_is_a_fault() -> None:
    assert found(WORDING, language="xx") == [("$.language", "language-unknown", 0)]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_dates_are_written_in_every_language(language: str) -> None:
    """000-020: the language of the family."""
    fields = {"counted_from": "date", "school_name": "text"}
    words = msgspec.structs.replace(
        WORDING, language=language, body="{{ counted_from }}", merge_fields=fields
    )
    assert every_fault(words) == []
    text = filled(words, made_up(words)).text or ""
    assert text.startswith("1 ")
    assert text.endswith(" 2025")


def test_the_provider_fills_in_values_only() -> None:
    body = "{% if school_name %}{{ school_name }}{% endif %}"
    assert found(WHATSAPP, body=body) == [("$.body", "whatsapp-computes", 0)]


def test_a_field_that_is_declared_and_not_used_is_worth_a_look() -> None:
    words = msgspec.structs.replace(WORDING, body="Ring us.")
    assert {one.path for one in every_warning(words)} == {
        f"$.merge_fields.{name}" for name in WORDING.merge_fields
    }
    assert every_warning(LETTER) == every_warning(WORDING) == []
    assert every_warning(msgspec.structs.replace(WORDING, body="{{")) == []


def test_shipped_texts_would_pass_but_for_the_law_that_they_name() -> None:
    """What is shipped is approved by the product; a school that copies it says where it holds."""
    for template in Texts.load().newest():
        words = template.wording
        codes = {one.code for one in every_fault(words)}
        assert codes <= {"law-undated"}, template.name
