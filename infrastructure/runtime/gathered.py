"""What the messages of one claim need to know, asked once for all of them in one transaction.

Composing asks for the same few things for each message. One by one they cost a sender a dozen
round trips a message; together they cost the same dozen for a hundred of them.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from domain.contact_choice.aggregate import ContactChoice
from domain.contact_choice.commands import contact_choice_id
from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.events import RunStarted
from domain.shared.ids import GuardianId, RunId, SchoolId, StudentId, TenantId
from domain.shared.texts import TextKind
from infrastructure.register import reads as register
from infrastructure.runtime.leaving import Leaving
from infrastructure.runtime.words import Chosen, Words
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Ledger
from infrastructure.vault.contact_index import remember_many
from infrastructure.vault.entry import Entry
from infrastructure.vault.vault import Vault

_OF_STUDENTS: Final = (
    "select distinct student, guardian from guardian_link where tenant = %s and student = any(%s)"
)


class Gathered:
    """Of one tenant. What is to be kept is kept by `keep`, once for all, in the end."""

    def __init__(
        self,
        conn: Connection,
        tenant: TenantId,
        vault: Vault,
        ledger: Ledger,
        words: Words,
        rows: Sequence[Leaving],
    ) -> None:
        self.conn = conn
        self.tenant = tenant
        self.vault = vault
        self._ledger = ledger
        self._words = words
        self._rows = rows
        self._chosen: dict[tuple[SchoolId, str, TextKind, str], Chosen] = {}
        self._more: dict[GuardianId, ContactChoice] = {}
        self._numbers: list[tuple[str, GuardianId]] = []
        self._entries: dict[UUID, Entry] = {}

    @cached_property
    def known(self) -> Mapping[UUID, Mapping[str, Any]]:
        """What the vault says of all who are named, and the words that are frozen already."""
        wanted: set[UUID] = {one for others in self.guardians.values() for one in others}
        for row in self._rows:
            wanted |= {row.student_id, row.guardian_id, row.words_id}
            wanted |= {one.student_id for one in row.also}
        return self.vault.get_many(self.conn, self.tenant, wanted)

    @cached_property
    def guardians(self) -> Mapping[StudentId, Collection[GuardianId]]:
        """Everybody who was ever linked to each pupil."""
        students = list({row.student_id for row in self._rows})
        found: dict[StudentId, set[GuardianId]] = {one: set() for one in students}
        for student, guardian in self.conn.execute(_OF_STUDENTS, (self.tenant, students)):
            found[student].add(guardian)
        return found

    @cached_property
    def _runs(self) -> Mapping[UUID, PlaybookRun]:
        own = {row.run_id for row in self._rows}
        beside = {one.step.run_id for row in self._rows for one in row.also}
        return self._ledger.load_many(self.conn, PlaybookRun, own | beside)

    @cached_property
    def _choices(self) -> Mapping[UUID, ContactChoice]:
        asked = {contact_choice_id(row.guardian_id) for row in self._rows}
        return self._ledger.load_many(self.conn, ContactChoice, asked)

    @cached_property
    def _schools(self) -> Mapping[SchoolId, str]:
        return {one.school: one.name for one in register.schools(self.conn, self.tenant)}

    def started(self, run: RunId) -> RunStarted | None:
        """Return how a run of these messages began."""
        return self._runs[run].past.started

    def choice(self, guardian: GuardianId) -> ContactChoice:
        """Return what a guardian has chosen."""
        stream = contact_choice_id(guardian)
        known = self._choices.get(stream) or self._more.get(guardian)
        if known is None:  # somebody else at the same address
            known = self._more[guardian] = self._ledger.load(self.conn, ContactChoice, stream)
        return known

    def school_name(self, school: SchoolId) -> str:
        """Return what a school is called.

        Raises:
            LookupError: where the register does not know it.
        """
        return self._schools[school]

    def chosen(self, school: SchoolId, key: str, kind: TextKind, language: str) -> Chosen:
        """Return the words for a family of a school.

        Raises:
            TemplateNotFound: when nobody has ever written any.
        """
        place = school, key, kind, language
        if place not in self._chosen:
            self._chosen[place] = self._words.choose(self.conn, self.tenant, *place)
        return self._chosen[place]

    def note(self, entry: Entry, number: str | None, guardians: Collection[GuardianId]) -> None:
        """Let words be kept, and whose number they go to."""
        self._entries[entry.record] = entry
        if number is not None:
            self._numbers.extend((number, one) for one in guardians)

    def keep(self) -> None:
        """Keep what was noted, under the keys of those who live.

        Raises:
            SubjectErased: when somebody was erased at this very moment; nothing is kept then.
        """
        entries = self._entries.values()
        if not entries:
            return
        remember_many(self.conn, self.vault, self.tenant, self._numbers)
        about = {subject for entry in entries for subject in entry.parts}
        gone = self.vault.erased(self.conn, self.tenant, about)
        living = [_without(entry, gone) for entry in entries]
        self.vault.put_many(self.conn, self.tenant, living)


def _without(entry: Entry, gone: Collection[UUID]) -> Entry:
    parts = {subject: part for subject, part in entry.parts.items() if subject not in gone}
    return Entry(entry.record, entry.kind, parts, entry.shared)


def school_name(conn: Connection, tenant: TenantId, school: SchoolId) -> str:
    """Return what a school is called.

    Raises:
        LookupError: where the register does not know it.
    """
    return {one.school: one.name for one in register.schools(conn, tenant)}[school]
