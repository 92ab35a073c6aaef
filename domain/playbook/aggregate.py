"""A playbook in versions."""

from collections.abc import Sequence
from typing import ClassVar, assert_never

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.playbook.commands import ActivatePlaybook, PlaybookCommand, RetirePlaybook
from domain.playbook.events import PlaybookActivated, PlaybookEvent, PlaybookRetired
from domain.playbook.refusals import PlaybookFaulty, PlaybookUnknown
from domain.shared.ids import SchoolId
from domain.shared.playbooks import Playbook, faults_of


class PlaybookDefinition(Aggregate[PlaybookCommand, PlaybookEvent]):
    """Counts its versions and refuses what could not run."""

    kind: ClassVar[str] = "playbook"

    def __init__(self) -> None:
        self.current: Playbook | None = None
        self.school: SchoolId | None = None
        self.retired = False

    def decide(self, command: PlaybookCommand, world: World) -> Sequence[PlaybookEvent]:  # noqa: ARG002  nothing of the world is asked
        """Return what follows."""
        match command:
            case ActivatePlaybook():
                return self._activate(command)
            case RetirePlaybook():
                return self._retire()
            case _:
                assert_never(command)

    def _activate(self, command: ActivatePlaybook) -> list[PlaybookEvent]:
        if faults := faults_of(command.playbook):
            raise PlaybookFaulty("; ".join(faults), faults=faults)
        now = self.current
        version = 1 if now is None else now.version
        same = msgspec.structs.replace(command.playbook, version=version)
        if not self.retired and now == same and self.school == command.school_id:
            return []
        wanted = same if now is None else msgspec.structs.replace(same, version=version + 1)
        return [PlaybookActivated(playbook=wanted, school_id=command.school_id)]

    def _retire(self) -> list[PlaybookEvent]:
        if self.current is None:
            raise PlaybookUnknown
        return [] if self.retired else [PlaybookRetired()]

    def evolve(self, event: PlaybookEvent) -> None:
        """Remember the version in use."""
        match event:
            case PlaybookActivated(playbook=playbook, school_id=school):
                self.current, self.school, self.retired = playbook, school, False
            case PlaybookRetired():
                self.retired = True
            case _:
                assert_never(event)
