"""A text is translated before anybody's name is near it; its gaps come back where they belong."""

from contextlib import closing
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.texts import TextKind, Wording
from infrastructure.documents.libre_translate import LibreTranslate
from infrastructure.documents.text_checks import every_fault, filled, made_up
from infrastructure.documents.translating import (
    TranslatorAway,
    freed,
    held,
    said_again,
    translated,
)
from infrastructure.http.guarded import GuardedHttp
from tests.support import engines
from tests.support.examples import WORDING

LEGAL: Final = msgspec.structs.replace(WORDING, content_sid=None)
NAMES: Final = st.text("abcdefghijklmnoprstuvwyzÁÉÍÓÚáéíóúłżźćąę", min_size=4, max_size=12)


class Remembering:
    """An engine of this test's own: it changes words, keeps marks and remembers what it saw."""

    name = "TEST"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def translate(self, text: str, source: str, target: str, *, html: bool) -> str:
        self.seen += [text, source, target, str(html)]
        return text.replace("Ring", "Dzwoń")

    def close(self) -> None: ...


def engine_at(url: str) -> LibreTranslate:
    return LibreTranslate(GuardedHttp(url, read_for=2.0), "key-1")


def test_the_server_is_asked_as_its_protocol_says() -> None:
    with engines.translating() as server, closing(engine_at(server.url)) as engine:
        assert engine.translate("Ring us", "en", "pl", html=False) == "[pl] Ring us"
        engine.translate("<p>a</p>", "en", "ga", html=True)
    first, second = server.asked
    assert first == {
        "path": "/translate",
        "q": "Ring us",
        "source": "en",
        "target": "pl",
        "format": "text",
        "api_key": "key-1",
    }
    assert (second["format"], second["target"]) == ("html", "ga")


@pytest.mark.parametrize(
    ("manner", "cause"),
    [
        (engines.BUSY, "BUSY"),
        (engines.REFUSES, "REFUSED_400"),
        (engines.GARBAGE, "UNREADABLE_ANSWER"),
        (engines.CUTS, "CONNECTION_LOST"),
        (engines.LOSES_MARKS, "MARKS_LOST"),
    ],
)
def test_an_answer_that_cannot_be_believed_is_none(manner: str, cause: str) -> None:
    with (
        engines.translating(manner) as server,
        closing(engine_at(server.url)) as engine,
        pytest.raises(TranslatorAway, match=cause),
    ):
        translated(engine, WORDING, "pl")


def test_a_server_that_is_not_there_is_told_from_one_that_says_no() -> None:
    with engines.translating() as server:
        url = server.url
    with closing(engine_at(url)) as engine, pytest.raises(TranslatorAway, match="NOT_REACHED"):
        engine.translate("a", "en", "pl", html=False)


def test_a_translation_keeps_every_gap_and_says_of_what_it_is() -> None:
    """Trap 39: source and translation are kept together, by the hash of the source."""
    with engines.translating() as server, closing(engine_at(server.url)) as engine:
        words = said_again(WORDING, "pl", engine.name, translated(engine, WORDING, "pl"))
    assert words.translation_of is not None
    assert (words.translation_of.language, words.translation_of.engine) == ("en", "LIBRE_TRANSLATE")
    assert words.translation_of.source_hash == WORDING.sha256
    assert every_fault(words) == []
    assert (filled(words, made_up(words)).text or "").startswith("[pl] Lakeside School: Ella")


@pytest.mark.parametrize(
    ("text", "marked", "gaps"),
    [
        ("Hi {{ a }}!", "Hi [#0#]!", ("{{ a }}",)),
        (
            '{{ n | counted("school day", "school days") }} missed',
            "[#0#] school days missed",
            ("{{ n }}",),
        ),
        (
            "{% if a %}x{{ a }}{% endif %}",
            "[#0#]x[#1#][#2#]",
            ("{% if a %}", "{{ a }}", "{% endif %}"),
        ),
    ],
)
def test_gaps_become_marks(text: str, marked: str, gaps: tuple[str, ...]) -> None:
    kept = held(text)
    assert (kept.marked, kept.gaps) == (marked, gaps)
    assert freed(marked.replace("#", " # "), gaps) == freed(marked, gaps)


@pytest.mark.parametrize("answer", ["nothing", "[#0#] [#0#]", "[#0#] [#1#]", "[#0#] {{ x }}"])
def test_an_engine_that_loses_doubles_or_invents_a_gap_is_not_believed(answer: str) -> None:
    with pytest.raises(TranslatorAway, match="MARKS_LOST"):
        freed(answer, ("{{ a }}",))


def sent(wording: Wording, values: dict[str, Any], *, hasty: bool) -> str:
    """Translate and fill; a hasty house would fill first. Return all that the engine saw."""
    engine = Remembering()
    if hasty:
        text = filled(wording, values).text or ""
        engine.translate(text, wording.language, "pl", html=False)
    else:
        words = said_again(wording, "pl", engine.name, translated(engine, wording, "pl"))
        assert all(str(value) in (filled(words, values).text or "") for value in values.values())
    return "\n".join(engine.seen)


def tells_of_a_child(first: str, school: str, *, hasty: bool) -> bool:
    fields = {"student_first_name": "text", "school_name": "text"}
    words = msgspec.structs.replace(
        WORDING, body="{{ school_name }}: {{ student_first_name }}. Ring.", merge_fields=fields
    )
    values = {"student_first_name": f"{first}-pupil", "school_name": f"{school}-school"}
    seen = sent(words, values, hasty=hasty)
    return any(value in seen for value in values.values())


@given(NAMES, NAMES)
def test_no_pupils_data_ever_reaches_the_engine(first: str, school: str) -> None:
    """000-020, DOMAIN 8: placeholders stay placeholders, whatever fills them later."""
    assert not tells_of_a_child(first, school, hasty=False)


def test_a_house_that_filled_before_it_translated_would_be_found() -> None:
    assert tells_of_a_child("Ella", "Lakeside", hasty=True)


def test_a_letter_goes_out_as_markup() -> None:
    engine = Remembering()
    letter = msgspec.structs.replace(
        WORDING, kind=TextKind.LETTER, subject="School", body="<p>Ring</p>", merge_fields={}
    )
    assert translated(engine, letter, "pl") == ("School", "<p>Dzwoń</p>")
    assert engine.seen == ["School", "en", "pl", "False", "<p>Ring</p>", "en", "pl", "True"]
