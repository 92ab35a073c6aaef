"""Shipped letter and message texts, and the one way to fill them."""

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import msgspec
from jinja2 import Template
from markupsafe import Markup

from infrastructure.documents.errors import (
    TemplateFieldEmpty,
    TemplateFieldMissing,
    TemplateFieldUnfit,
    TemplateFieldUnknown,
    TemplateForbidden,
    TemplateNotFound,
    TextTooLong,
)
from infrastructure.documents.merge_fields import LANGUAGES, FieldKind, Unfit, written
from infrastructure.documents.template_rules import compiled

SHIPPED: Final = Path(__file__).parent / "templates"
_FRAME: Final = "letter_frame.html"
_FRAME_OWN: Final = frozenset({"language", "title", "letter_body"})


class TextKind(StrEnum):
    """What a template becomes."""

    LETTER = "LETTER"
    SMS = "SMS"
    EMAIL = "EMAIL"


_LONGEST: Final = {TextKind.LETTER: 100_000, TextKind.EMAIL: 20_000, TextKind.SMS: 480}


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    version: int
    kind: TextKind
    language: str
    file: str
    subject: str
    merge_fields: dict[str, str]


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    templates: list[_Entry]


class TemplateVersion(msgspec.Struct, frozen=True):
    """One text in one language. It is never edited: a change is a new version."""

    key: str
    version: int
    kind: TextKind
    language: str
    merge_fields: Mapping[str, FieldKind]
    optional: frozenset[str]
    """Fields that may be left out; the template says what it prints without them."""
    sha256: str
    """Hash of the manifest entry, the text and, for a letter, the frame around it."""
    subject: Template
    body: Template
    frame: Template | None

    @property
    def name(self) -> str:
        """How errors and logs name it."""
        return f"{self.key}/{self.language}/v{self.version}"


class Rendered(msgspec.Struct, frozen=True):
    """A finished text, with what an auditor needs to make it again."""

    template_key: str
    template_version: int
    template_hash: str
    kind: TextKind
    language: str
    subject: str
    """Subject of an e-mail, title of a letter; empty for an SMS. Never names a child."""
    text: str | None
    html: str | None


class Texts:
    """All templates of one folder."""

    def __init__(self, versions: Iterable[TemplateVersion]) -> None:
        self._versions: dict[tuple[str, str], dict[int, TemplateVersion]] = {}
        for template in versions:
            same = self._versions.setdefault((template.key, template.language), {})
            if template.version in same:
                raise TemplateForbidden(template.name, "is in the manifest twice")
            same[template.version] = template
        self._check_languages_agree()

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> Self:
        """Read and check every template of the folder; a bad one stops the start."""
        manifest = msgspec.json.decode((folder / "templates.json").read_bytes(), type=_Manifest)
        return cls(_read(folder, entry) for entry in manifest.templates)

    def find(self, key: str, language: str, version: int | None = None) -> TemplateVersion:
        """Return the newest version, or the one asked for; in English when there is no other."""
        for tongue in (language.partition("-")[0].lower(), "en"):
            same = self._versions.get((key, tongue), {})
            found = same.get(max(same, default=0) if version is None else version)
            if found is not None:
                return found
        raise TemplateNotFound(key, language)

    def printed(
        self, template: TemplateVersion, fields: Mapping[str, str | int]
    ) -> dict[str, str | int]:
        """Return each declared field as it is printed, in the template's order.

        Raises:
            TemplateFieldError: a field is missing, unknown, empty or unfit; its class says which.
        """
        return _checked(template, fields)

    def render(self, template: TemplateVersion, fields: Mapping[str, str | int]) -> Rendered:
        """Fill a template; every declared field must be there, and no other."""
        values = _checked(template, fields)
        subject = template.subject.render(values)
        body = template.body.render(values)
        if template.frame is not None:
            # The body was escaped while it was filled: it goes into the frame as it is.
            body = template.frame.render(
                values,
                language=template.language,
                title=subject,
                letter_body=Markup(body),  # noqa: S704
            )
        if len(body) > _LONGEST[template.kind]:
            raise TextTooLong(template.name, _LONGEST[template.kind])
        return Rendered(
            template_key=template.key,
            template_version=template.version,
            template_hash=template.sha256,
            kind=template.kind,
            language=template.language,
            subject=subject,
            text=None if template.kind is TextKind.LETTER else body,
            html=body if template.kind is TextKind.LETTER else None,
        )

    def _check_languages_agree(self) -> None:
        """A caller gathers fields by key, before it knows in which language the text will be."""
        seen: dict[tuple[str, int], TemplateVersion] = {}
        for same in self._versions.values():
            for template in same.values():
                other = seen.setdefault((template.key, template.version), template)
                if (other.kind, other.merge_fields, other.optional) != (
                    template.kind,
                    template.merge_fields,
                    template.optional,
                ):
                    raise TemplateForbidden(
                        template.name, f"declares other fields than {other.name}"
                    )


