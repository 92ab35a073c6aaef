"""Templates are filled from declared fields only, and say by name what is wrong with one."""

from collections.abc import Mapping

import pytest

from infrastructure.documents.errors import (
    TemplateFieldEmpty,
    TemplateFieldMissing,
    TemplateFieldUnfit,
    TemplateFieldUnknown,
    TemplateNotFound,
    TextProblem,
)
from infrastructure.documents.texts import Rendered, Texts
from tests.infrastructure.documents.letter_samples import FIELDS

SMS = FIELDS["ATTENDANCE_SMS"]
LETTER = FIELDS["LETTER_1_ATTENDANCE"]


def fill(texts: Texts, key: str, fields: Mapping[str, str | int], language: str = "en") -> Rendered:
    return texts.render(texts.find(key, language), fields)


def letter(texts: Texts, **changed: str | int) -> str:
    return fill(texts, "LETTER_1_ATTENDANCE", {**LETTER, **changed}).html or ""


def test_a_filled_text_says_which_template_made_it(texts: Texts) -> None:
    done = fill(texts, "ATTENDANCE_SMS", SMS)
    assert (done.template_key, done.template_version, done.language) == ("ATTENDANCE_SMS", 1, "en")
    assert done.template_hash == texts.find("ATTENDANCE_SMS", "en").sha256
    assert done.html is None
    assert done.text == (
        "Scoil Mhuire: Aoife has missed 15 school days this year. If we can help, please ring us"
        " on 01 234 5678. Thank you."
    )


@pytest.mark.parametrize("language", ["pl", "en-IE", "EN", "", "xx"])
def test_a_language_without_a_text_falls_back_to_english(texts: Texts, language: str) -> None:
    assert texts.find("ATTENDANCE_SMS", language).language == "en"


def test_irish_is_found_with_or_without_its_country(texts: Texts) -> None:
    assert texts.find("ATTENDANCE_SMS", "ga-IE").language == "ga"
    assert "chaill Aoife 15 lá scoile" in (fill(texts, "ATTENDANCE_SMS", SMS, "ga").text or "")


def test_an_unknown_key_or_version_is_named(texts: Texts) -> None:
    with pytest.raises(TemplateNotFound, match="LETTER_9 in ga"):
        texts.find("LETTER_9", "ga")
    with pytest.raises(TemplateNotFound):
        texts.find("ATTENDANCE_SMS", "en", version=99)


@pytest.mark.parametrize("key", sorted(FIELDS))
def test_each_missing_field_is_named_with_its_template(texts: Texts, key: str) -> None:
    template = texts.find(key, "en")
    for field in template.merge_fields.keys() - template.optional:
        fields = {name: value for name, value in FIELDS[key].items() if name != field}
        with pytest.raises(TemplateFieldMissing) as caught:
            texts.render(template, fields)
        assert (caught.value.field, caught.value.template) == (field, f"{key}/en/v1")
        assert str(caught.value) == f"template {key}/en/v1: field {field} is missing"


@pytest.mark.parametrize("nothing", ["", " ", "\n\t", "\u00a0"])
def test_an_empty_field_is_not_printed(texts: Texts, nothing: str) -> None:
    with pytest.raises(TemplateFieldEmpty, match="guardian_name is empty"):
        letter(texts, guardian_name=nothing)


def test_an_optional_field_may_be_absent_or_empty(texts: Texts) -> None:
    without = {name: value for name, value in LETTER.items() if name != "absence_dates"}
    absent = fill(texts, "LETTER_1_ATTENDANCE", without).html or ""
    assert absent == letter(texts, absence_dates="")
    assert "The days are" not in absent


