"""A printed letter read back: its words, its language, its marks for screen readers."""
# ruff: noqa: RUF001 - names of people are made of the letters that they are made of

import re
from datetime import date
from typing import Any, cast

import pytest

from infrastructure.documents.errors import Cause, LetterFailed
from infrastructure.documents.letter_pdf import LetterPress
from infrastructure.documents.texts import Texts
from tests.infrastructure.documents.letter_samples import (
    FIELDS,
    LETTERS,
    ON,
    about,
    catalogue,
    read,
    words,
)


def printed(texts: Texts, press: LetterPress, key: str, **changed: str | int) -> bytes:
    done = texts.render(texts.find(key, "en"), {**FIELDS[key], **changed})
    return press.render(done.html or "", done.subject, done.language, ON)


@pytest.mark.parametrize("key", LETTERS)
def test_a_letter_is_one_page_with_every_name_in_full(
    texts: Texts, press: LetterPress, key: str
) -> None:
    pdf = printed(texts, press, key)
    said = words(pdf)
    assert len(read(pdf).pages) == 1
    for part in ("Dear Nóra Ní Bhriain,", "Aoife Ní Bhriain:", "15 school days", "Sráid an"):
        assert part in said
    assert "Eoin Ó Súilleabháin Principal" in said
    assert "Tá fáilte romhat scríobh chugainn" in said


@pytest.mark.parametrize("key", LETTERS)
def test_a_letter_is_marked_for_screen_readers(texts: Texts, press: LetterPress, key: str) -> None:
    pdf = printed(texts, press, key)
    root = catalogue(pdf)
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/StructTreeRoot" in root
    assert all("/StructParents" in page for page in read(pdf).pages)
    assert 'pdfuaid:part="1"' in about(pdf)


def test_the_title_is_ours_and_the_date_is_the_letters_own(
    texts: Texts, press: LetterPress
) -> None:
    meta = read(printed(texts, press, "LETTER_1_ATTENDANCE")).metadata
    assert meta is not None
    assert meta.title == "Attendance at school"
    assert (meta.creation_date_raw, meta.modification_date_raw) == ("D:20251114000000Z",) * 2


def test_nobody_is_named_in_what_a_file_says_about_itself(texts: Texts, press: LetterPress) -> None:
    said = about(printed(texts, press, "LETTER_1_ATTENDANCE"))
    assert not re.search("Aoife|Bhriain|Nóra|Cheallaigh|Súilleabháin", said)


def test_a_letter_says_nothing_about_itself_that_the_press_did_not_say(press: LetterPress) -> None:
    html = (
        "<html lang=xx><title>Aoife</title><meta name=author content=Aoife>"
        "<meta name=keywords content=Aoife><meta name=description content=Aoife>"
        "<meta name=generator content=Aoife><meta name=dcterms.created content=1999-01-01>"
        "<meta name=custom content=Aoife><p>Text"
    )
    pdf = press.render(html, "A letter", "ga", ON)
    assert catalogue(pdf)["/Lang"] == "ga"
    assert "Aoife" not in about(pdf)
    assert "1999-01" not in about(pdf)


@pytest.mark.parametrize(
    "name",
    [
        "Sadhbh Ó Dálaigh-Ní Mhuirí",
        "ÁÉÍÓÚ áéíóú",
        "Ḃḃ Ċċ Ḋḋ Ḟḟ Ġġ Ṁṁ Ṗṗ Ṡṡ Ṫṫ",
        "Łukasz Żółkiewski",
        "Jūratė Šimkutė",
        "Ștefan Țîrlea",
        "João Conceição",
        "Nguyễn Thị Hường",
        "Öykü Yıldırım İğdır",
        "Олександра Ґедзь",
        "Ελένη",
        "D'Arcy O’Neill",
    ],
)
def test_names_of_many_languages_are_printed(press: LetterPress, name: str) -> None:
    pdf = press.render(f"<p>{name}</p><p><b>{name}</b></p>", "Names", "en", ON)
    assert words(pdf) == f"{name} {name}"


@pytest.mark.parametrize(
    ("name", "point"), [("王芳", "U+738B"), ("محمد", "U+062D"), ("Zoë 😀", "U+1F600")]
)
def test_a_name_that_our_fonts_lack_is_refused_not_printed_as_boxes(
    press: LetterPress, name: str, point: str
) -> None:
    with pytest.raises(LetterFailed) as caught:
        press.render(f"<p>Dear {name}</p>", "Names", "en", ON)
    assert caught.value.cause is Cause.UNPRINTABLE
    assert point in caught.value.detail


def test_every_font_travels_with_the_letter_and_is_ours(texts: Texts, press: LetterPress) -> None:
    pdf = printed(texts, press, "LETTER_1_ATTENDANCE")
    names = set()
    for page in read(pdf).pages:
        for font in cast("Any", page)["/Resources"]["/Font"].values():
            (inner,) = font.get_object()["/DescendantFonts"]
            descriptor = inner.get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & descriptor.keys()
            names.add(descriptor["/FontFamily"])
    assert names == {"Letter", "Letterhead"}  # the names that our own style gives our own files


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "{{7*7}}", "</p></main>", "<img src='http://x/y'>"]
)
def test_a_name_with_markup_is_printed_as_it_is(
    texts: Texts, press: LetterPress, name: str
) -> None:
    pdf = printed(texts, press, "LETTER_1_ATTENDANCE", guardian_name=name)
    assert f"Dear {name}," in words(pdf)


def test_a_long_letter_takes_more_pages_and_numbers_them(texts: Texts, press: LetterPress) -> None:
    days = ",".join(date.fromordinal(ON.toordinal() - 3 * n).isoformat() for n in range(300))
    pdf = printed(texts, press, "LETTER_1_ATTENDANCE", absence_dates=days)
    assert len(read(pdf).pages) > 1
    assert "2 / " in read(pdf).pages[1].extract_text()


@pytest.mark.parametrize("language", ["", "english!", "en\n", "../x", "EN"])
def test_a_language_must_be_a_tag(press: LetterPress, language: str) -> None:
    with pytest.raises(ValueError, match="tag"):
        press.render("<p>x", "t", language, ON)
