"""What is wrong with a school's own text before anybody is asked to approve it: all at once.

The words themselves are looked at in the domain; here is what only filling in can tell, and what
a telephone network would charge for it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from domain.shared.texts import TextKind, Wording
from domain.template.faults import Fault, faults_of, warnings_of
from domain.template.fields import FIELDS, FieldKind
from infrastructure.documents.errors import TemplateForbidden, TextProblem, TextTooLong
from infrastructure.documents.merge_fields import LANGUAGES
from infrastructure.documents.template_rules import Use, is_plain, uses
from infrastructure.documents.texts import LONGEST, Rendered, Texts, written_by_a_school

_PARTS: Final = ("subject", "body")
_LONG_NAME: Final = 40
# What the frame of every letter prints around the words.
FRAME_FIELDS: Final = (
    *("school_name", "school_address", "school_phone", "guardian_name", "guardian_address"),
    *("letter_on", "principal_name", "letter_reference"),
)
# Strict on purpose: a browser and a printer disagree on everything that is not this plain.
_TAGS: Final = (
    "p",
    "h1",
    "h2",
    "h3",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "strong",
    "em",
    "br",
    "hr",
)
_TAG: Final = re.compile(f'</?(?:{"|".join(_TAGS)})>|<p class="appointment">')


def every_fault(wording: Wording) -> list[Fault]:
    """Say everything that is wrong with a text; empty when it could be approved as it is."""
    found = [*faults_of(wording), *_language(wording)]
    used: list[Use] = []
    for part in _PARTS:
        try:
            here = uses(wording.key, getattr(wording, part))
        except TemplateForbidden as error:
            found.append(Fault(f"$.{part}", "syntax-forbidden", error.reason, error.line))
            continue
        found += _unguarded(wording, part, here)
        used += here
        if part == "body" and wording.kind is TextKind.WHATSAPP and not is_plain(wording.body):
            words = "the provider fills in values only: no condition, no counted words"
            found.append(Fault("$.body", "whatsapp-computes", words))
    found += _missing(wording, used)
    found += _markup(wording)
    return found or [*_fills(wording)]


def every_warning(wording: Wording) -> list[Fault]:
    """Say what somebody should look at before approving."""
    found = warnings_of(wording)
    try:
        used = {use.field for part in _PARTS for use in uses("", getattr(wording, part))}
    except TemplateForbidden:
        return found  # its fault says so
    frame = FRAME_FIELDS if wording.kind is TextKind.LETTER else ()
    for name in wording.merge_fields.keys() - used - set(frame):
        found.append(Fault(f"$.merge_fields.{name}", "field-unused", f"{name} is not used"))
    return found


def made_up(wording: Wording, **instead: str | int) -> dict[str, str | int]:
    """Return a value for each declared field: nobody's."""
    values = {name: FIELDS[name].made_up for name in wording.merge_fields if name in FIELDS}
    return values | {name: value for name, value in instead.items() if name in values}


def filled(wording: Wording, fields: Mapping[str, str | int]) -> Rendered:
    """Fill a school's own text, as it would be sent.

    Raises:
        TextProblem: when it cannot be filled.
    """
    return Texts(()).render(written_by_a_school(wording, 1), fields)


def _language(wording: Wording) -> Iterator[Fault]:
    if wording.language not in LANGUAGES:
        words = f"dates can be written in {', '.join(sorted(LANGUAGES))}"
        yield Fault("$.language", "language-unknown", words)


def _unguarded(wording: Wording, part: str, used: tuple[Use, ...]) -> Iterator[Fault]:
    """An optional field printed without asking leaves the gap of "has missed days"."""
    for use in used:
        optional = wording.merge_fields.get(use.field, "").endswith("?")
        if optional and use.printed and use.field not in use.asked:
            words = f"{use.field} may be empty: ask for it with {{% if {use.field} %}} first"
            yield Fault(f"$.{part}", "field-may-be-empty", words, use.line)


def _missing(wording: Wording, used: list[Use]) -> Iterator[Fault]:
    for use in {use.field: use for use in reversed(used)}.values():
        if use.field not in wording.merge_fields:
            known = FIELDS.get(use.field)
            kind = f"write {known.kind}" if known else "no field is called so"
            words = f"{use.field} is used and not declared in merge_fields: {kind}"
            yield Fault(f"$.merge_fields.{use.field}", "field-missing", words, use.line)
    if wording.kind is TextKind.LETTER:
        for name in FRAME_FIELDS:
            if name not in wording.merge_fields:
                kind = f"{FIELDS[name].kind}{'?' if FIELDS[name].sometimes else ''}"
                words = f"{name} is printed around every letter: declare it as {kind}"
                yield Fault(f"$.merge_fields.{name}", "field-missing", words)


def _markup(wording: Wording) -> Iterator[Fault]:
    if wording.kind is not TextKind.LETTER:
        return
    for line, text in enumerate(wording.body.split("\n"), start=1):
        if "<" in _TAG.sub("", text) or ">" in _TAG.sub("", text):
            words = (
                "a letter may have p, h1, h2, h3, ul, ol, li, strong, em, br and hr, as they are"
            )
            yield Fault("$.body", "markup-forbidden", words, line)


def _fills(wording: Wording) -> Iterator[Fault]:
    """Fill it in once: what goes wrong here would have gone wrong at the first family."""
    for values in (made_up(wording), _long_names(wording)):
        try:
            filled(wording, values)
        except TextTooLong:
            room = f"{wording.kind} has room for {LONGEST[wording.kind]} characters"
            yield Fault("$.body", "too-long", f"with long names it does not fit: {room}")
            return
        except TextProblem as error:
            yield Fault("$.body", "cannot-be-filled", str(error))
            return


def _long_names(wording: Wording) -> dict[str, str | int]:
    """Return values of the longest family that has to fit."""
    values = made_up(wording)
    texts = [name for name in values if FIELDS[name].kind is FieldKind.TEXT]
    return values | dict.fromkeys(texts, "M" * _LONG_NAME)
