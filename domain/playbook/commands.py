"""What may be asked of a playbook. Versions are counted by the stream, not by the caller."""

from typing import ClassVar
from uuid import UUID

from domain.kernel.commands import Command
from domain.shared.ids import PlaybookId, SchoolId
from domain.shared.playbooks import Playbook


class _OfContent(Command):
    """A command that brings the content; `playbook.version` of it is not looked at."""

    kind: ClassVar[str] = "playbook"
    playbook: Playbook

    @property
    def stream(self) -> UUID:
        """The playbook decides."""
        return self.playbook.playbook_id


class _OfId(Command):
    """A command that names the playbook."""

    kind: ClassVar[str] = "playbook"
    playbook_id: PlaybookId

    @property
    def stream(self) -> UUID:
        """The playbook decides."""
        return self.playbook_id


class DraftPlaybook(_OfContent):
    """Begin a playbook with a first draft. Absent `school_id` means the whole tenant."""

    school_id: SchoolId | None = None


class RevisePlaybook(_OfContent):
    """Write the draft of the next version anew; the version in use stays as it is."""


class ActivateDraft(_OfId):
    """Put the draft into use."""


class ActivatePlaybook(_OfContent):
    """Put a version into use without a draft."""

    school_id: SchoolId | None = None


class RetirePlaybook(_OfId):
    """Take a playbook out of use, and drop its draft."""


PlaybookCommand = DraftPlaybook | RevisePlaybook | ActivateDraft | ActivatePlaybook | RetirePlaybook
