"""Has a school's own text said in another language by software, for a person to review.

What goes out are the words between the gaps, never what fills them: a text is translated before
anybody's name is near it, and where a gap was stands a mark that the engine must give back. An
answer without exactly those marks is not believed.
"""

import re
from typing import Final, Protocol

import msgspec

from domain.shared.texts import TextKind, TranslationOf, Wording

_COUNTED: Final = re.compile(
    r"\{\{-?\s*(\w+)\s*\|\s*counted\(\s*([\"'])(?:.*?)\2\s*,\s*([\"'])(.*?)\3\s*\)\s*-?\}\}"
)
_GAP: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_MARK: Final = re.compile(r"\[\s*#\s*(\d+)\s*#\s*\]")


class TranslatorAway(Exception):
    """The engine gave no answer that could be believed; the cause is a code of ours."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(cause)


class Translator(Protocol):
    """One engine. Safe for use by many threads; it keeps nothing."""

    @property
    def name(self) -> str:
        """Its name in facts and in the cache."""
        ...

    def translate(self, text: str, source: str, target: str, *, html: bool) -> str:
        """Return a text in another language.

        Raises:
            TranslatorAway: when no whole answer came back.
        """
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class Held(msgspec.Struct, frozen=True):
    """A text with marks where its gaps were."""

    marked: str
    gaps: tuple[str, ...]


def held(text: str) -> Held:
    """Take the gaps out of a text. Words that a number chooses become the plain number."""
    plain = _COUNTED.sub(r"{{ \1 }} \4", text)
    gaps = tuple(_GAP.findall(plain))
    numbers = iter(range(len(gaps)))
    return Held(_GAP.sub(lambda _: f"[#{next(numbers)}#]", plain), gaps)


def freed(answer: str, gaps: tuple[str, ...]) -> str:
    """Put the gaps back where the engine left their marks.

    Raises:
        TranslatorAway: when a mark is missing, twice or new, or the answer has gaps of its own.
    """
    found = [int(number) for number in _MARK.findall(answer)]
    if sorted(found) != list(range(len(gaps))) or _GAP.search(answer) or "{{" in answer:
        raise TranslatorAway("MARKS_LOST")
    return _MARK.sub(lambda mark: gaps[int(mark[1])], answer)


def translated(translator: Translator, wording: Wording, language: str) -> tuple[str, str]:
    """Return subject and body in another language.

    Raises:
        TranslatorAway: when the engine gave no answer that could be believed.
    """
    subject = _one(translator, wording, wording.subject, language, html=False)
    html = wording.kind is TextKind.LETTER
    return subject, _one(translator, wording, wording.body, language, html=html)


def said_again(wording: Wording, language: str, engine: str, words: tuple[str, str]) -> Wording:
    """Return the draft of a translation: everything of its source but the words themselves."""
    subject, body = words
    of = TranslationOf(language=wording.language, source_hash=wording.sha256, engine=engine)
    return msgspec.structs.replace(
        wording,
        language=language,
        subject=subject,
        body=body,
        content_sid=None,  # a provider approves per language
        translation_of=of,
    )


def _one(translator: Translator, wording: Wording, text: str, language: str, *, html: bool) -> str:
    if not text.strip():
        return text
    kept = held(text)
    answer = translator.translate(kept.marked, wording.language, language, html=html)
    return freed(answer, kept.gaps)
