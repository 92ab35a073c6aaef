"""Why a playbook may say no."""

from domain.kernel.refusals import Conflict, Invalid, NotFound, NotNow


class PlaybookFaulty(Invalid):
    """The playbook cannot be used as it is."""

    code = "playbook-faulty"


class PlaybookUnknown(NotFound):
    """There is no such playbook."""

    code = "playbook-unknown"


class PlaybookExists(Conflict):
    """There is a playbook with this id already: change it, or begin another."""

    code = "playbook-exists"


class NoDraft(NotNow):
    """There is no draft to put into use: write one first."""

    code = "playbook-not-drafted"
