"""A playbook in versions: written, put into use, taken out of use."""

from collections.abc import Sequence
from typing import ClassVar, assert_never

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.playbook import commands as c
from domain.playbook import events as e
from domain.playbook import refusals as r
from domain.playbook.faults import faults_of
from domain.shared.ids import SchoolId
from domain.shared.playbooks import Playbook


class PlaybookDefinition(Aggregate[c.PlaybookCommand, e.PlaybookEvent]):
    """Counts its versions and refuses what could not run; a version once in use never changes.

    The same content for the same schools is the same version, as long as it is in use.
    """

    kind: ClassVar[str] = "playbook"

    def __init__(self) -> None:
        self.current: Playbook | None = None
        self.school: SchoolId | None = None
        self.draft: Playbook | None = None
        self.in_use = False
        self.known = False

    def decide(self, command: c.PlaybookCommand, world: World) -> Sequence[e.PlaybookEvent]:  # noqa: ARG002  nothing of the world is asked
        """Return what follows."""
        match command:
            case c.DraftPlaybook(playbook=playbook, school_id=school):
                same = self.draft == self._next(playbook) and self.school == school
                if self.known and not same:
                    raise r.PlaybookExists
                return self._write(playbook, school)
            case c.RevisePlaybook(playbook=playbook):
                if not self.known:
                    raise r.PlaybookUnknown
                return self._write(playbook, self.school)
            case c.ActivateDraft():
                return self._activate_draft()
            case c.ActivatePlaybook(playbook=playbook, school_id=school):
                return self._activate(playbook, school)
            case c.RetirePlaybook():
                return self._retire()
            case _:
                assert_never(command)

    def _next(self, playbook: Playbook) -> Playbook:
        version = 1 if self.current is None else self.current.version + 1
        return msgspec.structs.replace(playbook, version=version)

    def _is_in_use(self, playbook: Playbook) -> bool:
        now = self.current
        return (
            self.in_use
            and now is not None
            and now == msgspec.structs.replace(playbook, version=now.version)
        )

    def _write(self, playbook: Playbook, school: SchoolId | None) -> list[e.PlaybookEvent]:
        _refuse_faults(playbook)
        wanted = self._next(playbook)
        if wanted == self.draft or (self.draft is None and self._is_in_use(playbook)):
            return []
        return [e.PlaybookDrafted(playbook=wanted, school_id=school)]

    def _activate_draft(self) -> list[e.PlaybookEvent]:
        if not self.known:
            raise r.PlaybookUnknown
        if self.draft is None:
            if self.in_use:
                return []
            raise r.NoDraft
        return [e.PlaybookActivated(playbook=self.draft, school_id=self.school)]

    def _activate(self, playbook: Playbook, school: SchoolId | None) -> list[e.PlaybookEvent]:
        _refuse_faults(playbook)
        if self._is_in_use(playbook) and self.school == school:
            return []
        return [e.PlaybookActivated(playbook=self._next(playbook), school_id=school)]

    def _retire(self) -> list[e.PlaybookEvent]:
        if not self.known:
            raise r.PlaybookUnknown
        return [e.PlaybookRetired()] if self.in_use or self.draft is not None else []

    def evolve(self, event: e.PlaybookEvent) -> None:
        """Remember the version in use and the draft of the next."""
        self.known = True
        match event:
            case e.PlaybookDrafted(playbook=playbook, school_id=school):
                self.draft, self.school = playbook, school
            case e.PlaybookActivated(playbook=playbook, school_id=school):
                self.current, self.school = playbook, school
                self.draft, self.in_use = None, True
            case e.PlaybookRetired():
                self.draft, self.in_use = None, False
            case _:
                assert_never(event)


def _refuse_faults(playbook: Playbook) -> None:
    if faults := faults_of(playbook):
        words = "; ".join(fault.words for fault in faults)
        raise r.PlaybookFaulty(words, errors=[msgspec.to_builtins(fault) for fault in faults])
