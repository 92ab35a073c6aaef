"""What may be asked of a playbook."""

from typing import ClassVar
from uuid import UUID

from domain.kernel.commands import Command
from domain.shared.ids import PlaybookId, SchoolId
from domain.shared.playbooks import Playbook


class ActivatePlaybook(Command):
    """Put a version into use; `playbook.version` is set by the stream, not by the caller."""

    kind: ClassVar[str] = "playbook"
    playbook: Playbook
    school_id: SchoolId | None = None

    @property
    def stream(self) -> UUID:
        """The playbook decides."""
        return self.playbook.playbook_id


class RetirePlaybook(Command):
    """Take a playbook out of use."""

    kind: ClassVar[str] = "playbook"
    playbook_id: PlaybookId

    @property
    def stream(self) -> UUID:
        """The playbook decides."""
        return self.playbook_id


PlaybookCommand = ActivatePlaybook | RetirePlaybook
