"""Why a batch may not be recorded."""

from domain.kernel.refusals import NotAllowed


class ChangedByPersonOnly(NotAllowed):
    """A mark or a calendar is changed by a named person, never by software."""

    code = "changed-by-person-only"
