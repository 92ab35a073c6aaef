"""What is wrong with the words of a text: all at once, each with its place.

Whether the text can be filled in at all is looked at where it is filled in (the syntax, and the
fields that it uses); here stands what must not be said, and what must be said with it.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from domain.shared.texts import TextKind, Wording
from domain.template.fields import (
    FIELDS,
    LETTER_KEY_OF_MEETINGS,
    OF_MEETINGS,
    Field,
    FieldKind,
    Tells,
    needed,
)
from domain.template.telling import greets_nobody, law_words, special_words, superseded_words

KEY: Final = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+){0,7}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_PLACE: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_SID: Final = re.compile(r"HX[0-9a-fA-F]{32}")
_LONGEST_KEY: Final = 64
# Read on a locked screen by whoever passes.
_OPEN: Final = frozenset({TextKind.SMS, TextKind.WHATSAPP, TextKind.IN_APP})
_WITH_SUBJECT: Final = frozenset({TextKind.EMAIL, TextKind.LETTER, TextKind.IN_APP})
_SECRETS: Final = ("reason", "diagnos", "medical", "exempt", "code", "health", "illness", "need")


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong: where (as a path, and a line where there are many), what, and the words."""

    path: str
    code: str
    message: str
    line: int = 0

    @property
    def words(self) -> str:
        """All of it in one line, for people."""
        where = f"{self.path} line {self.line}" if self.line else self.path
        return f"{where}: {self.message}"

    def as_dict(self) -> dict[str, str]:
        """Return it as errors of answers are written."""
        return {"path": self.path, "code": self.code, "message": self.words}


def faults_of(wording: Wording) -> list[Fault]:
    """Say everything that is wrong with the words; empty when they may be said."""
    return [
        *_named(wording),
        *_subject(wording),
        *_fields(wording),
        *_body(wording),
        *_law(wording),
        *_provider(wording),
    ]


def warnings_of(wording: Wording) -> list[Fault]:
    """Say what somebody should look at before approving; it forbids nothing."""
    found = []
    if wording.kind not in _OPEN:
        found += [
            Fault("$.body", "special-words", f"“{word}” tells of health, origin or care", line)
            for line, text in _lines(wording.body)
            for word in special_words(text)
        ]
    if wording.kind is TextKind.WHATSAPP and wording.content_sid is None:
        words = "without the provider's template it is sent within 24 hours of a reply only"
        found.append(Fault("$.content_sid", "window-only", words))
    return found


def _named(wording: Wording) -> Iterator[Fault]:
    key = wording.key
    if not KEY.fullmatch(key) or len(key) > _LONGEST_KEY:
        yield Fault("$.key", "key-unfit", "write capitals, such as LETTER_1_ATTENDANCE")
    for word in special_words(key.replace("_", " ")):
        yield Fault("$.key", "special-words", f"“{word}” would stand in every log")
    if not _LANGUAGE.fullmatch(wording.language):
        yield Fault("$.language", "language-unfit", "write a language as ISO 639 does, such as ga")
    source = wording.translation_of
    if source is not None and source.language == wording.language:
        words = "a translation is in another language than its source"
        yield Fault("$.translation_of.language", "translation-same-language", words)


def _subject(wording: Wording) -> Iterator[Fault]:
    subject = wording.subject
    if wording.kind not in _WITH_SUBJECT:
        if subject:
            words = f"{wording.kind} has no subject: leave it empty"
            yield Fault("$.subject", "subject-unfit", words)
        return
    if not subject.strip():
        yield Fault("$.subject", "subject-missing", "say in a few words what it is about")
    if "\n" in subject:
        yield Fault("$.subject", "subject-unfit", "a subject is one line")
    for word in special_words(subject):
        words = f"“{word}” would be read by whoever sees the screen or the envelope"
        yield Fault("$.subject", "special-words", words)
    for name, field in FIELDS.items():
        if field.tells is not Tells.SCHOOL and re.search(rf"\b{name}\b", subject):
            words = f"{name} tells of a family: a subject names nobody"
            yield Fault("$.subject", "subject-names-somebody", words)


def _fields(wording: Wording) -> Iterator[Fault]:
    for name, kind in wording.merge_fields.items():
        path = f"$.merge_fields.{name}"
        field = FIELDS.get(name)
        if field is None:
            yield _unknown(path, name)
        elif wording.kind not in field.ways:
            words = f"{name} is not for {wording.kind}; it may be used in {_ways(field)}"
            yield Fault(path, "field-unfit", words)
        elif name in OF_MEETINGS and wording.key != LETTER_KEY_OF_MEETINGS:
            words = f"{name} is known in {LETTER_KEY_OF_MEETINGS} only"
            yield Fault(path, "field-unfit", words)
        elif needed(kind) is not field.kind:
            yield Fault(path, "field-kind", f"{name} is a {field.kind}: write {_written(field)}")
        elif field.sometimes and not kind.endswith("?"):
            words = f"{name} may be unknown: write {_written(field)} and say what is printed then"
            yield Fault(path, "field-kind", words)


def _unknown(path: str, name: str) -> Fault:
    if any(word in name.lower() for word in _SECRETS):
        words = f"{name}: why a child is away is never put into a text"
        return Fault(path, "field-special", words)
    return Fault(path, "field-unknown", f"no field is called {name}; there are {', '.join(FIELDS)}")


def _ways(field: Field) -> str:
    return ", ".join(sorted(field.ways))


def _written(field: Field) -> str:
    return f"{field.kind}?" if field.sometimes else str(FieldKind(field.kind))


def _body(wording: Wording) -> Iterator[Fault]:
    if not wording.body.strip():
        yield Fault("$.body", "body-empty", "there is nothing to say")
    for line, text in _lines(wording.body):
        if greets_nobody(text):
            words = "the greeting names nobody: write {{ guardian_name }} into it"
            yield Fault("$.body", "greeting-empty", words, line)
        if wording.kind in _OPEN:
            for word in special_words(text):
                words = f"“{word}” would be read by whoever holds the telephone: ask for a call"
                yield Fault("$.body", "special-words", words, line)


def _law(wording: Wording) -> Iterator[Fault]:
    said = list(law_words(f"{wording.subject}\n{wording.body}"))
    dated = wording.jurisdiction is not None and wording.valid_until is not None
    if (said or wording.legal_effect) and not dated:
        what = f"“{said[0]}” holds" if said else "rights and duties hold"
        words = f"{what} at one place until it is changed: write jurisdiction and valid_until"
        path = "$.jurisdiction" if wording.jurisdiction is None else "$.valid_until"
        yield Fault(path, "law-undated", words)
    if wording.jurisdiction is not None and not _PLACE.fullmatch(wording.jurisdiction):
        words = "write a place as ISO 3166 does, such as IE or US-CA"
        yield Fault("$.jurisdiction", "jurisdiction-unfit", words)
    for line, text in _lines(wording.body):
        for word in superseded_words(wording.jurisdiction, text):
            words = f"“{word}”: the law of {wording.jurisdiction} says this no longer"
            yield Fault("$.body", "law-superseded", words, line)


def _provider(wording: Wording) -> Iterator[Fault]:
    if wording.content_sid is None:
        return
    if wording.kind is not TextKind.WHATSAPP:
        words = "only WhatsApp asks for a provider's template"
        yield Fault("$.content_sid", "content-sid-unfit", words)
    elif not _SID.fullmatch(wording.content_sid):
        words = "write HX and 32 characters, as the provider names its template"
        yield Fault("$.content_sid", "content-sid-unfit", words)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    return enumerate(text.split("\n"), start=1)