def test_a_field_that_is_not_declared_is_refused(texts: Texts) -> None:
    with pytest.raises(TemplateFieldUnknown, match="field diagnosis is not declared"):
        letter(texts, diagnosis="asthma")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("days_missed", "15"),
        ("days_missed", True),
        ("days_missed", -1),
        ("days_missed", 10**9),
        ("guardian_name", 7),
        ("guardian_name", "x" * 201),
        ("guardian_name", "Nóra\nBcc: all@example.ie"),
        ("guardian_name", "Nóra\x00"),
        ("guardian_name", "Nóra \u202eneb"),
        ("guardian_name", "Nóra\ud800"),
        ("letter_on", "14/11/2025"),
        ("letter_on", "2025-02-30"),
        ("absence_dates", "2025-09-03,,2025-09-04"),
        ("guardian_address", "a\x1b[31m"),
    ],
)
def test_a_value_that_does_not_fit_is_named_but_not_quoted(
    texts: Texts, field: str, value: str | int
) -> None:
    with pytest.raises(TemplateFieldUnfit) as caught:
        letter(texts, **{field: value})
    assert (
        str(caught.value) == f"template LETTER_1_ATTENDANCE/en/v1: field {field} {caught.value.why}"
    )
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "value", [b"bytes", None, 1.5, ["list"], {"a": 1}, object(), str, len, 2 + 3j]
)
def test_only_plain_text_and_whole_numbers_reach_a_template(texts: Texts, value: object) -> None:
    with pytest.raises(TextProblem):
        letter(texts, guardian_name=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "</p></main></body>",
        "<img src=http://127.0.0.1/x>",
        "{{7*7}}",
        "{% for x in ().__class__ %}",
        "{{ ''.__class__.__mro__ }}",
        "&lt;b&gt;",
        "\"><style>@import 'x'</style>",
        "O'Brien & Sons",
    ],
)
def test_a_name_is_only_ever_text(texts: Texts, name: str) -> None:
    plain = letter(texts, student_first_name="Qqq")
    odd = letter(texts, student_first_name=name)
    assert plain.count("<") == odd.count("<")
    assert "49" not in odd
    assert ("{{" in odd) == ("{{" in name)


def test_names_keep_their_fadas_however_they_are_composed(texts: Texts) -> None:
    assert "Áine" in letter(texts, student_first_name="A\u0301ine")


def test_one_day_is_a_day(texts: Texts) -> None:
    assert "1 school day<" in letter(texts, days_missed=1)
    assert "missed 1 school day this" in (
        fill(texts, "ATTENDANCE_SMS", {**SMS, "days_missed": 1}).text or ""
    )


def test_dates_are_written_as_people_write_them(texts: Texts) -> None:
    said = letter(texts, absence_dates="2026-01-07, 2025-09-04,2025-09-03,2025-09-03,2025-12-19")
    assert "3 and 4 September; 19 December; 7 January." in said
    assert "14 November 2025" in said
    meeting = fill(texts, "MEETING_INVITATION", FIELDS["MEETING_INVITATION"]).html or ""
    assert "Tuesday 2 December 2025 at 2.30 pm" in meeting
    irish = fill(texts, "ATTENDANCE_EMAIL", FIELDS["ATTENDANCE_EMAIL"], "ga").text or ""
    assert "Idir 28 Lúnasa 2025 agus 13 Samhain 2025" in irish


def test_a_translated_letter_carries_its_source_on_the_same_paper(texts: Texts) -> None:
    """Trap 39, 001-142: source and translation together where rights hang on the words."""
    template = texts.find("LETTER_1_ATTENDANCE", "en")
    html = texts.render(template, LETTER, ("ga", "<p>Bunleagan</p>")).html or ""
    both = html.index('<div lang="en">'), html.index('<div lang="ga"><p>Bunleagan</p></div>')
    assert both == tuple(sorted(both))
    assert "<div lang=" not in (texts.render(template, LETTER).html or "")


def test_a_letter_to_a_family_of_unknown_language_offers_it_in_another(texts: Texts) -> None:
    """Trap 39: an English letter never stands alone; its frame offers another language."""
    assert "in another language" in letter(texts)