def _read(folder: Path, entry: _Entry) -> TemplateVersion:
    name = f"{entry.key}/{entry.language}/v{entry.version}"
    if entry.language not in LANGUAGES:
        raise TemplateForbidden(name, "the language has no names of months here")
    if entry.version < 1:
        raise TemplateForbidden(name, "versions start at 1")
    letter = entry.kind is TextKind.LETTER
    source = (folder / entry.file).read_text(encoding="utf-8")
    frame_source = (folder / _FRAME).read_text(encoding="utf-8") if letter else ""
    subject, in_subject = compiled(name, entry.subject, escape=False)
    body, in_body = compiled(name, source, escape=letter)
    frame, in_frame = compiled(name, frame_source, escape=True)
    undeclared = (in_subject | in_body | (in_frame - _FRAME_OWN)) - entry.merge_fields.keys()
    if undeclared:
        raise TemplateForbidden(name, f"uses undeclared {', '.join(sorted(undeclared))}")
    kinds = {field: _kind(name, kind) for field, kind in entry.merge_fields.items()}
    parts = (msgspec.json.encode(entry, order="sorted"), source.encode(), frame_source.encode())
    return TemplateVersion(
        key=entry.key,
        version=entry.version,
        kind=entry.kind,
        language=entry.language,
        merge_fields=MappingProxyType(kinds),
        optional=frozenset(f for f, kind in entry.merge_fields.items() if kind.endswith("?")),
        sha256=hashlib.sha256(b"\0".join(parts)).hexdigest(),
        subject=subject,
        body=body,
        frame=frame if letter else None,
    )


def _kind(name: str, kind: str) -> FieldKind:
    try:
        return FieldKind(kind.removesuffix("?"))
    except ValueError as error:
        raise TemplateForbidden(name, f"{kind} is no kind of field") from error


def _checked(template: TemplateVersion, fields: Mapping[str, str | int]) -> dict[str, str | int]:
    """Return the values as they are printed, or name the first field that is wrong."""
    for field in sorted(fields.keys() - template.merge_fields.keys()):
        raise TemplateFieldUnknown(template.name, field)
    values: dict[str, str | int] = {}
    for field, kind in template.merge_fields.items():
        if field not in fields:
            if field not in template.optional:
                raise TemplateFieldMissing(template.name, field)
            values[field] = ""
            continue
        values[field] = _one(template, field, kind, fields[field])
    return values


def _one(template: TemplateVersion, field: str, kind: FieldKind, value: str | int) -> str | int:
    if isinstance(value, str) and not value.strip():
        if field in template.optional:
            return ""
        raise TemplateFieldEmpty(template.name, field)
    try:
        return written(kind, value, template.language)
    except Unfit:
        # The cause is cut off: its message could hold the value.
        raise TemplateFieldUnfit(template.name, field) from None
