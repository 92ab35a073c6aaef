"""Facts about a playbook."""

from domain.kernel.facts import Event, fact
from domain.shared.ids import SchoolId
from domain.shared.playbooks import Playbook


@fact("playbook.drafted")
class PlaybookDrafted(Event):
    """A version is being written and starts nothing yet; said again for each change of it.

    `playbook.version` is the number that it will have when it is put into use. Absent `school_id`
    means the whole tenant.
    """

    playbook: Playbook
    school_id: SchoolId | None = None


@fact("playbook.activated", version=2)
class PlaybookActivated(Event):
    """From now on this version starts runs. Absent `school_id` means the whole tenant."""

    playbook: Playbook
    school_id: SchoolId | None = None


@fact("playbook.retired")
class PlaybookRetired(Event):
    """No new run starts; those under way go on."""


PlaybookEvent = PlaybookDrafted | PlaybookActivated | PlaybookRetired
