"""What every shipped text says, and what none of them may say."""

import json
import re
from pathlib import Path

import pytest

from domain.shared.texts import TextKind
from infrastructure.channels.sms_parts import Alphabet, sms_size
from infrastructure.documents.texts import SHIPPED, Texts
from tests.infrastructure.documents.letter_samples import FIELDS, LETTERS

KEYS = sorted(FIELDS)
MANIFEST = json.loads((SHIPPED / "templates.json").read_text(encoding="utf-8"))["templates"]
GOLDEN = Path(__file__).parent / "template_hashes.json"


def spoken(texts: Texts, key: str, language: str = "en") -> str:
    done = texts.render(texts.find(key, language), FIELDS[key])
    return f"{done.subject}\n{done.html or done.text}"


def test_a_shipped_version_is_never_edited(texts: Texts) -> None:
    """A letter must print again to the same bytes: a change is a new file with a new version.

    Before the first release of a version its hash may be replaced here.
    """
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    found = {
        f"{entry['key']}/{entry['language']}/v{entry['version']}": texts.find(
            entry["key"], entry["language"], entry["version"]
        ).sha256
        for entry in MANIFEST
    }
    assert found == golden


def test_every_key_has_a_sample_and_every_file_is_in_the_manifest() -> None:
    assert {entry["key"] for entry in MANIFEST} == set(KEYS)
    files = {path.name for path in SHIPPED.iterdir()}
    assert files == {entry["file"] for entry in MANIFEST} | {
        "templates.json",
        "letter_frame.html",
    }


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", ["en", "ga"])
def test_no_text_threatens_counts_in_percent_or_names_a_fine(
    texts: Texts, key: str, language: str
) -> None:
    said = re.sub(r"<[^>]+>", " ", spoken(texts, key, language)).lower()
    assert "15 school days" in said or "15 lá scoile" in said
    forbidden = (
        r"%|percent|€|£|\beuro\b|\bfine\b|\bfined\b|\bcourt\b|prosecut|penalt|truan|offence|"
        r"legal action|\bmust\b|warning|diagnos|unauthorised|fíneáil|cúirt"
    )
    assert re.findall(forbidden, said) == []


@pytest.mark.parametrize("key", LETTERS)
def test_every_letter_says_who_receives_what_and_offers_help(texts: Texts, key: str) -> None:
    said = spoken(texts, key)
    assert "Who receives what" in said
    assert "would like to" in said
    assert "another language" in said


@pytest.mark.parametrize("key", ["LETTER_1_ATTENDANCE", "LETTER_2_ATTENDANCE"])
def test_letters_explain_the_report_at_twenty_days(texts: Texts, key: str) -> None:
    """Letters that only say "we must report at 20" hurt families of ill children."""
    said = " ".join(spoken(texts, key).split())
    assert "every school in Ireland reports" in said
    assert "Days missed through illness are counted too" in said
    assert "it usually leads to nothing further" in said


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", ["en", "ga"])
def test_no_subject_or_title_names_a_person(texts: Texts, key: str, language: str) -> None:
    subject = texts.render(texts.find(key, language), FIELDS[key]).subject
    assert not re.search("Aoife|Bhriain|Nóra", subject)


def test_the_sms_names_the_child_by_first_name_only(texts: Texts) -> None:
    for language in ("en", "ga"):
        template = texts.find("ATTENDANCE_SMS", language)
        assert "student_name" not in template.merge_fields
        assert template.kind is TextKind.SMS


def test_the_english_sms_is_one_part_with_plain_names(texts: Texts) -> None:
    fields = {**FIELDS["ATTENDANCE_SMS"], "school_name": "St Joseph's National School Cahir"}
    text = texts.render(texts.find("ATTENDANCE_SMS", "en"), fields).text
    size = sms_size(text or "")
    assert (size.alphabet, size.parts) == (Alphabet.GSM_7, 1)


def test_the_irish_sms_keeps_its_fadas_in_two_parts(texts: Texts) -> None:
    text = texts.render(texts.find("ATTENDANCE_SMS", "ga"), FIELDS["ATTENDANCE_SMS"]).text
    assert text is not None
    assert "15 lá scoile" in text
    assert sms_size(text).parts == 2


def test_no_text_leaves_a_gap_where_a_field_should_be(texts: Texts) -> None:
    for entry in MANIFEST:
        said = spoken(texts, entry["key"], entry["language"])
        assert "{" not in said
        assert "None" not in said
        assert not re.search(r"Dear\s*,|missed\s*\.", said)
