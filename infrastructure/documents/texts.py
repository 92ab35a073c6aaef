"""Shipped letter and message texts, and the one way to fill them."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import msgspec
from jinja2 import Template
from markupsafe import Markup

from domain.shared.texts import TextKind, Wording
from domain.template.fields import FieldKind
from infrastructure.documents.errors import (
    TemplateFieldEmpty,
    TemplateFieldMissing,
    TemplateFieldUnfit,
    TemplateFieldUnknown,
    TemplateForbidden,
    TemplateNotFound,
    TextTooLong,
)
from infrastructure.documents.merge_fields import LANGUAGES, Unfit, written
from infrastructure.documents.template_rules import compiled

SHIPPED: Final = Path(__file__).parent / "templates"
_FRAME: Final = "letter_frame.html"
_BOTH: Final = '<div lang="{}">{}</div>\n<hr>\n<div lang="{}">{}</div>'
_FRAME_OWN: Final = frozenset({"language", "title", "letter_body"})


LONGEST: Final = {
    TextKind.LETTER: 100_000,
    TextKind.EMAIL: 20_000,
    TextKind.SMS: 480,
    TextKind.WHATSAPP: 1024,
    TextKind.IN_APP: 2000,
}
"""Characters that a finished text may have."""


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
    """Hash of all that was written and, for a letter, of the frame around it."""
    subject: Template
    body: Template
    frame: Template | None
    wording: Wording
    """The words before anything is filled in."""
    own: bool = False
    """A school or a tenant wrote it; otherwise it is shipped."""

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
        self._versions: dict[tuple[str, TextKind, str], dict[int, TemplateVersion]] = {}
        self._kinds: dict[str, TextKind] = {}
        for template in versions:
            place = (template.key, template.kind, template.language)
            same = self._versions.setdefault(place, {})
            self._kinds.setdefault(template.key, template.kind)
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
        for tongue in (spoken(language), "en"):
            found = self.exactly(key, self._kinds.get(key, TextKind.LETTER), tongue, version)
            if found is not None:
                return found
        raise TemplateNotFound(key, language)

    def exactly(
        self, key: str, kind: TextKind, language: str, version: int | None = None
    ) -> TemplateVersion | None:
        """Return the newest version of a text in this language for this way, if there is one."""
        same = self._versions.get((key, kind, language), {})
        return same.get(max(same, default=0) if version is None else version)

    def newest(self) -> list[TemplateVersion]:
        """Return the newest version of every text."""
        return [same[max(same)] for _, same in sorted(self._versions.items())]

    def printed(
        self, template: TemplateVersion, fields: Mapping[str, str | int]
    ) -> dict[str, str | int]:
        """Return each declared field as it is printed, in the template's order.

        Raises:
            TemplateFieldError: a field is missing, unknown, empty or unfit; its class says which.
        """
        return _checked(template, fields)

    def render(
        self,
        template: TemplateVersion,
        fields: Mapping[str, str | int],
        beside: tuple[str, str] | None = None,
    ) -> Rendered:
        """Fill a template; every declared field must be there, and no other.

        `beside` is the language and the filled body of the source of a translated letter: where
        rights hang on the words, those that were approved first stand on the same paper.
        """
        values = _checked(template, fields)
        subject = template.subject.render(values)
        body = template.body.render(values)
        if template.frame is not None:
            if beside is not None:
                body = _BOTH.format(template.language, body, *beside)
            # The body was escaped while it was filled: it goes into the frame as it is.
            body = template.frame.render(
                values,
                language=template.language,
                title=subject,
                letter_body=Markup(body),  # noqa: S704
            )
        if len(body) > LONGEST[template.kind]:
            raise TextTooLong(template.name, LONGEST[template.kind])
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
        seen: dict[tuple[str, TextKind, int], TemplateVersion] = {}
        for same in self._versions.values():
            for template in same.values():
                other = seen.setdefault((template.key, template.kind, template.version), template)
                if (other.merge_fields, other.optional) != (
                    template.merge_fields,
                    template.optional,
                ):
                    raise TemplateForbidden(
                        template.name, f"declares other fields than {other.name}"
                    )


def spoken(language: str) -> str:
    """Return a language without its country: `ga` for `ga-IE`."""
    return language.partition("-")[0].lower()


def _read(folder: Path, entry: _Entry) -> TemplateVersion:
    name = f"{entry.key}/{entry.language}/v{entry.version}"
    if entry.version < 1:
        raise TemplateForbidden(name, "versions start at 1")
    source = (folder / entry.file).read_text(encoding="utf-8")
    frame = (folder / _FRAME).read_text("utf-8") if entry.kind is TextKind.LETTER else ""
    parts = (msgspec.json.encode(entry, order="sorted"), source.encode(), frame.encode())
    sha256 = hashlib.sha256(b"\0".join(parts)).hexdigest()
    words = Wording(
        key=entry.key,
        kind=entry.kind,
        language=entry.language,
        subject=entry.subject,
        body=source,
        merge_fields=entry.merge_fields,
    )
    made = _made(words, entry.version, frame)
    return msgspec.structs.replace(made, sha256=sha256)


def written_by_a_school(wording: Wording, version: int) -> TemplateVersion:
    """Return a school's own words, ready to be filled.

    Raises:
        TemplateForbidden: when they say what templates may not say.
    """
    letter = wording.kind is TextKind.LETTER
    frame = (SHIPPED / _FRAME).read_text("utf-8") if letter else ""
    made = _made(wording, version, frame)
    return msgspec.structs.replace(made, own=True)


def _made(words: Wording, version: int, frame_source: str) -> TemplateVersion:
    name = f"{words.key}/{words.language}/v{version}"
    if words.language not in LANGUAGES:
        raise TemplateForbidden(name, "the language has no names of months here")
    letter = words.kind is TextKind.LETTER
    subject, in_subject = compiled(name, words.subject, escape=False)
    body, in_body = compiled(name, words.body, escape=letter)
    frame, in_frame = compiled(name, frame_source, escape=True)
    undeclared = (in_subject | in_body | (in_frame - _FRAME_OWN)) - words.merge_fields.keys()
    if undeclared:
        raise TemplateForbidden(name, f"uses undeclared {', '.join(sorted(undeclared))}")
    kinds = {field: _kind(name, kind) for field, kind in words.merge_fields.items()}
    own = words.sha256
    return TemplateVersion(
        key=words.key,
        version=version,
        kind=words.kind,
        language=words.language,
        merge_fields=MappingProxyType(kinds),
        optional=frozenset(f for f, kind in words.merge_fields.items() if kind.endswith("?")),
        sha256=hashlib.sha256(f"{own}\0{frame_source}".encode()).hexdigest() if letter else own,
        subject=subject,
        body=body,
        frame=frame if letter else None,
        wording=words,
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
