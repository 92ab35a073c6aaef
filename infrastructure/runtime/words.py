"""Which words say a thing: a school's own, the tenant's, or those that are shipped.

A family's language comes first, then the language that the house falls back to; in each of them the
school's own approved words, then the tenant's, then the shipped ones. Words whose law is over are
passed over. So are translations of a text with legal effect whose source says something else by
now: families then get the source itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import structlog

from domain.shared.ids import SchoolId, TenantId
from domain.shared.texts import LockScope, TextKind
from infrastructure.clock import school_now
from infrastructure.documents.errors import TemplateForbidden, TemplateNotFound
from infrastructure.documents.texts import TemplateVersion, Texts, spoken, written_by_a_school
from infrastructure.store import reads
from infrastructure.store.database import Connection
from projections import templates
from projections.templates import TemplateRow

log = structlog.get_logger()
_KEPT: Final = 1024
_CARRIED: Final = {kind: (kind, TextKind.SMS) for kind in (TextKind.WHATSAPP, TextKind.IN_APP)}
"""Ways that carry words written for another one, where nobody has written any for them."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The words, and those that they translate: source and translation are kept together."""

    template: TemplateVersion
    source: TemplateVersion | None = None

    @property
    def printed_beside(self) -> TemplateVersion | None:
        """The source, where rights or duties hang on the words."""
        return self.source if self.template.wording.legal_effect else None


def keys_of(key: str, kind: TextKind) -> tuple[str, ...]:
    """Return under which keys a text may be said this way, the best first.

    Keys end in their way: what ATTENDANCE_SMS says by telephone, ATTENDANCE_EMAIL says by mail.
    """
    way = next((one for one in TextKind if key.endswith(f"_{one}") and one is not kind), None)
    return (key,) if way is None else (key, f"{key.removesuffix(way)}{kind}")


class Words:
    """Chooses words. Safe for use by many threads: what it keeps never changes."""

    def __init__(self, texts: Texts, fallback: str) -> None:
        self.texts = texts
        self.fallback = fallback
        self._made: dict[tuple[str, int], TemplateVersion] = {}

    def choose(
        self,
        conn: Connection,
        tenant: TenantId,
        school: SchoolId | None,
        key: str,
        kind: TextKind,
        language: str,
    ) -> Chosen:
        """Return the words for a family of a school; for no school, those of the whole tenant.

        Raises:
            TemplateNotFound: when nobody has ever written any that can be said this way.
        """
        keys = keys_of(key, kind)
        asked = {"tenant": tenant, "school": school, "keys": list(keys), "kind": str(kind)}
        rows = reads.documents(conn, templates.APPROVED, TemplateRow, asked)
        today = school_now(conn).date() if rows else date.min
        usable = [row for row in rows if self._is_usable(row, rows, today)]
        for one in keys:
            for tongue in dict.fromkeys((spoken(language), self.fallback)):
                if (own := _first(usable, one, tongue)) is not None:
                    return Chosen(self._version(own), self._source(own, rows))
                shipped = self.texts.exactly(one, kind, tongue)
                if shipped is not None and (tongue == self.fallback or not _legal(usable, one)):
                    return Chosen(shipped)
        found = self.texts.find(key, language)
        if found.kind not in _CARRIED.get(kind, (kind,)):
            raise TemplateNotFound(key, language)
        return Chosen(found)

    def _is_usable(self, row: TemplateRow, rows: Sequence[TemplateRow], today: date) -> bool:
        words = row.wording
        if words.valid_until is not None and words.valid_until < today:
            return False
        if row.school_id is not None and _is_locked(rows, row.text_key):
            return False
        stale = words.translation_of is not None and self._source(row, rows) is None
        return self._can_be_filled(row) and not (words.legal_effect and stale)

    def _can_be_filled(self, row: TemplateRow) -> bool:
        """Say whether this release can still fill a text that an older one took in."""
        try:
            self._version(row)
        except TemplateForbidden as error:
            log.warning("text cannot be filled", template=error.template, why=error.reason)
            return False
        return True

    def _source(self, row: TemplateRow, rows: Sequence[TemplateRow]) -> TemplateVersion | None:
        """Return the words that a translation says again, as long as they still say the same."""
        of = row.wording.translation_of
        if of is None:
            return None
        for other in rows:
            same = other.language == of.language and other.content_hash == of.source_hash
            if same and self._can_be_filled(other):
                return self._version(other)
        shipped = self.texts.exactly(row.text_key, row.kind, of.language)
        if shipped is None or shipped.wording.sha256 != of.source_hash:
            return None
        return shipped

    def _version(self, row: TemplateRow) -> TemplateVersion:
        place = row.content_hash, row.version
        made = self._made.get(place)
        if made is None:
            if len(self._made) >= _KEPT:
                self._made = {}
            made = self._made[place] = written_by_a_school(row.wording, row.version)
        return made


def _first(usable: Sequence[TemplateRow], key: str, language: str) -> TemplateRow | None:
    """Return the school's own words, else the tenant's."""
    found = list(_those(usable, key, language))
    return next((row for row in found if row.school_id is not None), found[0] if found else None)


def _those(usable: Sequence[TemplateRow], key: str, language: str) -> Iterator[TemplateRow]:
    return (row for row in usable if (row.text_key, row.language) == (key, language))


def _is_locked(rows: Sequence[TemplateRow], key: str) -> bool:
    return any(
        row.text_key == key
        and row.school_id is None
        and row.wording.lock is LockScope.DISTRICT_ONLY
        for row in rows
    )


def _legal(usable: Sequence[TemplateRow], key: str) -> bool:
    """Say whether rights hang on what the place itself says: shipped words do not stand in."""
    return any(row.text_key == key and row.wording.legal_effect for row in usable)
